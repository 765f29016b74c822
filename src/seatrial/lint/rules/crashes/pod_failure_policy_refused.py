"""A `podFailurePolicy` stands beside what it cannot be combined with.

It needs `restartPolicy: Never`: it judges failed pods, and with OnFailure the pod does not fail
but is started again in place. And it needs `podReplacementPolicy: Failed`, its default.

Why it hurts: the API server refuses the Job.

Prove it: `kubectl apply --dry-run=server`.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      podFailurePolicy:
        rules:
        - action: FailJob
          onExitCodes:
            operator: In
            values: [42]
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: migrate
            image: shop:1.0

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      podFailurePolicy:
        rules:
        - action: FailJob
          onExitCodes:
            operator: In
            values: [42]
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.edits import RemoveField, SetField
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._jobs import KINDS, failure_rules, job_path, job_spec, pod_spec


def check(manifest: Manifest, world: World) -> Hits:
    if not failure_rules(manifest):
        return
    policy = pod_spec(manifest).get("restartPolicy")
    field = job_path(manifest, "template", "spec", "restartPolicy")
    if policy != "Never":
        yield Hit(
            field,
            f"a podFailurePolicy needs restartPolicy Never, not {policy or 'Always'}",
            "set restartPolicy to Never",
            (SetField(field, "Never"),),
        )
    if job_spec(manifest).get("podReplacementPolicy") == "TerminatingOrFailed":
        field = job_path(manifest, "podReplacementPolicy")
        yield Hit(
            field,
            "a podFailurePolicy needs podReplacementPolicy Failed, not TerminatingOrFailed",
            "remove podReplacementPolicy: Failed is the default beside a podFailurePolicy",
            (RemoveField(field),),
        )


RULE = Rule(
    code="SEA701",
    name="pod-failure-policy-refused",
    severity=ERROR,
    summary="a podFailurePolicy beside what it cannot be combined with",
    check_manifest=check,
    kinds=KINDS,
)
