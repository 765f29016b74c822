"""Every node at one moment: the immutable view a decision is made on; pure.

Does: puts pods onto nodes, takes them off, follows nodes as they come, change and go; hands out the
nodes that changed since an earlier moment, so that nobody needs to look at all of them again.
Holds: a node in a `Snapshot` never changes: the `Ledger` puts a new value in its place, and all
others stay as they are. Nothing changes while a decision is made, because deciding never waits.
Holds: a pod that we decided on but that the API has not confirmed (assumed) counts like any other.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seatrial.api.objects import Object, name_of
from seatrial.scheduler.views import NodeView, PodView, node_view

# Changed nodes remembered; who looks less often than this looks at every node anew.
CHANGES_KEPT_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The nodes by name, in the order in which they came. Valid until the ledger's next change."""

    nodes: Mapping[str, NodeView]
    moment: int = 0
    # Pods that do not want certain others near them: key → (node, pod). Few, so worth knowing.
    choosy: Mapping[str, tuple[str, PodView]] = field(default_factory=dict)


class Ledger:
    """Which pod is on which node, kept up to date by events and by our own decisions."""

    def __init__(self) -> None:
        self._nodes: dict[str, NodeView] = {}
        self._places: dict[str, tuple[str, PodView]] = {}  # pod key → (node, pod)
        self._strangers: dict[str, dict[str, PodView]] = {}  # pods of nodes we do not know
        self._choosy: dict[str, tuple[str, PodView]] = {}
        self._assumed: dict[str, str] = {}  # pod key → uid
        self._changes: deque[str] = deque(maxlen=CHANGES_KEPT_MAX)
        self._moment = 0

    def snapshot(self) -> Snapshot:
        """The nodes now; look at it before anything else changes the ledger."""
        return Snapshot(self._nodes, self._moment, self._choosy)

    def changed_since(self, moment: int) -> Iterable[str] | None:
        """Names of nodes that came, changed or went since; None: too long ago, look at all."""
        count = self._moment - moment
        if count > len(self._changes):
            return None
        return dict.fromkeys(self._changes[-number] for number in range(1, count + 1))

    def set_node(self, node: Object) -> None:
        """A node came or changed."""
        name = name_of(node)
        known = self._nodes.get(name)
        pods = known.pods if known else self._strangers.pop(name, {})
        self._put(name, node_view(node, pods.values()))

    def remove_node(self, name: str) -> None:
        """A node went; its pods stay on the books until they go themselves."""
        gone = self._nodes.pop(name, None)
        if gone is not None:
            if gone.pods:
                self._strangers[name] = dict(gone.pods)
            self._note(name)

    def place(self, pod: PodView, node: str) -> None:
        """The API says that this pod is on this node."""
        self._assumed.pop(pod.key, None)
        before = self._places.get(pod.key)
        if before is not None and before[0] == node and before[1].weighs_as(pod):
            return  # as assumed: no node changes
        self._set(pod, node)

    def assume(self, pod: PodView, node: str) -> None:
        """We decided so; the API will say it soon, or `remove` takes it back."""
        self._set(pod, node)
        self._assumed[pod.key] = pod.uid

    def confirm(self, key: str, uid: str, *, node: str, labels: Mapping[str, str]) -> bool:
        """Whether the API's word is what we assumed; then nothing else need change."""
        place = self._places.get(key)
        if place is None or not self.is_assumed(key, uid):
            return False
        if place[0] != node or place[1].labels != labels:
            return False
        del self._assumed[key]
        return True

    def is_assumed(self, key: str, uid: str) -> bool:
        """This very pod was decided on and waits for the API's word."""
        return self._assumed.get(key) == uid

    def remove(self, key: str) -> bool:
        """The pod no longer takes anything; whether it did."""
        self._assumed.pop(key, None)
        self._choosy.pop(key, None)
        place = self._places.pop(key, None)
        if place is None:
            return False
        name = place[0]
        node = self._nodes.get(name)
        if node is not None:
            self._put(name, node.without_pod(key))
            return True
        strangers = self._strangers.get(name, {})
        strangers.pop(key, None)
        if not strangers:
            self._strangers.pop(name, None)
        return True

    def _set(self, pod: PodView, name: str) -> None:
        if pod.key in self._places:
            self.remove(pod.key)
        self._places[pod.key] = (name, pod)
        if pod.is_choosy:
            self._choosy[pod.key] = (name, pod)
        node = self._nodes.get(name)
        if node is None:
            self._strangers.setdefault(name, {})[pod.key] = pod
        else:
            self._put(name, node.with_pod(pod))

    def _put(self, name: str, node: NodeView) -> None:
        self._nodes[name] = node
        self._note(name)

    def _note(self, name: str) -> None:
        self._changes.append(name)
        self._moment += 1
