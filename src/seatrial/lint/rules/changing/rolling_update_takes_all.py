"""A rolling update may take away every pod before a new one is ready.

Percentages of `maxUnavailable` are rounded down as the controller does it; where that and
`maxSurge` both come to 0, it takes one. With an autoscaler its `minReplicas` counts.

Why it hurts: there is a moment in each rollout in which nobody has to be there to answer. All
requests of that moment are lost, and a version that never becomes ready is an outage at once.

Prove it: `seatrial verify --trial rollout` counts the lost requests and shows the dip in
capacity.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 2
      strategy:
        rollingUpdate:
          maxUnavailable: 2
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
      replicas: 2
      strategy:
        rollingUpdate:
          maxUnavailable: 0
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
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.rolling import Rolling, rolling_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not world.inventory.services_of(workload):
        return
    rolling = rolling_of(workload, world.inventory, world.kubernetes_version)
    if rolling is None or not rolling.takes_all:
        return
    if workload.kind == "StatefulSet":
        yield from _of_members(rolling)
        return
    wrote = "maxUnavailable" in rolling.value
    yield Hit(
        (*rolling.path, "maxUnavailable" if wrote else "maxSurge"),
        f"maxUnavailable {rolling.max_unavailable} of {rolling.replicas} comes to"
        f" {rolling.unavailable} with maxSurge {rolling.max_surge}: a rollout may take away every"
        " pod at once",
        "set maxUnavailable to 0 and maxSurge to 1 or more",
        _mend(workload, rolling),
    )


def _of_members(rolling: Rolling) -> Hits:
    """A StatefulSet of one member has no other way."""
    if rolling.replicas > 1:
        path = (*rolling.path, "maxUnavailable")
        yield Hit(
            path,
            f"maxUnavailable {rolling.max_unavailable} of {rolling.replicas} comes to"
            f" {rolling.unavailable}: a rollout may take away every member at once",
            "set maxUnavailable to 1",
            (SetField(path, 1),),
        )


def _mend(workload: Workload, rolling: Rolling) -> tuple[Edit, ...]:
    if _is_bound_to_its_node(workload):
        return ()  # a pod more might find no place
    edits: list[Edit] = [SetField((*rolling.path, "maxUnavailable"), 0)]
    if rolling.surge == 0:
        edits.append(SetField((*rolling.path, "maxSurge"), 1))
    return tuple(edits)


def _is_bound_to_its_node(workload: Workload) -> bool:
    has_host_port = any("hostPort" in port for each in workload.containers for port in each.ports)
    has_claim = any("persistentVolumeClaim" in each for each in workload.volumes)
    return has_host_port or has_claim or workload.pod_spec.get("hostNetwork") is True


RULE = Rule(
    code="SEA201",
    name="rolling-update-takes-all",
    severity=ERROR,
    summary="a rolling update may take away every pod at once",
    check_workload=check,
)
