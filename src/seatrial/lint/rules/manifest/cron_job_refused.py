"""A CronJob has a schedule that cannot be read, a time zone inside of it, or too long a name.

Why it hurts: the API server refuses it, and the job is not there on the night it is needed. Of
Unix' cron some things are different: Sunday is 0 and never 7, and there is no field for seconds.

Prove it: `kubectl apply --dry-run=server` says so.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "0 4 * * 7"
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
      schedule: "0 4 * * 0"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: sweep:1.0
"""

from seatrial.lint.cron import BadSchedule, check_schedule
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World

NAME_LENGTH_MAX = 52  # its Jobs' names have eleven characters more
ZONES = ("TZ=", "CRON_TZ=")


def check(manifest: Manifest, world: World) -> Hits:
    name = manifest.metadata.get("name")
    if isinstance(name, str) and len(name) > NAME_LENGTH_MAX:
        yield Hit(
            ("metadata", "name"),
            f"the name has {len(name)} characters, and that of a CronJob has"
            f" {NAME_LENGTH_MAX} at most",
            "shorten it",
        )
    schedule, path = manifest.spec.get("schedule"), ("spec", "schedule")
    if not isinstance(schedule, str):
        return
    if schedule.startswith(ZONES):
        yield Hit(path, "a time zone stands in the schedule", "say it in spec.timeZone")
        return
    try:
        check_schedule(schedule)
    except BadSchedule as error:
        yield Hit(path, f"the schedule is refused: {error}", "mend the schedule")


RULE = Rule(
    code="SEA812",
    name="cron-job-refused",
    severity=ERROR,
    summary="a CronJob whose schedule or name the API server refuses",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
