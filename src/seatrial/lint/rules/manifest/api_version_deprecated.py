"""An API version that is still served, and whose end is known.

Why it hurts: the upgrade of the cluster that removes it breaks the next deployment, and whoever
upgrades the cluster is rarely who owns the manifest.

Prove it: `seatrial lint --kubernetes-version` with the version after the last one that serves it.

Bad:
    apiVersion: v1
    kind: Endpoints
    metadata:
      name: db
    subsets:
    - addresses:
      - ip: 192.0.2.7
      ports:
      - port: 5432

Good:
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: db
      labels:
        kubernetes.io/service-name: db
    addressType: IPv4
    endpoints:
    - addresses: [192.0.2.7]
    ports:
    - port: 5432
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.schema.moving import advice_to_move, edits_to_move
from seatrial.lint.schema.standing import standing


def check(manifest: Manifest, world: World) -> Hits:
    _, minor = world.kubernetes_version
    found = standing(manifest.api_version, manifest.kind, minor)
    if found.state != "retiring":
        return
    known_end = f"is served until Kubernetes 1.{found.last}" if found.last else "is deprecated"
    yield Hit(
        ("apiVersion",),
        f"{manifest.api_version} {manifest.kind} {known_end}",
        advice_to_move(manifest, found.instead, minor),
        edits_to_move(manifest, found.instead, minor),
    )


RULE = Rule(
    code="SEA817",
    name="api-version-deprecated",
    severity=WARNING,
    summary="the API version will not be served much longer",
    check_manifest=check,
)
