"""The drain window is shorter than the slowest proxy usually needs.

It is the sum of what the pre-stop hook sleeps and of the application's own window.

Why it hurts: a node's rules follow a deletion after one to two seconds on a calm cluster, and
after five or more on a large or busy one. What is sent in between is refused.

Prove it: `seatrial verify --trial drain-tolerance` finds the longest delay of the endpoint's
removal that loses nothing.

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
            lifecycle:
              preStop:
                sleep:
                  seconds: 1
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

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.stopping import WINDOW_S, stop_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in world.inventory.serving_containers(workload):
        stop = stop_of(workload, container)
        if 0 < stop.serving_s < WINDOW_S:
            path = stop.hook.path if stop.hook else (*container.path, "lifecycle", "preStop")
            yield Hit(
                path,
                f"container {container.name} serves on for {stop.serving_s:g} s after its deletion,"
                f" and slow proxies need about {WINDOW_S} s",
                f"give it {WINDOW_S} s, or what seatrial verify measures",
            )


RULE = Rule(
    code="SEA301",
    name="drain-window-short",
    severity=INFO,
    summary="the drain window is shorter than slow proxies need",
    check_workload=check,
)
