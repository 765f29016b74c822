"""The Service that a StatefulSet names as its own has a cluster IP.

Why it hurts: only a headless Service has one record a pod. Through this one `db` resolves to the
cluster IP, and `db-0.db` to nothing: a member cannot be told from another.

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
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db-members
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
      name: db-members
    spec:
      clusterIP: None
      selector: {app: db}
      ports:
      - port: 5432
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    name = str(manifest.spec.get("serviceName") or "")
    service = world.inventory.find("Service", name, manifest.namespace)
    if service is not None and service.spec.get("clusterIP") != "None":
        yield Hit(
            ("spec", "serviceName"),
            f"{service.object} is not headless: {manifest.name}-0.{name} does not resolve",
            "name a Service with clusterIP: None here, beside the one that clients use",
        )


RULE = Rule(
    code="SEA502",
    name="governing-service-not-headless",
    severity=WARNING,
    summary="the governing Service of a StatefulSet has a cluster IP",
    check_manifest=check,
    kinds=frozenset({"StatefulSet"}),
)
