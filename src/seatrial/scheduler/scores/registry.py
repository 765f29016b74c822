"""Every score and its weight (kube-scheduler's own weights)."""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.scheduler.scores import least_allocated, preferred_affinity, preferred_taints, spread
from seatrial.scheduler.views import NodeView, PodView


@dataclass(frozen=True, slots=True)
class Score:
    """What makes a node better for a pod, 0 to 100; it depends on nothing but the two."""

    name: str
    score: Callable[[PodView, NodeView], float]
    weight: float


# The same for all pods of one signature, so worth remembering.
MERITS = (
    Score("NodeResourcesFit", least_allocated.score, 1),
    Score("NodeAffinity", preferred_affinity.score, 2),
    Score("TaintToleration", preferred_taints.score, 3),
)
# Different for each owner.
COMPANY = (Score("PodSpread", spread.score, 2),)
COMPANY_MAX = sum(100.0 * each.weight for each in COMPANY)
