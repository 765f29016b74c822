"""An autoscaler scales a StatefulSet with claims, and nothing moves the data of those that go.

Why it hurts: every quiet evening the last members are removed. Their volumes stay behind, and what
is on them is answered by nobody until the load comes back.

Prove it: `seatrial verify --trial scale-down-data` writes to all members, scales from N to N-1 and
reads everything back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: shards
    spec:
      minReplicas: 2
      maxReplicas: 6
      scaleTargetRef:
        apiVersion: apps/v1
        kind: StatefulSet
        name: shards

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: shards
    spec:
      minReplicas: 2
      maxReplicas: 6
      scaleTargetRef:
        apiVersion: apps/v1
        kind: StatefulSet
        name: shards
      behavior:
        scaleDown:
          selectPolicy: Disabled
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._drain import handover_hooks, has_drain_template, is_swept, keeps_data
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not keeps_data(workload) or has_drain_template(workload):
        return
    autoscaler = world.inventory.autoscaler_of(workload)
    if autoscaler is None or not _scales_down(autoscaler):
        return
    if any(handover_hooks(workload)) or is_swept(workload, world.inventory):
        return
    yield Hit(
        ("spec", "volumeClaimTemplates"),
        f"{autoscaler.object} removes members down to {autoscaler.spec.get('minReplicas', 1)}, and"
        " nothing moves their data",
        "set behavior.scaleDown.selectPolicy: Disabled in the autoscaler, or have the data moved"
        " before a member goes",
    )


def _scales_down(autoscaler: Manifest) -> bool:
    down = mapping(mapping(autoscaler.spec.get("behavior")).get("scaleDown"))
    bounds = (autoscaler.spec.get("minReplicas", 1), autoscaler.spec.get("maxReplicas"))
    return down.get("selectPolicy") != "Disabled" and bounds[0] != bounds[1]


RULE = Rule(
    code="SEA405",
    name="autoscaled-data-without-drain",
    severity=WARNING,
    summary="an autoscaler removes members of a StatefulSet and nothing moves their data",
    check_workload=check,
)
