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
from seatrial.lint.ranges import default_of
from seatrial.lint.resources import request_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload, workload_of


def check(manifest: Manifest, world: World) -> Hits:
    target = mapping(manifest.spec.get("scaleTargetRef"))
    found = world.inventory.find(
        str(target.get("kind")), str(target.get("name")), manifest.namespace
    )
    workload = workload_of(found) if found else None
    if workload is None:
        return
    for path, resource, of_container in _by_utilization(manifest):
        if lacking := _lacking(workload, resource, of_container, world):
            yield Hit(
                path,
                f"it goes by the utilization of {resource}, and {workload.manifest.object}"
                f" requests none for {', '.join(lacking)}",
                f"add resources.requests.{resource} to each container",
            )


def _lacking(workload: Workload, resource: str, of_container: str, world: World) -> list[str]:
    """The containers without a request, as the autoscaler looks at them."""
    of_pod = mapping(mapping(workload.pod_spec.get("resources")).get("requests"))
    namespace = workload.manifest.namespace
    if resource in of_pod or default_of(world.inventory, namespace, "requests", resource):
        return []
    return [
        each.name
        for each in workload.containers
        if of_container in ("", each.name) and request_of(each, resource) is None
    ]


def _by_utilization(manifest: Manifest) -> Iterator[tuple[FieldPath, str, str]]:
    """Path, resource, and the container it is asked of ("" for all)."""
    spec = manifest.spec
    if manifest.api_version == "autoscaling/v1" or not sequence(spec.get("metrics")):
        # Without any metric the default is 80 % of the requested CPU.
        said = spec.get("targetCPUUtilizationPercentage") is not None
        yield ("spec", "targetCPUUtilizationPercentage" if said else "metrics"), "cpu", ""
        return
    for index, metric in enumerate(sequence(spec.get("metrics"))):
        for field in ("resource", "containerResource"):
            source = mapping(mapping(metric).get(field))
            if mapping(source.get("target")).get("type") == "Utilization":
                path = ("spec", "metrics", index, field)
                yield path, str(source.get("name")), str(source.get("container") or "")


RULE = Rule(
    code="SEA810",
    name="autoscaler-without-requests",
    severity=ERROR,
    summary="an autoscaler by utilization of what is not requested",
    check_manifest=check,
    kinds=frozenset({"HorizontalPodAutoscaler"}),
)
