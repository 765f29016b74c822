"""The scheduler's loop: pods without a node, one after the other, onto nodes (shell).

Does: decides on the ledger alone, counts the decision at once (assumes it) and binds in the
background; says why a pod cannot be placed, in an event and in its PodScheduled condition; tries
again when something changed that may help.
Does not: preempt, nor hold pods back by priority.
Holds: a decision is made without waiting, so the nodes it saw are the nodes there are.
Holds: nothing is tried again for its own sake: a pod that fits nowhere waits for news, and no
longer than its backoff after the news.
Differs from Kubernetes: first come, first served (no priority order); the first backoff is a
quarter of a second instead of one.
"""

import asyncio
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import NODE, POD
from seatrial.api.objects import (
    Object,
    condition_of,
    is_terminating,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.pods import is_terminal
from seatrial.client.errors import ClientError, Conflict, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.interface import STRATEGIC, Client
from seatrial.client.recorder import EventRecorder
from seatrial.client.workqueue import WorkQueue
from seatrial.kit.backoff import Backoff
from seatrial.kit.clock import wall_time_s
from seatrial.kit.errors import SeatrialError
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.scheduler.pipeline import explain, neighbour_checks
from seatrial.scheduler.ranking import Rankings
from seatrial.scheduler.snapshot import Ledger
from seatrial.scheduler.views import PodView, pod_view

record = get_record("scheduler")

SCHEDULER_NAME = "default-scheduler"
# Writes (bindings, conditions) under way at once; the loop pauses when they are used up.
WRITES_MAX = 64
RETRY_BACKOFF = Backoff(first_s=0.25, factor=2.0, max_s=10.0)


class Scheduler:
    """Places pods until it is closed."""

    def __init__(self, client: Client, informers: InformerSet) -> None:
        self._client = client
        self._pods = informers.informer(POD)
        self._nodes = informers.informer(NODE)
        self._informers = informers
        self._recorder = EventRecorder(client, SCHEDULER_NAME)
        self._queue: WorkQueue[str] = WorkQueue(backoff=RETRY_BACKOFF)
        self._ledger = Ledger()
        self._rankings = Rankings(self._ledger)
        self._parked: dict[str, float] = {}  # pods that fit nowhere → when to try at the earliest
        self._writes = asyncio.Semaphore(WRITES_MAX)
        self._tasks = Tasks("scheduler")

    async def start(self) -> None:
        """Begin to place pods, once pods and nodes are known."""
        self._nodes.subscribe(self._node_changed)
        self._pods.subscribe(self._pod_changed)
        self._informers.start()
        self._tasks.start(self._run(), name="loop")

    async def aclose(self) -> None:
        """Stop; a binding under way may or may not have reached the API."""
        self._queue.shut_down()
        await self._tasks.stop()
        await self._recorder.aclose()

    async def _run(self) -> None:
        await self._nodes.wait_synced()
        await self._pods.wait_synced()
        while True:
            key = await self._queue.get()
            await self._writes.acquire()
            # Only what cannot be held back (a write) leaves this step; it returns its place itself.
            if not self._step(key):
                self._writes.release()
            self._queue.done(key)

    def _step(self, key: str) -> bool:
        """Decide on one pod; whether a write was started."""
        pod = self._pods.get(key)
        if pod is None or not _is_ours(pod) or self._ledger.is_assumed(key, uid_of(pod)):
            return False
        try:
            self._decide(pod)
        except SeatrialError as error:  # a broken amount or selector: no validation let it pass
            self._refuse(pod, str(error))
        return True

    def _decide(self, pod: Object) -> None:
        view = pod_view(pod)
        checks = [check for _, check in neighbour_checks(view, self._ledger.snapshot())]
        node = self._rankings.best(view, checks)
        if node is None:
            self._refuse(pod, explain(view, self._ledger.snapshot()).message)
            return
        self._ledger.assume(view, node)
        self._tasks.start(self._bind(pod, view, node), name=f"bind/{view.key}")

    async def _bind(self, pod: Object, view: PodView, node: str) -> None:
        try:
            binding = _binding(pod, node)
            await self._client.create_subresource(
                POD, view.name, view.namespace, "binding", binding
            )
        except ClientError as error:
            self._take_back(view)
            if not isinstance(error, NotFound | Conflict):
                record.warning("bind.failed", pod=view.key, node=node, error=error)
            self._queue.add_rate_limited(view.key)
        else:
            self._queue.forget(view.key)
            self._recorder.event(
                pod, "Normal", "Scheduled", f"Successfully assigned {view.key} to {node}"
            )
        finally:
            self._writes.release()

    def _take_back(self, view: PodView) -> None:
        if self._ledger.is_assumed(view.key, view.uid):
            self._ledger.remove(view.key)
            self._wake_parked()

    def _refuse(self, pod: Object, message: str) -> None:
        """Park the pod until there is news, and tell people why."""
        key = key_of(pod)
        delay_s = self._queue.count_failure(key)
        self._parked[key] = asyncio.get_running_loop().time() + delay_s
        self._recorder.event(pod, "Warning", "FailedScheduling", message)
        self._tasks.start(self._write_condition(pod, message), name=f"refuse/{key}")

    async def _write_condition(self, pod: Object, message: str) -> None:
        try:
            patch = _unschedulable(pod, message, wall_time_s())
            if patch is not None:
                await self._client.patch(
                    POD, name_of(pod), namespace_of(pod), patch,
                    patch_type=STRATEGIC, subresource="status",
                )  # fmt: skip
        except NotFound:
            pass  # deleted meanwhile: nobody is left to be told
        except ClientError as error:
            record.warning("condition.not_written", pod=key_of(pod), error=error)
        finally:
            self._writes.release()

    def _wake_parked(self) -> None:
        """Something changed that may help: every parked pod is tried again after its backoff."""
        now = asyncio.get_running_loop().time()
        parked, self._parked = self._parked, {}
        for key, due in parked.items():
            self._queue.add_after(key, due - now)

    def _node_changed(self, old: Object | None, new: Object | None) -> None:
        if new is None:
            self._ledger.remove_node(name_of(old or {}))
            return
        if old is not None and _placing_part(old) == _placing_part(new):
            return  # a heartbeat
        self._ledger.set_node(new)
        self._wake_parked()

    def _pod_changed(self, old: Object | None, new: Object | None) -> None:
        key = key_of(new or old or {})
        if new is not None and old is not None and _asking_part(old) == _asking_part(new):
            return  # only its status moved
        self._parked.pop(key, None)
        if new is not None and _is_ours(new):
            self._queue.add(key)
            return
        node = _place_of(new)
        if new is not None and node:
            if not self._ledger.confirm(key, uid_of(new), node=node, labels=labels_of(new)):
                self._ledger.place(pod_view(new), node)
            return
        self._queue.forget(key)
        if self._ledger.remove(key):
            self._wake_parked()


def _is_ours(pod: Object) -> bool:
    """Waits for this scheduler to place it."""
    spec = spec_of(pod)
    return (
        not spec.get("nodeName")
        and spec.get("schedulerName", SCHEDULER_NAME) == SCHEDULER_NAME
        and not spec.get("schedulingGates")
        and not is_terminating(pod)
        and not is_terminal(pod)
    )


def _place_of(pod: Object | None) -> str:
    """The node on which the pod takes something, or ""."""
    if pod is None or is_terminal(pod):
        return ""
    return str(spec_of(pod).get("nodeName") or "")


def _asking_part(pod: Object) -> Any:
    """What decides where a pod can be, and whether it takes anything."""
    return spec_of(pod), labels_of(pod), is_terminating(pod), is_terminal(pod)


def _placing_part(node: Object) -> Any:
    """What decides which pods a node can have."""
    status = status_of(node)
    return labels_of(node), spec_of(node), status.get("allocatable"), status.get("capacity")


def _binding(pod: Object, node: str) -> Object:
    meta = {"name": name_of(pod), "namespace": namespace_of(pod), "uid": uid_of(pod)}
    target = {"apiVersion": "v1", "kind": "Node", "name": node}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": meta, "target": target}


def _unschedulable(pod: Object, message: str, now_s: float) -> Object | None:
    """The patch that says so, or None when the pod says it already."""
    before = condition_of(pod, "PodScheduled") or {}
    said = {"status": "False", "reason": "Unschedulable", "message": message}
    if all(before.get(name) == value for name, value in said.items()):
        return None
    since = before.get("lastTransitionTime") if before.get("status") == "False" else None
    condition = {
        "type": "PodScheduled",
        **said,
        "lastProbeTime": None,
        "lastTransitionTime": since or timestamps.render(now_s),
    }
    return {"status": {"conditions": [condition]}}
