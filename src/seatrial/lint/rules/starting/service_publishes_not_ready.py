"""A Service sends requests to pods that are not ready.

Headless Services are passed over: members of a cluster have to find each other before they are
ready.

Why it hurts: `publishNotReadyAddresses` puts a pod among the endpoints from its first second to
its last, whatever its readiness probe says. Each start and each outage of a pod is a series of
refused requests.

Prove it: `seatrial verify --trial scale-up` counts what new pods refuse.

Bad:
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      publishNotReadyAddresses: true
      ports:
      - port: 80
        targetPort: 8080
    ---
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
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080

Good:
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
    ---
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
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    spec = manifest.spec
    is_headless = spec.get("clusterIP") == "None"
    selects = bool(mapping(spec.get("selector")))
    if spec.get("publishNotReadyAddresses") is True and selects and not is_headless:
        yield Hit(
            ("spec", "publishNotReadyAddresses"),
            f"{manifest.object} sends requests to pods before they are ready and after",
            "remove it, or make a headless Service of its own for members that look for each other",
            (RemoveField(("spec", "publishNotReadyAddresses")),),
        )


RULE = Rule(
    code="SEA101",
    name="service-publishes-not-ready",
    severity=WARNING,
    summary="a Service that is not headless publishes pods that are not ready",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)
