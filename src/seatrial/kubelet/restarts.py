"""Whether and when an ended container runs again.

Does: restart policies, restart policy rules and the CrashLoopBackOff delays.
Does not: start anything.
"""

from seatrial.api.objects import Object
from seatrial.kit.backoff import Backoff
from seatrial.kubelet.containers import ContainerShape, ContainerState, Termination

# The first restart is immediate; then 10, 20, 40, ... 300 s after each end.
CRASH_BACKOFF = Backoff(first_s=10.0, factor=2.0, max_s=300.0)
# A container that ran longer than twice the longest delay starts counting afresh.
CRASH_RESET_S = 600.0
# Pulls, configuration errors, sandboxes: how long until the next try.
IMAGE_BACKOFF = Backoff(first_s=10.0, factor=2.0, max_s=300.0)
# A pod's worker looks again after a failure that only the outside can mend. The kubelet's own
# resync is 10 to 15 s; what we can watch (ConfigMaps, Secrets) does not wait for it.
SYNC_RETRY_S = 10.0


def restarts(shape: ContainerShape, exit_code: int) -> bool:
    """Does a container that ended with `exit_code` run again?"""
    for rule in shape.wire.get("restartPolicyRules") or []:
        if _rule_matches(rule, exit_code):
            return True
    if shape.restart_policy == "Always":
        return True
    return shape.restart_policy == "OnFailure" and exit_code != 0


def _rule_matches(rule: Object, exit_code: int) -> bool:
    wanted = rule.get("exitCodes") or {}
    within = exit_code in (wanted.get("values") or [])
    return rule.get("action") == "Restart" and within == (wanted.get("operator") == "In")


def crashes_after(state: ContainerState, ended: Termination) -> int:
    """Restarts in a row that count toward the delay, once `ended` has happened."""
    ran_s = ended.finished_at - ended.started_at
    return 0 if ran_s > CRASH_RESET_S else state.crashes


def restart_at(crashes: int, ended: Termination) -> float:
    """When a container with that many restarts in a row may run again; 0 for at once."""
    delay_s = CRASH_BACKOFF.delay_s(crashes)
    return ended.finished_at + delay_s if delay_s else 0.0
