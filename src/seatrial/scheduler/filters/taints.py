"""TaintToleration: a taint keeps away pods that do not tolerate it."""

from seatrial.api.tolerations import tolerates
from seatrial.scheduler.views import NodeView, PodView

HARD_EFFECTS = ("NoSchedule", "NoExecute")


def check(pod: PodView, node: NodeView) -> str:
    """The first hard taint that is not tolerated, by name."""
    if not node.taints:
        return ""
    tolerations = pod.spec.get("tolerations") or ()
    for taint in node.taints:
        if taint.get("effect") in HARD_EFFECTS and not tolerates(tolerations, taint):
            return f"node(s) had untolerated taint {{{taint.get('key')}: {taint.get('value', '')}}}"
    return ""
