"""One collection followed for ever: list once, then watch.

Does: lists (in pages), watches from the list's revision, resumes a broken watch where it stopped,
lists again when the server no longer keeps that revision.
Does not: keep objects; its sink does.
Holds: the sink sees each change once and in order, or a whole new list; never a gap.
Holds: errors are waited out with jitter, and nothing is ever polled: a watch that ends in good
order is opened again at once, unless it was so short that it must be a fault.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, resource_version_of
from seatrial.client.errors import ApiError, ClientError, Gone
from seatrial.client.interface import Client, ObjectList, WatchEvent
from seatrial.kit import chance
from seatrial.kit.backoff import Backoff
from seatrial.kit.record import get_record

record = get_record("client.reflector")

# Objects in a page of the first list; small clusters need one page.
LIST_PAGE_ITEMS = 5_000
ERROR_BACKOFF = Backoff(first_s=0.05, factor=2.0, max_s=30.0)
# Up to this share is added to each delay, so that many clients do not come back at once.
JITTER_SHARE = 0.5
# A watch that ends without an event in less than this was not ended by its time limit.
SHORT_WATCH_S = 1.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a kind; the same selection is the same collection."""

    kind: Kind
    namespace: str | None = None
    labels: str = ""
    fields: str = ""

    def __str__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        chosen = ",".join(part for part in (self.labels, self.fields) if part)
        return f"{self.kind.resource}{where}" + (f" ({chosen})" if chosen else "")


class Sink(Protocol):
    """Who is told."""

    def replace(self, items: list[Object]) -> None:
        """This is everything there is now."""

    def apply(self, event: WatchEvent) -> None:
        """One change (never a BOOKMARK)."""


class Reflector:
    """Follows one selection into one sink until it is cancelled."""

    def __init__(
        self, client: Client, selection: Selection, *, sink: Sink, backoff: Backoff = ERROR_BACKOFF
    ) -> None:
        self._client = client
        self._selection = selection
        self._sink = sink
        self._backoff = backoff
        self._revision = ""  # "": list first
        self._failures = 0

    async def run(self) -> None:
        """Follow; ends only by cancellation. What the sink raises is not caught."""
        while True:
            try:
                if not self._revision:
                    await self._list()
                await self._watch()
            except Gone:
                record.info("reflector.expired", of=self._selection, revision=self._revision)
                # A list may be answered with Gone too (its pages expired), so this counts as well.
                self._revision = ""
                self._failures += 1
            except ClientError as error:
                self._failures += 1
                record.warning("reflector.failed", of=self._selection, error=error)
                if isinstance(error, ApiError) and error.code < 500 and error.code != 429:
                    self._revision = ""  # the server dislikes the question: ask from the start
            await self._pause()

    async def _list(self) -> None:
        page = await self._page("")
        items = list(page.items)
        while page.continue_token:
            page = await self._page(page.continue_token)
            items.extend(page.items)
        self._sink.replace(items)
        self._revision = page.resource_version

    async def _page(self, token: str) -> ObjectList:
        of = self._selection
        return await self._client.list(
            of.kind, of.namespace, labels=of.labels, fields=of.fields,
            limit=LIST_PAGE_ITEMS, continue_token=token,
        )  # fmt: skip

    async def _watch(self) -> None:
        of, loop = self._selection, asyncio.get_running_loop()
        began, events = loop.time(), 0
        watch = self._client.watch(
            of.kind, of.namespace, labels=of.labels, fields=of.fields,
            resource_version=self._revision,
        )  # fmt: skip
        try:
            async with aclosing(watch) as stream:  # type: ignore[type-var]
                async for event in stream:
                    events += 1
                    self._take(event)
        finally:
            if events or loop.time() - began >= SHORT_WATCH_S:
                self._failures = 0
        if not events and loop.time() - began < SHORT_WATCH_S:
            self._failures += 1

    def _take(self, event: WatchEvent) -> None:
        if event.type != "BOOKMARK":
            self._sink.apply(event)
        self._revision = resource_version_of(event.object) or self._revision

    async def _pause(self) -> None:
        if delay_s := self._backoff.delay_s(self._failures):
            await asyncio.sleep(delay_s * (1 + chance.uniform(0, JITTER_SHARE)))
