"""A CronJob has no startingDeadlineSeconds.

Why it hurts: when the control plane was away, or the CronJob was suspended, the latest run that was
missed starts the moment that is over: the nightly export at noon, or all CronJobs of a cluster at
once. With a deadline it is left out when it comes too late. (Before Kubernetes 1.21 a CronJob
without one never started again after 100 missed runs.)

Prove it: suspend a CronJob over its next run, resume it, and see it start at once.

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

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

# A shorter deadline misses starts (Kubernetes' own documentation of CronJobs).
DEADLINE_MIN_S = 10


def check(manifest: Manifest, world: World) -> Hits:
    path = ("spec", "startingDeadlineSeconds")
    deadline = manifest.spec.get("startingDeadlineSeconds")
    if deadline is None:
        yield Hit(
            path,
            "without a starting deadline a missed run starts however late it is",
            "set startingDeadlineSeconds to how late a run may start and still be of use",
        )
    elif isinstance(deadline, int) and deadline < DEADLINE_MIN_S:
        yield Hit(
            path,
            f"a starting deadline of {deadline} s is so short that runs are missed",
            f"give it {DEADLINE_MIN_S} s or more",
        )


RULE = Rule(
    code="SEA812",
    name="cron-job-deadline-missing",
    severity=INFO,
    summary="a CronJob without a usable startingDeadlineSeconds",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
