"""The best node for pods of one make, without looking at every node each time; pure.

Does: keeps the nodes that will do for one signature in order of merit, and looks again only at
nodes that changed since it was last asked. So a thousand equal pods cost little more than a
thousand looks at one node each, however many nodes there are.
Holds: what it gives is the same as scoring every node now (a property test says so).
Differs from Kubernetes: every node is scored, where kube-scheduler scores a sample of a large
cluster (percentageOfNodesToScore); of equally good nodes the one known longest wins, not a random
one.
"""

import heapq
from collections import OrderedDict
from collections.abc import Sequence

from seatrial.scheduler.pipeline import NeighbourCheck, company, merit
from seatrial.scheduler.scores.registry import COMPANY_MAX
from seatrial.scheduler.snapshot import Ledger, Snapshot
from seatrial.scheduler.views import NodeView, PodView

# Nodes, best first, for which the pods that are there already are weighed in.
WEIGHED_MAX = 64
# Signatures whose order is kept; a signature is about one workload.
RANKINGS_MAX = 128
# Outdated entries are swept out when they outnumber the true ones by this much.
OUTDATED_FACTOR = 2
OUTDATED_SLACK = 64

# (-merit, number of the entry, node as it was scored)
_Entry = tuple[float, int, NodeView]


class Rankings:
    """One ranking a signature, the least lately used forgotten first."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rankings: OrderedDict[str, _Ranking] = OrderedDict()

    def best(self, pod: PodView, checks: Sequence[NeighbourCheck] = ()) -> str | None:
        """The best node for which no check has an objection, or None."""
        ranking = self._rankings.get(pod.signature)
        if ranking is None:
            ranking = self._rankings[pod.signature] = _Ranking()
            if len(self._rankings) > RANKINGS_MAX:
                self._rankings.popitem(last=False)
        self._rankings.move_to_end(pod.signature)
        snapshot = self._ledger.snapshot()
        ranking.catch_up(pod, snapshot, self._ledger)
        return ranking.best(pod, snapshot, checks)


class _Ranking:
    def __init__(self) -> None:
        self._moment = -1  # never looked
        self._heap: list[_Entry] = []
        self._number = 0

    def catch_up(self, pod: PodView, snapshot: Snapshot, ledger: Ledger) -> None:
        """Score what changed since the last look."""
        changed = ledger.changed_since(self._moment) if self._moment >= 0 else None
        if changed is None or len(self._heap) > (
            OUTDATED_FACTOR * len(snapshot.nodes) + OUTDATED_SLACK
        ):
            self._heap.clear()
            changed = snapshot.nodes
        for name in changed:
            node = snapshot.nodes.get(name)
            value = None if node is None else merit(pod, node)
            if node is not None and value is not None:
                self._number += 1
                heapq.heappush(self._heap, (-value, self._number, node))
        self._moment = snapshot.moment

    def best(
        self, pod: PodView, snapshot: Snapshot, checks: Sequence[NeighbourCheck]
    ) -> str | None:
        """The best node without objection; what is taken out of the order to see it goes back."""
        seen: list[_Entry] = []
        best: tuple[float, str] | None = None
        weighed = 0
        while self._heap and weighed < WEIGHED_MAX:
            entry = self._heap[0]
            if best is not None and -entry[0] + COMPANY_MAX <= best[0]:
                break  # no entry from here on can be better
            heapq.heappop(self._heap)
            node = entry[2]
            if snapshot.nodes.get(node.name) is not node:
                continue  # outdated: the node was scored again, or will not do
            seen.append(entry)
            if any(check(node) for check in checks):
                continue
            weighed += 1
            total = -entry[0] + company(pod, node)
            if best is None or total > best[0]:
                best = (total, node.name)
        for entry in seen:
            heapq.heappush(self._heap, entry)
        return None if best is None else best[1]
