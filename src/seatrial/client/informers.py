"""The informers of one process: one watch a collection, however many parts look at it.

informers = InformerSet(client)
pods = informers.informer(POD)
nodes = informers.informer(NODE)
informers.start()
await informers.wait_synced()
...
await informers.aclose()
"""

import asyncio

from seatrial.api.kinds import Kind
from seatrial.client.informer import Informer
from seatrial.client.interface import Client
from seatrial.client.reflector import Selection
from seatrial.kit.tasks import FailureHandler, Tasks


class InformerSet:
    """Shares informers by kind, namespace and selectors; owns their tasks.

    An informer asked for after `start` starts at once. `on_failure` hears of an informer that broke
    (a handler raised): without one, `aclose` raises it.
    """

    def __init__(self, client: Client, *, on_failure: FailureHandler | None = None) -> None:
        self.client = client
        self._tasks = Tasks("informers", on_failure=on_failure)
        self._informers: dict[Selection, Informer] = {}
        self._started = False

    def informer(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> Informer:
        """The one informer of this collection."""
        selection = Selection(kind, namespace, labels, fields)
        informer = self._informers.get(selection)
        if informer is None:
            informer = self._informers[selection] = Informer(self.client, selection)
            if self._started:
                self._run(informer)
        return informer

    def start(self) -> None:
        """Start every informer there is, and each to come; a second call does nothing."""
        if self._started:
            return
        self._started = True
        for informer in self._informers.values():
            self._run(informer)

    async def wait_synced(self) -> None:
        """Until every informer asked for so far has its first list."""
        await asyncio.gather(*(each.wait_synced() for each in tuple(self._informers.values())))

    async def aclose(self) -> None:
        """Stop every informer; their caches stay readable."""
        await self._tasks.stop()

    def _run(self, informer: Informer) -> None:
        self._tasks.start(informer.run(), name=str(informer.selection))
