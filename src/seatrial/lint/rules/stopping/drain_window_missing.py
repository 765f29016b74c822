"""A container behind a Service stops serving as soon as it is told to, as far as can be seen.

It has no pre-stop hook, and no drain window of its own: neither the annotation
`seatrial.dev/drain-window`, nor the variable SEATRIAL_DRAIN_WINDOW, nor `seatrial-app run`. None
of the usual servers goes on accepting after SIGTERM by itself. Passed over is what a window does
not help: a pod that is stopped before its successor starts while nobody else serves (a StatefulSet
of one, the strategy Recreate with one replica), and members of a StatefulSet or DaemonSet that
only a headless Service names, whose clients ask for that very member.

Why it hurts: when a pod is deleted, two chains run with no order between them: SIGTERM to the
process, and the removal of its endpoint from the rules of every node. A server that closes its
listener first refuses whatever is still sent to it: some requests at every deletion, rollout and
scale-down.

Prove it: `seatrial verify --trial drain-tolerance` deletes pods while the removal of endpoints is
delayed, and finds the longest delay without a lost request.

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
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
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
from seatrial.lint.inventory import Inventory
from seatrial.lint.rolling import strategy_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.stopping import (
    MARGIN_S,
    SLEEP_ACTION_SINCE,
    WINDOW_S,
    Stop,
    grace_path,
    stop_of,
)
from seatrial.lint.workload import Container, Workload

_MEMBERS = frozenset({"StatefulSet", "DaemonSet"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or workload.grace_period_s == 0:
        return
    if not _has_successors(workload, world.inventory):
        return
    for container in world.inventory.serving_containers(workload):
        stop = stop_of(workload, container)
        if stop.hook is None and not stop.window_s:
            yield Hit(
                (*container.path, "lifecycle", "preStop"),
                f"container {container.name} behind {_services(workload, world)} has no drain"
                " window: requests that come after SIGTERM are refused",
                f"let it serve on for {WINDOW_S} s: by a preStop sleep, or in the application and"
                " declared by seatrial.dev/drain-window",
                _mend(workload, container, stop, world),
            )


def _has_successors(workload: Workload, inventory: Inventory) -> bool:
    """Requests that come during the window could as well be sent to another pod."""
    services = inventory.services_of(workload)
    are_headless = all(each.spec.get("clusterIP") == "None" for each in services)
    if workload.kind in _MEMBERS and are_headless:
        return False
    is_alone = all(len(inventory.workloads_behind(each)) == 1 for each in services)
    if not is_alone or inventory.replicas_at_most(workload) != 1:
        return True
    return workload.kind != "StatefulSet" and strategy_of(workload)[0] != "Recreate"


def _services(workload: Workload, world: World) -> str:
    return ", ".join(each.object for each in world.inventory.services_of(workload))


def _mend(workload: Workload, container: Container, stop: Stop, world: World) -> tuple[Edit, ...]:
    if world.kubernetes_version < SLEEP_ACTION_SINCE:
        return ()  # `sleep` as a command may not be in the image
    sleep = SetField(container.hook_path("preStop"), {"sleep": {"seconds": WINDOW_S}})
    needed_s = WINDOW_S + int(stop.longest_request_s or 0) + MARGIN_S
    if needed_s <= stop.grace_s:
        return (sleep,)
    return (sleep, SetField(grace_path(workload), needed_s))


RULE = Rule(
    code="SEA301",
    name="drain-window-missing",
    severity=WARNING,
    summary="a container behind a Service has no drain window",
    check_workload=check,
)
