"""The contract of a filter.

A *node filter* looks at one pod and one node. A *neighbour filter* looks at other nodes' pods too:
it is prepared once for a pod, and then asked about each node.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from seatrial.scheduler.snapshot import Snapshot
from seatrial.scheduler.views import NodeView, PodView

# "" when the node will do, else why not, in kube-scheduler's words.
Check: TypeAlias = Callable[[PodView, NodeView], str]
Prepare: TypeAlias = Callable[[PodView, Snapshot], Callable[[NodeView], str] | None]


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """A check of one node by itself."""

    name: str
    check: Check
    # Would the node do if other pods left it? (kube-scheduler: Unschedulable, not ...Unresolvable)
    helped_by_leaving: bool = False
    # All reasons at once, where there may be several; for the explanation only.
    every: Callable[[PodView, NodeView], tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class NeighbourFilter:
    """A check that counts pods of other nodes; `prepare` gives None when the pod does not ask."""

    name: str
    prepare: Prepare
    helped_by_leaving: bool = True
