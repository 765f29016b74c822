"""A CronJob has no startingDeadlineSeconds.

Why it hurts: after more than 100 missed starts (a controller that was down, a suspended job) it
is never started again, and says so in an event only. With a deadline, only the starts inside it
are counted.

Prove it: suspend a CronJob with a schedule of a minute for two hours, and resume it.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "*/5 * * * *"
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
      startingDeadlineSeconds: 120
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
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

DEADLINE_S = 120
# The controller looks every 10 s: a shorter deadline misses starts (CronJob documentation).
DEADLINE_MIN_S = 10


def check(manifest: Manifest, world: World) -> Hits:
    path = ("spec", "startingDeadlineSeconds")
    deadline = manifest.spec.get("startingDeadlineSeconds")
    if deadline is None:
        yield Hit(
            path,
            "without a starting deadline it is never started again after 100 missed starts",
            "set startingDeadlineSeconds to a little less than its period",
            (SetField(path, DEADLINE_S),),
        )
    elif isinstance(deadline, int) and deadline < DEADLINE_MIN_S:
        yield Hit(
            path,
            f"a starting deadline of {deadline} s is below the {DEADLINE_MIN_S} s in which the"
            " controller looks: starts are missed",
            f"raise it above {DEADLINE_MIN_S}",
            (SetField(path, DEADLINE_S),),
        )


RULE = Rule(
    code="SEA812",
    name="cron-job-deadline-missing",
    severity=INFO,
    summary="a CronJob without a usable startingDeadlineSeconds",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
