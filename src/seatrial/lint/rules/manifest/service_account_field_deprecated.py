"""A pod names its ServiceAccount in the field `serviceAccount`, which is deprecated.

Why it hurts: it still works, as an alias of `serviceAccountName`. Tools and policies that read the
real field see the default account.

Prove it: `kubectl explain pod.spec.serviceAccount`.

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
          serviceAccount: web

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
          serviceAccountName: web
"""

from seatrial.lint.edits import Edit, RemoveField, RenameKey
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

OLD, NEW = "serviceAccount", "serviceAccountName"


def check(workload: Workload, world: World) -> Hits:
    if OLD not in workload.pod_spec:
        return
    path = workload.pod_path(OLD)
    has_both = NEW in workload.pod_spec
    edit: Edit = RemoveField(path) if has_both else RenameKey(path, NEW)
    yield Hit(
        path,
        f"{OLD} is a deprecated alias of {NEW}",
        f"leave it out: {NEW} is there" if has_both else f"call it {NEW}",
        (edit,),
    )


RULE = Rule(
    code="SEA816",
    name="service-account-field-deprecated",
    severity=INFO,
    summary="the deprecated field serviceAccount",
    check_workload=check,
)
