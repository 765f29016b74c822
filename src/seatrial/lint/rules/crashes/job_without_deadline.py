"""A run of a CronJob may last for ever, and keeps the next ones from starting.

`concurrencyPolicy: Forbid` and no `activeDeadlineSeconds`.

Why it hurts: one run that hangs (a lock, a connection that is never answered) is not a failed run.
It stays, and all later ones are skipped, silently, until somebody looks.

Prove it: let one run sleep for ever and count the ones that follow.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: backup
    spec:
      schedule: "0 3 * * *"
      concurrencyPolicy: Forbid
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
              - name: backup
                image: backup:1.0

Good:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: backup
    spec:
      schedule: "0 3 * * *"
      concurrencyPolicy: Forbid
      jobTemplate:
        spec:
          activeDeadlineSeconds: 7200
          template:
            spec:
              restartPolicy: Never
              containers:
              - name: backup
                image: backup:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._jobs import job_path, job_spec, pod_spec


def check(manifest: Manifest, world: World) -> Hits:
    job = job_spec(manifest)
    if not job or manifest.spec.get("concurrencyPolicy") != "Forbid":
        return
    if "activeDeadlineSeconds" not in job and "activeDeadlineSeconds" not in pod_spec(manifest):
        yield Hit(
            job_path(manifest, "activeDeadlineSeconds"),
            "a run that hangs is never ended, and no other starts beside it",
            "set activeDeadlineSeconds of the job to what a run may take at most",
        )


RULE = Rule(
    code="SEA703",
    name="job-without-deadline",
    severity=WARNING,
    summary="one hanging run of a CronJob keeps all later ones from starting",
    check_manifest=check,
    kinds=frozenset({"CronJob"}),
)
