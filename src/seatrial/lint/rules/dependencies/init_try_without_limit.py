"""One try of an init container's loop has no time limit of its own.

Why it hurts: a host that answers nothing (a dropped packet, a node that went away) keeps a single
`curl`, `wget` or `nc` waiting for minutes, `wget` for a quarter of an hour. The loop around it,
and its count, stand still meanwhile; the dependency may long be back.

Prove it: `seatrial verify --trial start-alone` measures the time from the dependency's return to
Ready.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: wait
        image: busybox:1.37
        command:
        - sh
        - -c
        - |
          i=0
          until nc -z db 5432; do
            i=$(expr $i + 1)
            [ $i -lt 60 ] || exit 1
            sleep 1
          done
      containers:
      - name: shop
        image: shop:1.0

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: wait
        image: busybox:1.37
        command:
        - sh
        - -c
        - |
          i=0
          until nc -w 2 -z db 5432; do
            i=$(expr $i + 1)
            [ $i -lt 60 ] || exit 1
            sleep 1
          done
      containers:
      - name: shop
        image: shop:1.0
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._waits import waits_of
from seatrial.lint.workload import Workload

_LIMITS = {"curl": "--max-time 2", "wget": "-T 2"}


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers"):
        return
    for wait in waits_of(workload, world.inventory):
        for call in wait.calls:
            if not call.has_limit and not wait.is_endless:
                yield Hit(
                    wait.field,
                    f"one try of {call.program} in init container {wait.container.name} may take"
                    f" minutes when {call.host} does not answer at all",
                    f"give it a limit: {call.program} {_LIMITS.get(call.program, '-w 2')}",
                    manifest=wait.manifest,
                )


RULE = Rule(
    code="SEA601",
    name="init-try-without-limit",
    severity=INFO,
    summary="one try of an init container's loop has no time limit",
    check_workload=check,
)
