"""An API version that this version of Kubernetes no longer serves.

Why it hurts: the manifest cannot be applied any more. Objects that are already there live on under
the new version, so nothing breaks on the day of the upgrade, but the next deployment, and the
restore of a cluster from its manifests, fail.

Prove it: `kubectl apply --dry-run=server` answers "no matches for kind".

Bad:
    apiVersion: batch/v1beta1
    kind: CronJob
    metadata:
      name: report
    spec:
      schedule: "0 4 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
              - name: report
                image: report:1.0

Good:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: report
    spec:
      schedule: "0 4 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
              - name: report
                image: report:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.moving import advice_to_move, edits_to_move
from seatrial.lint.schema.standing import standing


def check(manifest: Manifest, world: World) -> Hits:
    _, minor = world.kubernetes_version
    found = standing(manifest.api_version, manifest.kind, minor)
    if found.state != "removed":
        return
    yield Hit(
        ("apiVersion",),
        f"{manifest.api_version} {manifest.kind} was served until Kubernetes 1.{found.last}, and"
        f" 1.{minor} refuses it",
        advice_to_move(manifest, found.instead, minor),
        edits_to_move(manifest, found.instead, minor),
    )


RULE = Rule(
    code="SEA817",
    name="api-version-removed",
    severity=ERROR,
    summary="the API version is no longer served",
    check_manifest=check,
)
