"""`KubeletDelay` faults: this kubelet hears of a deletion that much later.

Does: says when a pod's termination may begin, and at once when the fault is healed.
Does not: delay anything else; starting pods, probes and restarts go on.
Holds: the longest of the faults that match counts, from the moment the deletion was seen.
"""

import asyncio

from seatrial.api import selectors
from seatrial.api.objects import Object, labels_of, namespace_of, spec_of
from seatrial.client.informer import Informer
from seatrial.kit.record import get_record
from seatrial.kit.text import parse_duration_s

record = get_record("kubelet.delays")


class Delays:
    """The faults of one node; none without an informer (a cluster that lacks the kind)."""

    def __init__(self, node_name: str, informer: Informer | None) -> None:
        self._node_name = node_name
        self._informer = informer
        self._changed = asyncio.Event()
        if informer is not None:
            informer.subscribe(self._tell)

    def delay_s(self, pod: Object) -> float:
        """How long the deletion of `pod` is kept from this kubelet."""
        faults = self._informer.list() if self._informer is not None else []
        found = [_delay_s(fault) for fault in faults if matches(fault, pod, self._node_name)]
        return max(found, default=0.0)

    async def wait(self, pod: Object) -> None:
        """Until the deletion of `pod`, seen just now, may take effect."""
        loop = asyncio.get_running_loop()
        seen_at = loop.time()
        while True:
            left_s = seen_at + self.delay_s(pod) - loop.time()
            if left_s <= 0:
                return
            try:
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _tell(self, _old: Object | None, _new: Object | None) -> None:
        """One event a change: who waits hears of it, who comes later waits for the next."""
        self._changed.set()
        self._changed = asyncio.Event()


def matches(fault: Object, pod: Object, node_name: str) -> bool:
    """Is `pod` on this node one that the fault is about?"""
    spec = spec_of(fault)
    if spec.get("nodeName") and spec["nodeName"] != node_name:
        return False
    if spec.get("namespace") and spec["namespace"] != namespace_of(pod):
        return False
    wanted = spec.get("labels")
    if not wanted:
        return True
    if "matchLabels" in wanted or "matchExpressions" in wanted:
        return selectors.from_object(wanted).matches(labels_of(pod))
    return selectors.from_labels(wanted).matches(labels_of(pod))


def _delay_s(fault: Object) -> float:
    try:
        return parse_duration_s(str(spec_of(fault).get("delay") or "0"))
    except ValueError as error:
        record.warning("delay.unreadable", error=error)
        return 0.0
