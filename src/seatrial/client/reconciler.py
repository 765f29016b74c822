"""Runs `reconcile(key)` whenever something that matters to the key may have changed.

Does: sources → queue → workers. A key is looked at by one worker at a time; a failure comes back
with growing delay; a number returned comes back after that many seconds.
Does not: tell `reconcile` what happened. It looks at the informers' caches and decides
(level-driven).
Holds: an error in one key never stops another key.

    class ReplicaSetController:
        def __init__(self, informers: InformerSet) -> None:
            self._client = informers.client
            self._sets = informers.informer(REPLICA_SET)
            self._pods = informers.informer(POD)
            self._pods.add_index("controller", lambda pod: [uid_of(controller_of(pod) or {})])
            self.reconciler = Reconciler("replicaset", self.reconcile, workers=4)
            self.reconciler.watch(self._sets)
            self.reconciler.watch(self._pods, keys=owner_keys("ReplicaSet"))

        async def reconcile(self, key: str) -> float | None:
            replica_set = self._sets.get(key)
            if replica_set is None:
                return None
            await self._apply(plan(self._view(replica_set)))
            return None  # or: seconds until it wants to look again

    controller = ReplicaSetController(informers)
    informers.start()
    tasks.start(controller.reconciler.run(), name="replicaset")   # ends when cancelled
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from seatrial.api.objects import Object, controller_of, key_of, namespace_of
from seatrial.client.errors import Conflict
from seatrial.client.informer import Informer
from seatrial.client.workqueue import RETRY_BACKOFF, QueueClosed, WorkQueue
from seatrial.kit.backoff import Backoff
from seatrial.kit.errors import SeatrialError
from seatrial.kit.record import get_record

Reconcile: TypeAlias = Callable[[str], Awaitable[float | None]]
KeyFunction: TypeAlias = Callable[[Object], Iterable[str]]

WORKERS = 2  # enough to hide the API's latency behind another key's work


class Reconciler:
    """A queue, its sources and its workers, under one name."""

    def __init__(
        self, name: str, reconcile: Reconcile, *,
        workers: int = WORKERS, backoff: Backoff = RETRY_BACKOFF,
    ) -> None:  # fmt: skip
        self.name = name
        self.queue: WorkQueue[str] = WorkQueue(backoff=backoff)
        self._reconcile = reconcile
        self._workers = workers
        self._sources: list[Informer] = []
        self._record = get_record(name)

    def watch(self, informer: Informer, *, keys: KeyFunction | None = None) -> None:
        """Look at `keys(object)` (default: its own key) when an object comes, changes or goes.

        A change asks for the keys of the old and of the new version, so that a moved owner or
        label wakes both sides.
        """
        keys_of = keys or _own_key

        def handle(old: Object | None, new: Object | None) -> None:
            for obj in (old, new):
                if obj is not None:
                    for key in keys_of(obj):
                        self.queue.add(key)

        self._sources.append(informer)
        informer.subscribe(handle)

    async def run(self) -> None:
        """Wait for the sources' first lists, then work until cancelled."""
        for source in self._sources:
            await source.wait_synced()
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"{self.name}/{number}")

    async def step(self, key: str) -> None:
        """One look at one key, with its consequences for the queue."""
        try:
            again_s = await self._reconcile(key)
        except Conflict:
            # Somebody wrote first; their write is on its way to the cache. Nothing to tell people.
            self.queue.add_rate_limited(key)
        except SeatrialError as error:
            delay_s = self.queue.add_rate_limited(key)
            self._record.warning("reconcile.failed", key=key, error=error, again_s=delay_s)
        except Exception as error:  # noqa: BLE001 - a bug in one key must not stop the others
            delay_s = self.queue.add_rate_limited(key)
            self._record.error("reconcile.broke", key=key, error=repr(error), again_s=delay_s)
        else:
            self.queue.forget(key)
            if again_s is not None:
                self.queue.add_after(key, again_s)

    async def _work(self) -> None:
        while True:
            try:
                key = await self.queue.get()
            except QueueClosed:
                return
            try:
                await self.step(key)
            finally:
                self.queue.done(key)


def owner_keys(kind: str) -> KeyFunction:
    """The key of an object's controller, when that is of `kind`: for `watch(pods, keys=...)`."""

    def keys(obj: Object) -> Iterable[str]:
        owner = controller_of(obj)
        if owner is None or owner.get("kind") != kind:
            return ()
        namespace, name = namespace_of(obj), owner["name"]
        return (f"{namespace}/{name}" if namespace else name,)

    return keys


def _own_key(obj: Object) -> Iterable[str]:
    return (key_of(obj),)
