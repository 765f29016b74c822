"""An autoscaler goes by the use of a resource that the containers do not request.

Why it hurts: utilization is use divided by request. Without a request there is no number, and
nothing is scaled.

Prove it: `kubectl describe hpa` says "missing request for cpu".

Bad:
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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
      metrics:
      - type: Resource
        resource:
          name: cpu
          target: {type: Utilization, averageUtilization: 70}

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
            resources:
              requests: {cpu: 200m}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
      metrics:
      - type: Resource
        resource:
          name: cpu
          target: {type: Utilization, averageUtilization: 70}
"""

from collections.abc import Iterator

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.resources import request_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    for workload in world.inventory.workloads:
        if world.inventory.autoscaler_of(workload) is not manifest:
            continue
        for path, resource in _by_utilization(manifest):
            lacking = [each.name for each in workload.containers
                       if request_of(each, resource) is None]  # fmt: skip
            if lacking and not mapping(workload.pod_spec.get("resources")).get("requests"):
                yield Hit(
                    path,
                    f"it goes by the utilization of {resource}, and {workload.manifest.object}"
                    f" requests none for {', '.join(lacking)}",
                    f"add resources.requests.{resource} to each container",
                )


def _by_utilization(manifest: Manifest) -> Iterator[tuple[FieldPath, str]]:
    for index, metric in enumerate(sequence(manifest.spec.get("metrics"))):
        resource = mapping(mapping(metric).get("resource"))
        if mapping(resource.get("target")).get("type") == "Utilization":
            yield ("spec", "metrics", index, "resource"), str(resource.get("name"))
    if manifest.spec.get("targetCPUUtilizationPercentage") is not None:  # autoscaling/v1
        yield ("spec", "targetCPUUtilizationPercentage"), "cpu"


RULE = Rule(
    code="SEA810",
    name="autoscaler-without-requests",
    severity=ERROR,
    summary="an autoscaler by utilization of what is not requested",
    check_manifest=check,
    kinds=frozenset({"HorizontalPodAutoscaler"}),
)
