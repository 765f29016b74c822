"""No label or annotation of a workload says whose it is.

Why it hurts: whoever is woken by it has to search repositories for somebody to ask.

Prove it: nothing to run.

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

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      annotations: {example.com/owner: team-shop}
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

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

WORDS = ("owner", "team", "contact", "email", "maintainer", "managed-by-team", "slack", "squad")


def check(workload: Workload, world: World) -> Hits:
    names = (*workload.manifest.labels, *workload.annotations)
    if not any(word in str(name).lower() for name in names for word in WORDS):
        yield Hit(
            ("metadata", "annotations"),
            "nothing says who owns it or how to reach them",
            "add an annotation with the owner and a contact",
        )


RULE = Rule(
    code="SEA807",
    name="owner-missing",
    severity=INFO,
    summary="no label or annotation that names an owner",
    check_workload=check,
    is_default=False,
)
