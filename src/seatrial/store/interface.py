"""The contract of every store: keys, bytes, revisions.

One counter, the *revision*, grows by one with each write of any key. A write is acknowledged (its
coroutine returns, its event reaches watchers, reads see it) only when it is as durable as the store
promises. Writes compare and swap: they name the revision of the value they replace.

    StoreError                a store's expected failures
    ├── KeyExists             create: the key is there already
    ├── KeyMissing            update, delete: the key is not there
    ├── RevisionConflict      update, delete: the value has another revision (`.actual`)
    ├── Compacted             read or watch from a revision that is no longer kept (`.oldest`)
    ├── FutureRevision        read or watch from a revision that has not been given out yet
    ├── WriteRefused          the disk would not take the write; the store is as it was before it
    ├── StoreBroken           the disk failed so that nobody knows what it holds; reads still work
    ├── StoreClosed           the store has been closed
    └── CannotOpen            the file is locked, damaged, of another version, or not a store's
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from seatrial.kit.errors import SeatrialError

# A value may carry its own revision: the store calls this with the revision it gives the write.
Render = Callable[[int], bytes]


class StoreError(SeatrialError):
    """The root of a store's expected failures."""


class KeyExists(StoreError):
    """create: the key is there already."""


class KeyMissing(StoreError):
    """update, delete: the key is not there."""


class RevisionConflict(StoreError):
    """update, delete: the value has another revision than the writer believed."""

    def __init__(self, message: str, *, actual: int) -> None:
        super().__init__(message)
        self.actual = actual


class Compacted(StoreError):
    """The history that was asked for is no longer kept."""

    def __init__(self, message: str, *, oldest: int) -> None:
        super().__init__(message)
        self.oldest = oldest


class FutureRevision(StoreError):
    """The revision that was asked for has not been given out yet."""


class WriteRefused(StoreError):
    """The write could not be made durable: the disk is full. Nothing has changed; try again."""

    exit_code = 3


class StoreBroken(StoreError):
    """The disk failed; whether this write is on it shows at the next opening. No more writes."""

    exit_code = 3


class StoreClosed(StoreError):
    """The store has been closed."""


class CannotOpen(StoreError):
    """The file is locked by another process, damaged, of another version, or not a store's."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's value at its latest write."""

    key: str
    value: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Entries of a prefix in key order, as of one revision."""

    entries: Sequence[Entry]
    revision: int
    # How many entries of the prefix come after the last one listed; 0 when the listing is whole.
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One write, in revision order. `value` is None for a deletion, `previous` None for a
    creation.
    """

    key: str
    revision: int
    value: bytes | None
    previous: bytes | None


class Watch(Protocol):
    """A stream of events; leaving it (`aclose`, or the end of `async with`) frees its place."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    async def aclose(self) -> None: ...


class Store(Protocol):
    """A revisioned key-value store."""

    @property
    def revision(self) -> int:
        """The latest acknowledged revision; 0 before the very first write."""

    async def get(self, key: str) -> Entry | None:
        """The key's value now."""

    async def list(
        self, prefix: str, *, revision: int = 0, limit: int = 0, after: str = ""
    ) -> Listing:
        """Entries whose key starts with `prefix`, in key order, as of `revision` (0: now).

        At most `limit` of them (0: all), only keys greater than `after`. Raises Compacted,
        FutureRevision.
        """

    async def create(self, key: str, render: Render) -> Entry:
        """Write a key that must not be there. Raises KeyExists.

        Each write raises WriteRefused, StoreBroken, StoreClosed too; what `render` raises comes
        out as it is. A write whose caller was cancelled may still happen.
        """

    async def update(self, key: str, render: Render, *, expected: int) -> Entry:
        """Replace a value whose revision must be `expected`.

        Raises KeyMissing, RevisionConflict.
        """

    async def delete(self, key: str, *, expected: int, render: Render | None = None) -> Entry:
        """Remove a key; its revision must be `expected`. Raises KeyMissing, RevisionConflict.

        The entry returned has the deletion's revision and the last value, or what `render` makes
        of that revision; the same bytes are the event's `previous`.
        """

    def watch(self, prefix: str, *, after: int) -> Watch:
        """Events of the prefix with a revision greater than `after`, without a gap.

        Raises Compacted (here, or from the iteration when a reader is too slow), FutureRevision.
        """

    async def compact(self, revision: int) -> None:
        """Forget history up to and including `revision`; current values stay."""

    async def aclose(self) -> None:
        """Let go of files; acknowledged writes are there at the next opening."""
