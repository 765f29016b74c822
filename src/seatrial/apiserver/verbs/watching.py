"""A watch under way: events, bookmarks and the end, on one stream.

Holds: a bookmark's revision is never ahead of what was sent.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from seatrial.api import status
from seatrial.apiserver.http import SendPiece
from seatrial.apiserver.options import Choice
from seatrial.apiserver.present.presenter import Presenter, Shown
from seatrial.apiserver.verbs.changes import Changes, line
from seatrial.store.interface import Compacted, Watch

# Lines that are sent in one piece when a watch begins with what is there.
_LINES_A_PIECE = 256
_INITIAL_EVENTS_END = {"annotations": {"k8s.io/initial-events-end": "true"}}


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a watch begins with: everything chosen as of `revision`, or just the revision."""

    revision: int
    shown: Sequence[Shown] = ()
    # Tell the client where the first list ends.
    marks_end: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, seconds; `bookmark_s` None: the client wants no bookmarks."""

    timeout_s: float
    bookmark_s: float | None


class Watching:
    """One watch."""

    def __init__(
        self, events: Watch, chosen: Choice, presenter: Presenter, *, changes: Changes
    ) -> None:
        self._events = events
        self._chosen = chosen
        self._presenter = presenter
        self._changes = changes
        self._sent_revision = 0
        self._is_idle = False
        self._turn = asyncio.Lock()

    async def run(
        self,
        beginning: Beginning,
        limits: Limits,
        newest: Callable[[], int],
        send: SendPiece,
    ) -> None:
        """Send until the time is up or the store lets us go; `newest` is the store's revision."""
        try:
            await self._begin(beginning, send)
            async with asyncio.timeout(limits.timeout_s):
                if limits.bookmark_s is None:
                    await self._forward(send)
                else:
                    await self._forward_with_bookmarks(limits.bookmark_s, newest, send)
        except TimeoutError:
            return
        finally:
            await self._events.aclose()

    async def _begin(self, beginning: Beginning, send: SendPiece) -> None:
        self._sent_revision = beginning.revision
        for piece in _pieces(beginning.shown, self._presenter):
            await send(piece)
        if beginning.marks_end:
            await send(self._bookmark(beginning.revision, _INITIAL_EVENTS_END))

    async def _forward(self, send: SendPiece) -> None:
        try:
            self._is_idle = True
            async for event in self._events:
                self._is_idle = False
                change = self._changes.of(event)
                kind = change.type_for(self._chosen)
                if kind is not None:
                    async with self._turn:
                        await send(change.line(kind, self._presenter))
                self._sent_revision = event.revision
                self._is_idle = True
        except Compacted as error:
            await send(error_line(status.expired_revision(self._sent_revision, error.oldest)))

    async def _forward_with_bookmarks(
        self, bookmark_s: float, newest: Callable[[], int], send: SendPiece
    ) -> None:
        async with asyncio.TaskGroup() as group:
            bookmarks = group.create_task(self._send_bookmarks(bookmark_s, newest, send))
            await self._forward(send)
            bookmarks.cancel()

    async def _send_bookmarks(
        self, bookmark_s: float, newest: Callable[[], int], send: SendPiece
    ) -> None:
        while True:
            # What the store had given out a whole period ago has been sent, if we idle now.
            then = newest()
            await asyncio.sleep(bookmark_s)
            if not self._is_idle:
                continue
            async with self._turn:
                self._sent_revision = max(self._sent_revision, then)
                await send(self._bookmark(self._sent_revision, {}))

    def _bookmark(self, revision: int, more: Mapping[str, object]) -> bytes:
        metadata = {"resourceVersion": str(revision), **more}
        return line("BOOKMARK", self._presenter.bookmark(metadata))


def error_line(refusal: status.Status) -> bytes:
    """The last line of a watch that cannot go on."""
    return line("ERROR", orjson.dumps(refusal))


def _pieces(shown: Sequence[Shown], presenter: Presenter) -> Iterator[bytes]:
    for start in range(0, len(shown), _LINES_A_PIECE):
        part = shown[start : start + _LINES_A_PIECE]
        yield b"".join(line("ADDED", presenter.one(each)) for each in part)
