"""A workload names the Secret that its images are pulled with.

Why it hurts: each workload has to name it, the next one forgets it and hangs in ImagePullBackOff.
On the ServiceAccount it is named once, by those who own the registry's password.

Prove it: nothing to run.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      imagePullSecrets:
      - name: registry
      containers:
      - name: web
        image: web:1.0

Good:
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: web
    imagePullSecrets:
    - name: registry
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: web:1.0
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("imagePullSecrets"):
        account = workload.pod_spec.get("serviceAccountName") or "default"
        yield Hit(
            workload.pod_path("imagePullSecrets"),
            "the pull secret is named in the workload",
            f"name it in imagePullSecrets of the ServiceAccount {account}, once for all",
        )


RULE = Rule(
    code="SEA804",
    name="pull-secret-on-workload",
    severity=INFO,
    summary="imagePullSecrets in a workload, not on its ServiceAccount",
    check_workload=check,
)
