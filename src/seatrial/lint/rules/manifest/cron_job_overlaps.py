"""A CronJob may run beside itself.

Why it hurts: `concurrencyPolicy: Allow` is the default. A run that takes longer than its period
gets company, all of them take longer still, and whatever they share is written to by several.

Prove it: make one run last longer than the period and count the jobs.

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
      concurrencyPolicy: Forbid
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: sweep:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    if "concurrencyPolicy" not in manifest.spec:
        path = ("spec", "concurrencyPolicy")
        yield Hit(
            path,
            "concurrencyPolicy is not said, and its default lets runs overlap",
            "say Forbid (with activeDeadlineSeconds, so that one that hangs does not end them all),"
            " or Allow where overlapping is meant",
        )


RULE = Rule(
    code="SEA812",
    name="cron-job-overlaps",
    severity=INFO,
    summary="a CronJob that may overlap itself",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
