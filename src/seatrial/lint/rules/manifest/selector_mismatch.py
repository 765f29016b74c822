"""A workload's selector does not match the labels of its own pod template.

Why it hurts: the API server refuses it. The release stops there, or goes on without this workload.

Prove it: `kubectl apply` it.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0

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
"""

from seatrial.api.selectors import SelectorError
from seatrial.lint.labels import selector_in
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

KINDS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in KINDS:
        return
    selector = workload.manifest.spec.get("selector")
    path = ("spec", "selector")
    if not isinstance(selector, dict):
        return  # the field is required; that is another rule
    if set(selector) - {"matchLabels", "matchExpressions"}:
        return  # a misspelt field is another rule's, too
    if not (selector.get("matchLabels") or selector.get("matchExpressions")):
        yield Hit(path, f"a {workload.kind} needs a selector", "repeat the template's labels in it")
        return
    try:
        found = selector_in(selector)
    except SelectorError as error:
        yield Hit(path, f"the selector is refused: {error}", "mend the expression")
        return
    if not found.matches(workload.labels):
        yield Hit(
            path,
            f"the selector ({found}) does not match the labels of the pod template",
            "repeat the template's labels in the selector",
        )


RULE = Rule(
    code="SEA809",
    name="selector-mismatch",
    severity=ERROR,
    summary="a selector that does not match its own template",
    check_workload=check,
)
