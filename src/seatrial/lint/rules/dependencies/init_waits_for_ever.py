"""An init container waits for something without a limit.

In a loop that neither counts nor gives up, or by a program that was told to wait for ever
(`wait-for-it -t 0`, `seatrial wait --timeout 0`; `kubectl rollout status` does so untold).

Why it hurts: where that something never comes (a misspelt name, a Service in another namespace, a
dependency that waits for this one) the pod stays in `Init:0/1` for ever. Nothing fails, nothing is
restarted, no event says why; the rollout just does not end.

Prove it: `seatrial verify --trial start-alone` starts the application without its dependency.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: fortune-client
    spec:
      initContainers:
      - name: init
        image: busybox:1.37
        command:
        - sh
        - -c
        - 'while true; do wget http://fortune -q -T 1 -O /dev/null && break; sleep 1; done'
      containers:
      - name: main
        image: fortune-client:1.0

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: fortune-client
    spec:
      initContainers:
      - name: init
        image: seatrial:1.0
        command: [seatrial, wait, "http://fortune", --timeout, 5m]
      containers:
      - name: main
        image: fortune-client:1.0
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._waits import Wait, has_deadline, waits_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers") or has_deadline(workload):
        return
    for wait in waits_of(workload, world.inventory):
        if wait.is_endless:
            yield Hit(
                wait.field,
                f"init container {wait.container.name} waits{_for_whom(wait)} without a limit: the"
                " pod stays in Init and nothing says why",
                f"use `seatrial wait {_target(wait)} --timeout 5m`, which says what it waits for"
                " and fails",
                manifest=wait.manifest,
            )


def _for_whom(wait: Wait) -> str:
    return f" for {wait.calls[0].host}" if wait.calls else ""


def _target(wait: Wait) -> str:
    return wait.calls[0].url if wait.calls else "tcp://HOST:PORT"


RULE = Rule(
    code="SEA601",
    name="init-waits-for-ever",
    severity=WARNING,
    summary="an init container waits without a limit",
    check_workload=check,
)
