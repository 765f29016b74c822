"""A kind that Kubernetes does not have in this API version: misspelt, in another group, or only in
later versions of Kubernetes.

Why it hurts: the manifest cannot be applied at all.

Prove it: `kubectl apply --dry-run=server` answers "no matches for kind".

Bad:
    apiVersion: v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.moving import advice_to_move, edits_to_move
from seatrial.lint.schema.standing import standing


def check(manifest: Manifest, world: World) -> Hits:
    _, minor = world.kubernetes_version
    found = standing(manifest.api_version, manifest.kind, minor)
    if found.state not in {"unknown", "not yet"}:
        return
    since = f" before Kubernetes 1.{found.first}" if found.state == "not yet" else ""
    yield Hit(
        ("apiVersion",),
        f"{manifest.api_version} has no kind {manifest.kind}{since}",
        advice_to_move(manifest, found.instead, minor),
        edits_to_move(manifest, found.instead, minor),
    )


RULE = Rule(
    code="SEA817",
    name="api-version-unknown",
    severity=ERROR,
    summary="the API version has no such kind",
    check_manifest=check,
)
