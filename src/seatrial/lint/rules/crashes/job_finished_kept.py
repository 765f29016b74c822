"""A Job stays for ever when it has finished: no `ttlSecondsAfterFinished`.

Jobs that a CronJob makes are passed over: its history limits remove them.

Why it hurts: the object, its pods and their logs pile up. After some months a list of pods is
slow, the failed one of today is between a thousand of last year's, and the name is taken when the
same Job is to run again. (Where a tool makes every object anew that has gone, a Job that removes
itself is run again: keep it there.)

Prove it: run it twice under its name: the second apply changes nothing and runs nothing.

Bad:
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

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      ttlSecondsAfterFinished: 86400
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

_FIELD = ("spec", "ttlSecondsAfterFinished")


def check(manifest: Manifest, world: World) -> Hits:
    is_hook = any("/hook" in name for name in manifest.annotations)  # helm and Argo CD remove those
    if manifest.spec and "ttlSecondsAfterFinished" not in manifest.spec and not is_hook:
        yield Hit(
            _FIELD,
            "it stays with its pods for ever when it has finished",
            "set ttlSecondsAfterFinished to how long its logs are wanted",
        )


RULE = Rule(
    code="SEA703",
    name="job-finished-kept",
    severity=INFO,
    summary="a Job stays for ever when it has finished",
    check_manifest=check,
    kinds=frozenset({"Job"}),
)
