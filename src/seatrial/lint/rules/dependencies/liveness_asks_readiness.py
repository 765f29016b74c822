"""A liveness probe asks a page that tells whether dependencies are well.

Known are pages that are called ready, and the sums of Spring Boot (`/actuator/health`) and Quarkus
(`/q/health`), which have pages of their own for each probe.

Why it hurts: such a page fails, rightly, when the database is away. As a liveness probe it kills
every replica for it, at the same time.

Prove it: `seatrial verify --trial dependency-outage` takes the dependency away for 1, 5 and 30 s
and counts restarts.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            livenessProbe:
              httpGet:
                path: /actuator/health
                port: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            livenessProbe:
              httpGet:
                path: /actuator/health/liveness
                port: 8080
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_SUMS = {"/actuator/health": "/actuator/health/liveness", "/q/health": "/q/health/live"}
_READY = frozenset({"ready", "readyz", "readiness", "is-ready", "isready"})


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("livenessProbe")
        if probe is None or probe.handler[0] != "httpGet":
            continue
        path = str(probe.handler[1].get("path", "/")).partition("?")[0].rstrip("/")
        better = _better(path)
        if better:
            yield Hit(
                (*probe.path, "httpGet", "path"),
                f"the liveness probe of container {container.name} asks {path}, which fails with"
                " the dependencies: every replica is killed when one of them is away",
                f"ask {better}",
            )


def _better(path: str) -> str:
    for ending, better in _SUMS.items():
        if path.endswith(ending):
            return path.removesuffix(ending) + better
    is_ready = path.rpartition("/")[2].lower() in _READY
    return "a page that tells only of the process itself" if is_ready else ""


RULE = Rule(
    code="SEA602",
    name="liveness-asks-readiness",
    severity=WARNING,
    summary="a liveness probe asks a page that tells whether dependencies are well",
    check_workload=check,
)
