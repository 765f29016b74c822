"""When the Job has failed for good, its pod is deleted and the log with it.

`restartPolicy: OnFailure`: the container is started again in place, and once `backoffLimit` is
reached the Job controller removes the pod that still tries.

Why it hurts: the condition says BackoffLimitExceeded, and the log that says why is gone, unless
something else has collected it. With `Never` each failed pod stays, with its log.

Prove it: let the Job's container exit with 1, and ask `kubectl logs job/NAME` afterwards.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
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
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._jobs import KINDS, job_path, pod_spec


def check(manifest: Manifest, world: World) -> Hits:
    if pod_spec(manifest).get("restartPolicy") == "OnFailure":
        yield Hit(
            job_path(manifest, "template", "spec", "restartPolicy"),
            "the pod is deleted with its log when the job has failed for good",
            "set Never, if a new pod for each try is as good, or collect the logs",
        )


RULE = Rule(
    code="SEA703",
    name="job-log-lost",
    severity=INFO,
    summary="the log of a Job that failed for good is lost",
    check_manifest=check,
    kinds=KINDS,
    is_default=False,
)
