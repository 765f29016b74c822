"""A container sets one environment variable twice.

Why it hurts: the last one wins, in silence. Whoever edits the first one wonders why nothing
changes.

Prove it: `kubectl exec POD -- env`.

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
            env:
            - {name: LEVEL, value: info}
            - {name: LEVEL, value: debug}

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
            env:
            - {name: LEVEL, value: debug}
"""

from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        seen: set[str] = set()
        for index, entry in enumerate(sequence(container.value.get("env"))):
            name = str(mapping(entry).get("name", ""))
            # `$(NAME):/more` adds to the first one, which is therefore not lost.
            adds = f"$({name})" in str(mapping(entry).get("value", ""))
            if name in seen and not adds:
                yield Hit(
                    (*container.path, "env", index, "name"),
                    f"container {container.name} sets {name} a second time: this one wins",
                    "keep the one that is meant",
                )
            seen.add(name)


RULE = Rule(
    code="SEA816",
    name="variable-twice",
    severity=WARNING,
    summary="an environment variable that is set twice",
    check_workload=check,
)
