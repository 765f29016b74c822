"""A StatefulSet has no governing Service: no `serviceName`, or one that is not among the manifests.

Why it hurts: the members' stable names, `web-0.web`, are records of that Service. Without it they
do not exist, and the members can only be known by addresses, which change.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      clusterIP: None
      selector: {app: db}
      ports:
      - port: 5432
"""

from seatrial.lint.elsewhere import has_operators
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World

_FIELD = ("spec", "serviceName")
_ADVICE = "add a headless Service (clusterIP: None) that selects the pods, and name it serviceName"


def check(manifest: Manifest, world: World) -> Hits:
    name = manifest.spec.get("serviceName")
    if not name:
        yield Hit(_FIELD, "there is no serviceName: the members have no names in DNS", _ADVICE)
    elif not world.inventory.exists("Service", str(name), manifest.namespace) and not (
        has_operators(world.inventory, manifest.namespace)
    ):
        yield Hit(
            _FIELD,
            f"Service {name} is not among the manifests: without it the members have no names in"
            " DNS",
            _ADVICE,
        )


RULE = Rule(
    code="SEA502",
    name="governing-service-missing",
    severity=WARNING,
    summary="a StatefulSet has no governing Service",
    check_manifest=check,
    kinds=frozenset({"StatefulSet"}),
)
