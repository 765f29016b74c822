"""Nothing asks for the replicas to be on different nodes.

Neither topology spread constraints nor an anti-affinity to each other. The scheduler spreads by
itself where it can, but it weighs that against everything else.

Why it hurts: on a cluster with little room all replicas may end up on the same node, and they all
go when it does.

Prove it: `seatrial verify --trial node-loss` lets the node with most of the replicas die.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
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
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          topologySpreadConstraints:
          - maxSkew: 1
            topologyKey: kubernetes.io/hostname
            whenUnsatisfiable: ScheduleAnyway
            labelSelector:
              matchLabels: {app: web}
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import mapping
from seatrial.lint.placing import HOSTNAME, selects_itself, terms_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Workload


def check(workload: Workload, world: World) -> Hits:
    replicas = world.inventory.replicas_at_least(workload)
    if workload.kind not in SCALABLE or replicas is None or replicas < 2:
        return
    spec = workload.pod_spec
    asked = bool(spec.get("topologySpreadConstraints")) or any(
        selects_itself(workload, term) for _, term in terms_of(workload, "podAntiAffinity")
    )
    if not asked and world.inventory.services_of(workload):
        path = workload.pod_path("topologySpreadConstraints")
        yield Hit(
            path,
            f"nothing asks for the {replicas} replicas to be on different nodes",
            "add a topologySpreadConstraint over kubernetes.io/hostname",
            _mend(workload, path),
        )


def _mend(workload: Workload, path: tuple[str | int, ...]) -> tuple[SetField, ...]:
    labels = mapping(mapping(workload.manifest.spec.get("selector")).get("matchLabels"))
    if not labels:
        return ()
    constraint = {
        "maxSkew": 1,
        "topologyKey": HOSTNAME,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }
    return (SetField(path, [constraint]),)


RULE = Rule(
    code="SEA205",
    name="spread-missing",
    severity=INFO,
    summary="nothing asks for replicas on different nodes",
    check_workload=check,
)
