"""A CronJob's schedule names a day that its months do not have.

Why it hurts: it is accepted, and never starts. Nothing says so.

Prove it: `kubectl get cronjob` shows no last schedule, however long one waits.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "0 4 31 2,4,6 *"
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
      schedule: "0 4 28 2,4,6 *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: sweep:1.0
"""

from seatrial.lint.cron import never_comes
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    schedule = manifest.spec.get("schedule")
    if isinstance(schedule, str) and never_comes(schedule):
        yield Hit(
            ("spec", "schedule"),
            f"{schedule!r} never comes round: none of its months has that day",
            "name a day that there is; the last of a month is the day before the first of the next",
        )


RULE = Rule(
    code="SEA812",
    name="cron-job-never-runs",
    severity=ERROR,
    summary="a CronJob whose schedule never comes round",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
