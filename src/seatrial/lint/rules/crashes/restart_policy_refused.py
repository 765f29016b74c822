"""A restart policy that this kind of workload cannot have.

Deployments, StatefulSets, ReplicaSets and DaemonSets restart always; Jobs and CronJobs on failure
or never, and have to say which.

Why it hurts: the API server refuses the object. For a CronJob that is found at the first apply;
for a template that a tool renders, at the first release of somebody else.

Prove it: `kubectl apply --dry-run=server`.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      template:
        spec:
          restartPolicy: Always
          containers:
          - name: migrate
            image: shop:1.0

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_RUNS_ON = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})
_ENDS = frozenset({"Job", "CronJob"})
_FOR_JOBS = ("OnFailure", "Never")


def check(workload: Workload, world: World) -> Hits:
    policy = workload.pod_spec.get("restartPolicy")
    field = workload.pod_path("restartPolicy")
    if workload.kind in _RUNS_ON | {"DaemonSet"} and policy not in (None, "Always"):
        yield Hit(
            field,
            f"the pods of a {workload.kind} cannot have restartPolicy {policy}",
            "remove it: Always is the only one",
            (RemoveField(field),),
        )
    if workload.kind in _ENDS and workload.pod_spec and policy not in _FOR_JOBS:
        yield Hit(
            field,
            f"the pods of a {workload.kind} cannot have restartPolicy {policy or 'Always'}"
            + ("" if policy else ", which is the default"),
            "set Never, which keeps failed pods and their logs, or OnFailure",
        )


RULE = Rule(
    code="SEA701",
    name="restart-policy-refused",
    severity=ERROR,
    summary="a restart policy that this kind of workload cannot have",
    check_workload=check,
)
