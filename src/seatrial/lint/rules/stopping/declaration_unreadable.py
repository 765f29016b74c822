"""A declaration for the linter cannot be read.

`seatrial.dev/start-time`, `longest-request` and `drain-window` are times (`45s`, `1m30s`, or a
number of seconds), `writable-paths` absolute paths, `depends-on` objects like `Service/db`.

Why it hurts: the declaration counts as absent: budgets that should be checked are not, and nobody
notices.

Prove it: `seatrial lint` with the declaration mended.

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
            seatrial.dev/longest-request: 20 seconds
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080

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
            seatrial.dev/longest-request: 20s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
"""

from seatrial.lint.declared import problems
from seatrial.lint.manifest import FieldPath, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for problem in problems(workload):
        yield Hit(
            (*_holder(workload, problem.annotation), problem.annotation),
            f"{problem.annotation} is not understood, and counts as absent: {problem.message}",
            "write it as seatrial explains it",
        )


def _holder(workload: Workload, annotation: str) -> FieldPath:
    own = mapping(mapping(workload.template.get("metadata")).get("annotations"))
    path = workload.template_path if annotation in own else ()
    return (*path, "metadata", "annotations")


RULE = Rule(
    code="SEA816",
    name="declaration-unreadable",
    severity=WARNING,
    summary="a declaration for the linter cannot be read",
    check_workload=check,
)
