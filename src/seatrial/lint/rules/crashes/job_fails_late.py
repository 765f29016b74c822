"""A Job that cannot succeed is tried again for more than a day before it is said to have failed.

Between failed pods the Job controller waits 10 s, 20 s, 40 s, ... and from then on 10 minutes
each; `backoffLimit` says how often. The pods' own run time comes on top.

Why it hurts: whoever waits for the condition Failed, or is told by an alert, learns of it a day
late; a CronJob's next runs find it still there.

Prove it: let the Job's container exit with 1, and watch its conditions.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: import
    spec:
      backoffLimit: 1000
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: import
            image: import:1.0

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: import
    spec:
      backoffLimit: 1000
      activeDeadlineSeconds: 7200
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: import
            image: import:1.0
"""

from seatrial.kit.text import human_duration
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._jobs import (
    KINDS,
    backoff_limit,
    job_path,
    job_spec,
    pod_spec,
    waiting_s,
)

_LATE_S = 86_400


def check(manifest: Manifest, world: World) -> Hits:
    job = job_spec(manifest)
    if pod_spec(manifest).get("restartPolicy") != "Never" or "activeDeadlineSeconds" in job:
        return
    waiting = waiting_s(backoff_limit(manifest))
    if waiting > _LATE_S:
        yield Hit(
            job_path(manifest, "backoffLimit"),
            f"it is tried {backoff_limit(manifest) + 1} times: {human_duration(waiting)} of waiting"
            " before it counts as failed",
            "lower backoffLimit, or set activeDeadlineSeconds",
        )


RULE = Rule(
    code="SEA703",
    name="job-fails-late",
    severity=INFO,
    summary="a Job is tried again for more than a day before it counts as failed",
    check_manifest=check,
    kinds=KINDS,
)
