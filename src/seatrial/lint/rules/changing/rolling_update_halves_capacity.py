"""A rolling update may take away half of the pods or more.

Why it hurts: those that stay have to serve twice as many requests, right when the new ones start
with cold caches. Queues grow, probes time out, and the rollout turns into an outage.

Prove it: `seatrial verify --trial rollout` shows the dip in capacity and the requests lost in it.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 4
      strategy:
        rollingUpdate:
          maxUnavailable: 50%
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
      replicas: 4
      strategy:
        rollingUpdate:
          maxUnavailable: 25%
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

from seatrial.lint.rolling import rolling_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment" or not world.inventory.services_of(workload):
        return
    rolling = rolling_of(workload, world.inventory, world.kubernetes_version)
    if rolling is None or rolling.takes_all:
        return
    if 2 * rolling.unavailable >= rolling.replicas:
        left = rolling.replicas - rolling.unavailable
        yield Hit(
            (*rolling.path, "maxUnavailable"),
            f"maxUnavailable {rolling.max_unavailable} leaves {left} of {rolling.replicas} pods"
            " during a rollout",
            "set maxUnavailable to 0 and let maxSurge do it",
        )


RULE = Rule(
    code="SEA201",
    name="rolling-update-halves-capacity",
    severity=INFO,
    summary="a rolling update may take away half of the pods",
    check_workload=check,
)
