"""The first eviction fails the Job: `backoffLimit: 0`, and disruptions count as failures.

Why it hurts: a drained node, a preemption, a lost node end the pod from outside. Without a
`podFailurePolicy` that ignores them each is a failure like any other, and no failure is allowed.

Prove it: `seatrial verify --trial node-drain` drains the node of the Job's pod.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      backoffLimit: 0
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
      backoffLimit: 0
      podFailurePolicy:
        rules:
        - action: Ignore
          onPodConditions:
          - type: DisruptionTarget
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._jobs import (
    KINDS,
    backoff_limit,
    failure_rules,
    job_path,
    job_spec,
    pod_spec,
)

_GENERALLY_AVAILABLE = (1, 31)
_IGNORE = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}


def check(manifest: Manifest, world: World) -> Hits:
    if world.kubernetes_version < _GENERALLY_AVAILABLE or not job_spec(manifest):
        return
    if backoff_limit(manifest) == 0 and not _ignores_disruption(manifest):
        yield Hit(
            job_path(manifest, "backoffLimit"),
            "no failure is allowed, and an eviction counts as one",
            "ignore DisruptionTarget in a podFailurePolicy (with restartPolicy Never)",
            _edits(manifest),
        )


def _ignores_disruption(manifest: Manifest) -> bool:
    return any(
        mapping(condition).get("type") == "DisruptionTarget"
        for rule in failure_rules(manifest)
        for condition in sequence(rule.get("onPodConditions"))
    )


def _edits(manifest: Manifest) -> tuple[Edit, ...]:
    """Only where the policy is allowed, and is not there for other purposes."""
    if pod_spec(manifest).get("restartPolicy") != "Never" or failure_rules(manifest):
        return ()
    return (SetField(job_path(manifest, "podFailurePolicy"), {"rules": [_IGNORE]}),)


RULE = Rule(
    code="SEA701",
    name="eviction-fails-job",
    severity=INFO,
    summary="the first eviction fails the Job",
    check_manifest=check,
    kinds=KINDS,
)
