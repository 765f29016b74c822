"""A CronJob keeps none of its failed jobs.

Why it hurts: a job that failed at night is gone in the morning, with its pod and its log.

Prove it: let one run fail and look for it.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "*/5 * * * *"
      failedJobsHistoryLimit: 0
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: sweep:1.0

Good:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "*/5 * * * *"
      failedJobsHistoryLimit: 1
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: sweep:1.0
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    path = ("spec", "failedJobsHistoryLimit")
    if manifest.spec.get("failedJobsHistoryLimit") == 0:
        yield Hit(
            path,
            "failedJobsHistoryLimit is 0: a failed run leaves no pod and no log",
            "keep at least one",
            (SetField(path, 1),),
        )


RULE = Rule(
    code="SEA812",
    name="cron-job-history-lost",
    severity=WARNING,
    summary="a CronJob that keeps no failed job",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
