"""The durable store: memory for reads, one file for keeps.

Does: group commit. Writes that come while a commit is under way wait together; the next commit
takes all of them in one transaction, synced once. Reads and watches are served from memory.
Does not: share its file; a second process is refused (CannotOpen).

Holds:
- memory, watchers and callers learn of a write only after its commit: what was acknowledged, read
  or watched is on disk;
- revisions are given out when a batch is decided, so a refused batch leaves no gap;
- rows that nobody needs are deleted in the background: the file stays near the size of its values
  and its window of history.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from seatrial.kit.record import get_record
from seatrial.store.interface import (
    CannotOpen,
    Entry,
    Listing,
    Render,
    StoreBroken,
    StoreClosed,
    StoreError,
    WriteRefused,
)
from seatrial.store.ledger import Change, Window, Write, decide
from seatrial.store.logfile import LogFile, SqliteLogFile
from seatrial.store.rows import replay, row_of
from seatrial.store.watching import Fanout, Reader

record = get_record("store")
T = TypeVar("T")

# Writes of one transaction; SQLite allows 32,766 fields in a statement, a row has five.
BATCH_WRITES_MAX = 512
# Writes that may wait for a commit; each has a caller waiting, so more means a flood.
WAITING_WRITES_MAX = 65_536
# Dead rows that are worth a transaction, and the most that one deletes, so that no write waits
# long behind a sweep.
SWEEP_ROWS_MIN = 2_048
SWEEP_ROWS_MAX = 8_192


@dataclass(slots=True)
class _Batch:
    """Writes decided together, and what each caller is to hear once the commit has ended."""

    changes: list[Change] = field(default_factory=list)
    answers: list[tuple["asyncio.Future[Entry]", Entry | Exception]] = field(default_factory=list)


class SqliteStore:
    """A Store in one SQLite file."""

    def __init__(self, file: LogFile, window: Window | None = None) -> None:
        """Replay `file`, which is the store's from now on. Raises CannotOpen."""
        self._file = file
        self._dead: deque[int] = deque()
        self._ledger = replay(
            file.rows(), mark=file.mark(), window=window or Window(), on_dead=self._dead.append
        )
        self._fanout = Fanout()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._waiting: deque[tuple[Write, asyncio.Future[Entry]]] = deque()
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._sweep_now = False
        self._broken: StoreBroken | None = None
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
        return await self._submit(Write("create", key, render=render))

    async def update(self, key: str, render: Render, *, expected: int) -> Entry:
        return await self._submit(Write("update", key, expected, render))

    async def delete(self, key: str, *, expected: int, render: Render | None = None) -> Entry:
        return await self._submit(Write("delete", key, expected, render))

    def watch(self, prefix: str, *, after: int) -> Reader:
        return self._fanout.join(prefix, self._ledger.changes_after(after, prefix))

    async def compact(self, revision: int) -> None:
        self._ledger.compact(revision)
        self._sweep_now = True
        self._wake()

    async def aclose(self) -> None:
        is_first = not self._closed
        self._closed = True
        await self._idle.wait()
        if not is_first:
            return
        self._fanout.end()
        # No wait for the thread: it is idle, and ends once it has closed the file.
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.close)
        self._thread.shutdown(wait=False)

    def _submit(self, write: Write) -> "asyncio.Future[Entry]":
        if self._closed:
            raise StoreClosed(f"cannot {write.kind} {write.key}: the store is closed")
        if self._broken is not None:
            raise _again(self._broken)
        if len(self._waiting) >= WAITING_WRITES_MAX:
            raise WriteRefused(
                f"cannot {write.kind} {write.key}: {WAITING_WRITES_MAX} writes are waiting already"
            )
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, answer))
        self._wake()
        return answer

    def _wake(self) -> None:
        """Look for work in the loop's next turn, so that this turn's writes go together."""
        if not self._busy and not self._closed:
            self._busy = True
            self._idle.clear()
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Start the next piece of work, or rest. Each piece calls this again when it has ended."""
        if self._is_sweep_due():
            self._sweep()
        elif self._waiting:
            self._commit(self._decide())
        else:
            self._rest()

    def _is_sweep_due(self) -> bool:
        """Writes go first, until dead rows pile up."""
        enough = 1 if self._sweep_now else SWEEP_ROWS_MIN
        return len(self._dead) >= (SWEEP_ROWS_MAX if self._waiting else enough)

    def _rest(self) -> None:
        self._sweep_now = False
        self._busy = False
        self._idle.set()

    def _decide(self) -> _Batch:
        batch = _Batch()
        # What this batch does to a key before it is true for others; None: deleted.
        ahead: dict[str, Entry | None] = {}
        while self._waiting and len(batch.changes) < BATCH_WRITES_MAX:
            write, answer = self._waiting.popleft()
            if answer.cancelled():
                continue
            key = write.key
            current = ahead[key] if key in ahead else self._ledger.get(key)
            revision = self._ledger.revision + len(batch.changes) + 1
            try:
                change = decide(write, current, revision=revision)
            except Exception as refusal:  # noqa: BLE001 — the caller's own `render` may raise anything
                batch.answers.append((answer, refusal))
                continue
            ahead[key] = None if change.event.value is None else change.entry
            batch.changes.append(change)
            batch.answers.append((answer, change.entry))
        return batch

    def _commit(self, batch: _Batch) -> None:
        if not batch.changes:
            self._acknowledge(batch)
            return
        rows = [row_of(change) for change in batch.changes]
        self._in_thread(
            lambda: self._file.append(rows), lambda failure: self._committed(batch, failure)
        )

    def _committed(self, batch: _Batch, failure: StoreError | None) -> None:
        if failure is not None:
            self._refuse(batch, failure)
            return
        for change in batch.changes:
            self._ledger.apply(change)
            self._fanout.publish(change.event)
        self._acknowledge(batch)

    def _acknowledge(self, batch: _Batch) -> None:
        for answer, outcome in batch.answers:
            _tell(answer, outcome)
        self._next()

    def _refuse(self, batch: _Batch, failure: StoreError) -> None:
        """None of the batch happened; refusals among it may have built on what did not happen."""
        record.warning("store.write_refused", writes=len(batch.changes), error=str(failure))
        for answer, _ in batch.answers:
            _tell(answer, _again(failure))
        self._note_broken(failure)
        self._next()

    def _note_broken(self, failure: StoreError) -> None:
        if not isinstance(failure, StoreBroken):
            return
        self._broken = failure
        self._dead.clear()
        while self._waiting:
            _tell(self._waiting.popleft()[1], _again(failure))

    def _sweep(self) -> None:
        count = min(len(self._dead), SWEEP_ROWS_MAX)
        dead = [self._dead.popleft() for _ in range(count)]
        mark = self._ledger.compacted
        self._in_thread(
            lambda: self._file.sweep(dead, mark=mark), lambda failure: self._swept(dead, failure)
        )

    def _swept(self, dead: Sequence[int], failure: StoreError | None) -> None:
        if failure is None:
            self._next()
            return
        record.warning("store.sweep_refused", rows=len(dead), error=str(failure))
        self._dead.extendleft(reversed(dead))
        self._note_broken(failure)
        # A full disk is tried again after the next write, not in a circle.
        if self._waiting:
            self._commit(self._decide())
        else:
            self._rest()

    def _in_thread(
        self, work: Callable[[], None], then: Callable[[StoreError | None], None]
    ) -> None:
        def ended(future: "asyncio.Future[None]") -> None:
            failure = future.exception()
            if failure is not None and not isinstance(failure, StoreError):
                failure = StoreBroken(f"the store's thread failed: {failure!r}")
            then(failure)

        loop = asyncio.get_running_loop()
        loop.run_in_executor(self._thread, work).add_done_callback(ended)


def _again(failure: StoreError) -> StoreError:
    """The same news for one more caller; an exception object belongs to one traceback."""
    return type(failure)(str(failure), remedy=failure.remedy)


def _tell(answer: "asyncio.Future[Entry]", outcome: Entry | Exception) -> None:
    if answer.done():  # its caller was cancelled
        return
    if isinstance(outcome, Entry):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)


def open_store(path: Path, *, window: Window | None = None) -> SqliteStore:
    """The durable store in the file `path`, made when it is not there; called inside a loop.

    Raises CannotOpen.
    """
    file = SqliteLogFile(path)
    try:
        return SqliteStore(file, window)
    except CannotOpen as error:
        file.close()
        raise CannotOpen(f"cannot use the store {path}: {error}", remedy=error.remedy) from error
