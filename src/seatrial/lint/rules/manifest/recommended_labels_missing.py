"""A workload has none, or only one, of the labels that people and tools look for.

Why it hurts: `app: web` cannot tell which application a component belongs to, which version of it
this is, or who installed it. Dashboards, cost reports and `kubectl get -l` have nothing to group
by.

Prove it: nothing to run.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels: {app: web}
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    spec:
      selector:
        matchLabels: {app.kubernetes.io/name: web}
      template:
        metadata:
          labels: {app.kubernetes.io/name: web}
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# kubernetes.io/docs/concepts/overview/working-with-objects/common-labels
PREFIX = "app.kubernetes.io/"
ENOUGH = 2


def check(workload: Workload, world: World) -> Hits:
    labels = workload.manifest.labels
    if sum(1 for name in labels if name.startswith(PREFIX)) >= ENOUGH:
        return
    found = ", ".join(labels) or "none"
    yield Hit(
        ("metadata", "labels"),
        f"of the recommended labels fewer than {ENOUGH} are there (labels: {found})",
        f"add {PREFIX}name and {PREFIX}part-of; selectors may stay as they are",
    )


RULE = Rule(
    code="SEA806",
    name="recommended-labels-missing",
    severity=INFO,
    summary="fewer than two of the labels app.kubernetes.io/*",
    check_workload=check,
)
