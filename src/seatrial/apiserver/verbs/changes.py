"""A change as watchers see it, made once and shared by all of them.

Holds: at most `SHARED_EVENTS_MAX` changes are kept; one that was dropped is made again.
"""

from typing import Literal

import orjson

from seatrial.api.objects import Object
from seatrial.apiserver.config import SHARED_EVENTS_MAX
from seatrial.apiserver.options import Choice
from seatrial.apiserver.present.presenter import Presenter, Shown
from seatrial.store.interface import Event

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]


class Change:
    """One write. What costs work is done when somebody first asks."""

    __slots__ = ("_event", "_gone", "_lines", "_new", "_old")

    def __init__(self, event: Event) -> None:
        self._event = event
        self._new: Object | None = None
        self._old: Object | None = None
        self._gone: bytes | None = None
        self._lines: dict[EventType, bytes] = {}

    @property
    def revision(self) -> int:
        """The write's revision."""
        return self._event.revision

    def new(self) -> Object:
        """The object after the write; there must be one."""
        if self._new is None:
            self._new = orjson.loads(self._event.value or b"null")
        return self._new or {}

    def old(self) -> Object:
        """The object before the write (of a removal: its last state); there must be one."""
        if self._old is None:
            self._old = orjson.loads(self._event.previous or b"null")
        return self._old or {}

    def type_for(self, chosen: Choice) -> EventType | None:
        """What the change is to a watcher of these objects; None: nothing."""
        event = self._event
        if chosen.is_everything:
            if event.value is None:
                return "DELETED"
            return "ADDED" if event.previous is None else "MODIFIED"
        was = event.previous is not None and chosen.takes(self.old())
        if event.value is not None and chosen.takes(self.new()):
            return "MODIFIED" if was else "ADDED"
        return "DELETED" if was else None

    def line(self, kind: EventType, presenter: Presenter) -> bytes:
        """The line that tells it; the stored form is made once for all watchers."""
        if not presenter.sends_stored_bytes:
            return line(kind, presenter.one(self._shown(kind)))
        found = self._lines.get(kind)
        if found is None:
            found = self._lines[kind] = line(kind, self._shown(kind).value)
        return found

    def _shown(self, kind: EventType) -> Shown:
        event = self._event
        if kind != "DELETED" and event.value is not None:
            return Shown(event.value, self.new)
        if event.value is None and event.previous is not None:
            return Shown(event.previous, self.old)
        # It is still there, but no longer chosen: its old form, at the revision of the change.
        gone = self._gone or orjson.dumps(self._old_now())
        self._gone = gone
        return Shown(gone, self._old_now)

    def _old_now(self) -> Object:
        old = self.old()
        return {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.revision)}}


class Changes:
    """The latest changes, by revision."""

    def __init__(self) -> None:
        self._kept: dict[int, Change] = {}

    def of(self, event: Event) -> Change:
        """The shared change of an event."""
        found = self._kept.get(event.revision)
        if found is None:
            found = self._kept[event.revision] = Change(event)
            if len(self._kept) > SHARED_EVENTS_MAX:
                del self._kept[next(iter(self._kept))]
        return found


def line(kind: EventType, encoded: bytes) -> bytes:
    """One line of a watch."""
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), encoded)
