"""The pre-stop hook and the drain window use up the grace period.

The grace period begins with the deletion: the pre-stop hook is part of it, and the application's
own window comes after the hook. Sleeps in a hook's command are counted where they surely run.

Why it hurts: what has not ended when the grace period is over is killed: all requests that are in
flight at the end of the window, at every deletion.

Prove it: `seatrial verify --trial grace-budget` measures the seconds used of the seconds given.

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
          annotations:
            seatrial.dev/drain-window: 5s
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
                  seconds: 30
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
          annotations:
            seatrial.dev/drain-window: 5s
        spec:
          terminationGracePeriodSeconds: 65
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
                  seconds: 30
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

from math import isfinite

from seatrial.lint.hooks import Hook
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import Stop, grace_path, raise_grace, stop_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or workload.grace_period_s == 0:
        return
    for container in workload.containers:
        stop = stop_of(workload, container)
        if stop.serving_s >= stop.grace_s and not _is_refused(stop.hook, stop.grace_s):
            yield Hit(
                stop.hook.path if stop.hook is not None else grace_path(workload),
                f"{_told(stop)}: {stop.serving_s:g} s of {stop.grace_s} s grace, and container"
                f" {container.name} has nothing left to end its requests",
                "raise terminationGracePeriodSeconds, or wait less",
                raise_grace(workload),
            )


def _told(stop: Stop) -> str:
    if not stop.window_s:
        return f"preStop sleeps {stop.pre_stop_s:g} s"
    if not stop.pre_stop_s:
        return f"the drain window is {stop.window_s:g} s"
    return f"preStop sleeps {stop.pre_stop_s:g} s and the drain window needs {stop.window_s:g} s"


def _is_refused(hook: Hook | None, grace_s: int) -> bool:
    """A sleep action longer than the grace period: pre-stop-sleep-refused tells it."""
    is_action = hook is not None and hook.handler[0] == "sleep"
    return is_action and hook is not None and isfinite(hook.sleeps_s) and hook.sleeps_s > grace_s


RULE = Rule(
    code="SEA305",
    name="stopping-exceeds-grace",
    severity=ERROR,
    summary="pre-stop hook and drain window use up the grace period",
    check_workload=check,
)
