"""A postStart hook sleeps longer than a start may take.

A start may take what the startup probe gives it; without one what the liveness probe gives, or
half a minute.

Why it hurts: until the hook has returned, the container is not Running: no probe of it counts and
its pod is not Ready, however ready the application is. The process is not held back by it,
either: it has been started before.

Prove it: `seatrial verify --trial post-start-hangs` measures the start with a hook that takes its
time.

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
              postStart:
                exec:
                  command: [sleep, '60']

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
"""

from seatrial.lint.hooks import hook_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

USUAL_S = 30  # periodSeconds 10 x failureThreshold 3


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        hook = hook_of(container, "postStart")
        if hook is None:
            continue
        name, limit_s = _limit(container)
        if hook.sleeps_s > limit_s:
            yield Hit(
                hook.path,
                f"postStart of container {container.name} sleeps {hook.sleeps_s:g} s before the"
                f" container counts as running; {name} {limit_s} s",
                "remove the sleep: readiness and startup probes wait for what it waits for",
            )


def _limit(container: Container) -> tuple[str, int]:
    startup, live = container.probe("startupProbe"), container.probe("livenessProbe")
    if startup is not None:
        return "its startup probe gives the whole start", startup.budget_s
    if live is not None:
        return "its liveness probe gives the whole start", live.budget_s
    return "a start is usually given", USUAL_S


RULE = Rule(
    code="SEA104",
    name="post-start-delays-start",
    severity=WARNING,
    summary="a postStart hook sleeps longer than a start may take",
    check_workload=check,
)
