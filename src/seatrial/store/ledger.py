"""What a store knows, in memory: values in key order, and the last writes in revision order.

Does: decide one write, apply it, list now or as of a kept revision, replay what came after one.
Does not: wait, lock, or write anywhere; whoever owns a ledger calls it from one thread.

Holds:
- the log is gapless: it has exactly the revisions `compacted + 1 .. revision`;
- keys and values are as after the log's last write;
- the log has at most `window.events_max` writes and, but for its newest, `window.bytes_max` bytes.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from seatrial.store.interface import (
    Compacted,
    Entry,
    Event,
    FutureRevision,
    KeyExists,
    KeyMissing,
    Listing,
    Render,
    RevisionConflict,
)


@dataclass(frozen=True, slots=True)
class Window:
    """How much history is kept for watches and lists that come late."""

    events_max: int = 32_768
    # Values and previous values of the kept writes; the second bound because objects differ in
    # size a thousandfold.
    bytes_max: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Write:
    """What a writer wants. `expected` is the revision believed to be current (0: no such key)."""

    kind: Literal["create", "update", "delete"]
    key: str
    expected: int = 0
    render: Render | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A write that was decided: its event, the entry it replaces, and what the writer gets back."""

    event: Event
    replaced: Entry | None
    entry: Entry


def decide(write: Write, current: Entry | None, *, revision: int) -> Change:
    """The change that `write` makes at `revision`, given the key's current entry.

    Raises KeyExists, KeyMissing, RevisionConflict, and whatever `render` raises.
    """
    _check(write, current)
    value = current.value if write.render is None and current else _rendered(write, revision)
    entry = Entry(key=write.key, value=value, revision=revision)
    gone = write.kind == "delete"
    previous = value if gone else (current.value if current else None)
    event = Event(write.key, revision, None if gone else value, previous)
    return Change(event=event, replaced=current, entry=entry)


def _check(write: Write, current: Entry | None) -> None:
    if write.kind == "create":
        if current is not None:
            raise KeyExists(f"key {write.key} is there already, at revision {current.revision}")
        return
    if current is None:
        raise KeyMissing(f"key {write.key} is not there")
    if current.revision != write.expected:
        raise RevisionConflict(
            f"key {write.key} has revision {current.revision}, not {write.expected}",
            actual=current.revision,
        )


def _rendered(write: Write, revision: int) -> bytes:
    return b"" if write.render is None else write.render(revision)


class Ledger:
    """Entries, their order, and the log."""

    def __init__(self, window: Window, *, on_dead: Callable[[int], None] | None = None) -> None:
        """`on_dead` hears of each revision that neither a value nor the log needs any more."""
        self.revision = 0
        self.compacted = 0
        self._window = window
        self._on_dead = on_dead
        self._entries: dict[str, Entry] = {}
        self._keys: list[str] = []
        self._log: deque[Change] = deque()
        self._log_bytes = 0

    def restore(self, entry: Entry) -> None:
        """Take an entry from before the log; only while the log is empty."""
        if entry.key not in self._entries:
            insort(self._keys, entry.key)
        self._entries[entry.key] = entry

    def drop(self, key: str) -> None:
        """Take an entry away; from outside only while the log is empty. No error without it."""
        if self._entries.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def start_at(self, revision: int) -> None:
        """Begin the log after `revision`, once all older entries are restored."""
        self.revision = self.compacted = revision

    def get(self, key: str) -> Entry | None:
        """The key's current entry."""
        return self._entries.get(key)

    def apply(self, change: Change) -> None:
        """Make a decided change true; its revision is the next one."""
        key = change.event.key
        if change.event.value is None:
            self.drop(key)
        else:
            if change.replaced is None:
                insort(self._keys, key)
            self._entries[key] = change.entry
        self.revision = change.event.revision
        self._log.append(change)
        self._log_bytes += _weight(change)
        self._trim()

    def compact(self, revision: int) -> None:
        """Forget the log up to and including `revision`. Raises FutureRevision."""
        if revision > self.revision:
            raise self._future(revision)
        while self.compacted < revision:
            self._forget()

    def changes_after(self, revision: int, prefix: str) -> list[Event]:
        """Events of `prefix` after `revision`, oldest first. Raises Compacted, FutureRevision."""
        self._check_kept(revision)
        newer = [
            change.event
            for change in self._newest_first(revision)
            if change.event.key.startswith(prefix)
        ]
        newer.reverse()
        return newer

    def list(self, prefix: str, *, revision: int = 0, limit: int = 0, after: str = "") -> Listing:
        """Entries of `prefix` after key `after`, as of `revision` (0: now).

        Raises Compacted, FutureRevision.
        """
        as_of = revision or self.revision
        self._check_kept(as_of)
        keys = self._keys[slice(*self._range(prefix, after))]
        undone = self._undone(prefix, as_of) if as_of < self.revision else {}
        if undone:
            keys = _keys_then(keys, undone, after)
        taken = keys[:limit] if limit else keys
        entries = [undone.get(key) or self._entries[key] for key in taken]
        return Listing(entries=entries, revision=as_of, remaining=len(keys) - len(taken))

    def _range(self, prefix: str, after: str) -> tuple[int, int]:
        start = bisect_left(self._keys, prefix)
        if after >= prefix:
            start = bisect_right(self._keys, after, lo=start)
        end = _prefix_end(prefix)
        return start, len(self._keys) if end is None else bisect_left(self._keys, end, lo=start)

    def _undone(self, prefix: str, revision: int) -> dict[str, Entry | None]:
        """Keys written after `revision`, with the entry each had then."""
        then: dict[str, Entry | None] = {}
        for change in self._newest_first(revision):
            if change.event.key.startswith(prefix):
                then[change.event.key] = change.replaced
        return then

    def _newest_first(self, revision: int) -> Iterator[Change]:
        for change in reversed(self._log):
            if change.event.revision <= revision:
                return
            yield change

    def _check_kept(self, revision: int) -> None:
        if revision > self.revision:
            raise self._future(revision)
        if revision < self.compacted:
            raise Compacted(
                f"revision {revision} is no longer kept, the oldest is {self.compacted}",
                oldest=self.compacted,
            )

    def _future(self, revision: int) -> FutureRevision:
        return FutureRevision(f"revision {revision} is not given out yet, now is {self.revision}")

    def _trim(self) -> None:
        while len(self._log) > self._window.events_max or (
            self._log_bytes > self._window.bytes_max and len(self._log) > 1
        ):
            self._forget()

    def _forget(self) -> None:
        change = self._log.popleft()
        self._log_bytes -= _weight(change)
        self.compacted = change.event.revision
        if self._on_dead is None:
            return
        if change.replaced is not None:
            self._on_dead(change.replaced.revision)
        if change.event.value is None:
            self._on_dead(change.event.revision)


def _weight(change: Change) -> int:
    return len(change.event.value or b"") + len(change.event.previous or b"")


def _prefix_end(prefix: str) -> str | None:
    """The smallest text greater than every text that starts with `prefix`; None: there is none."""
    stem = prefix.rstrip(chr(0x10FFFF))
    return stem[:-1] + chr(ord(stem[-1]) + 1) if stem else None


def _keys_then(keys: list[str], undone: dict[str, Entry | None], after: str) -> list[str]:
    now = {key for key in keys if key not in undone}
    then = {key for key, entry in undone.items() if entry is not None and key > after}
    return sorted(now | then)
