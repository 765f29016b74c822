"""The reference store: everything in memory, gone with the process.

Does: all of the contract, each write at once, without a thread, a file or a wait; so it also runs
in virtual time.
Does not: survive its process.
"""

from seatrial.store.interface import Entry, Listing, Render, StoreClosed
from seatrial.store.ledger import Ledger, Window, Write, decide
from seatrial.store.watching import Fanout, Reader


class MemoryStore:
    """A Store in memory."""

    def __init__(self, window: Window | None = None) -> None:
        self._ledger = Ledger(window or Window())
        self._fanout = Fanout()
        self._closed = False

    @property
    def revision(self) -> int:
        return self._ledger.revision

    async def get(self, key: str) -> Entry | None:
        return self._ledger.get(key)

    async def list(
        self, prefix: str, *, revision: int = 0, limit: int = 0, after: str = ""
    ) -> Listing:
        return self._ledger.list(prefix, revision=revision, limit=limit, after=after)

    async def create(self, key: str, render: Render) -> Entry:
        return self._write(Write("create", key, render=render))

    async def update(self, key: str, render: Render, *, expected: int) -> Entry:
        return self._write(Write("update", key, expected, render))

    async def delete(self, key: str, *, expected: int, render: Render | None = None) -> Entry:
        return self._write(Write("delete", key, expected, render))

    def watch(self, prefix: str, *, after: int) -> Reader:
        return self._fanout.join(prefix, self._ledger.changes_after(after, prefix))

    async def compact(self, revision: int) -> None:
        self._ledger.compact(revision)

    async def aclose(self) -> None:
        self._closed = True
        self._fanout.end()

    def _write(self, write: Write) -> Entry:
        if self._closed:
            raise StoreClosed(f"cannot {write.kind} {write.key}: the store is closed")
        current = self._ledger.get(write.key)
        change = decide(write, current, revision=self._ledger.revision + 1)
        self._ledger.apply(change)
        self._fanout.publish(change.event)
        return change.entry
