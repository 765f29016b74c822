"""Several replicas of a controller run with leader election switched off.

`--leader-elect=false`, `--enable-leader-election=false`, `--leader-election=false`.

Why it hurts: each of them believes that it is the only one. Two controllers undo each other's
work, create what the other has created already, and send everything twice.

Prove it: `seatrial verify --trial twins` runs two and counts what is done twice.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: operator
    spec:
      replicas: 2
      selector:
        matchLabels: {app: operator}
      template:
        metadata:
          labels: {app: operator}
        spec:
          containers:
          - name: operator
            image: operator:1.0
            args: [--leader-elect=false]

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: operator
    spec:
      replicas: 2
      selector:
        matchLabels: {app: operator}
      template:
        metadata:
          labels: {app: operator}
        spec:
          containers:
          - name: operator
            image: operator:1.0
            args: [--leader-elect]
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import SCALABLE, Workload

_OFF = ("--leader-elect=false", "--enable-leader-election=false", "--leader-election=false")


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in SCALABLE:
        return
    replicas = world.inventory.replicas_at_most(workload) or 0
    if replicas < 2:
        return
    for container, texts in texts_in(workload, world.inventory):
        for text in texts:
            if any(off in text.text for off in _OFF):
                yield Hit(
                    text.field,
                    f"{replicas} replicas of container {container.name} each believe to be the"
                    " only one",
                    "switch leader election on, or run one replica with strategy Recreate",
                )


RULE = Rule(
    code="SEA503",
    name="leader-election-off",
    severity=ERROR,
    summary="several replicas run with leader election switched off",
    check_workload=check,
)
