"""What of a change goes to disk, and a ledger from what is there.

Does: turn changes into rows and rows into a ledger, checking each row and their sequence.
Does not: touch a file.

Holds: rows after the compaction mark are gapless; a row at or before it is either a current value
as of the mark, or dead weight that a sweep has not reached yet.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zlib import crc32

from seatrial.store.interface import CannotOpen, Entry, Event
from seatrial.store.ledger import Change, Ledger, Window


@dataclass(frozen=True, slots=True)
class Row:
    """One write. `value` is None for a deletion; `last` is what a deletion says instead of the
    value it removed, None when it says just that.
    """

    revision: int
    key: str
    value: bytes | None
    last: bytes | None
    checksum: int


def row_of(change: Change) -> Row:
    """The row that makes `change` again when it is read."""
    event, replaced = change.event, change.replaced
    said = event.previous if event.value is None else None
    last = None if replaced is not None and said == replaced.value else said
    checksum = _checksum(event.revision, event.key, event.value, last)
    return Row(event.revision, event.key, event.value, last, checksum)


def replay(
    rows: Iterable[Row],
    *,
    mark: int,
    window: Window,
    on_dead: Callable[[int], None] | None = None,
) -> Ledger:
    """The ledger that wrote `rows` (in revision order), whose last sweep reached `mark`.

    Raises CannotOpen when the rows are not what a ledger writes.
    """
    ledger = Ledger(window, on_dead=on_dead)
    started = False
    for row in rows:
        if row.checksum != _checksum(row.revision, row.key, row.value, row.last):
            raise _damaged(f"the checksum of revision {row.revision} is wrong")
        if row.revision <= mark:
            _restore(ledger, row, on_dead)
            continue
        if not started:
            ledger.start_at(mark)
            started = True
        if row.revision != ledger.revision + 1:
            raise _damaged(f"revision {ledger.revision + 1} is missing")
        ledger.apply(_change_of(row, ledger.get(row.key)))
    if not started:
        ledger.start_at(mark)
    return ledger


def _restore(ledger: Ledger, row: Row, on_dead: Callable[[int], None] | None) -> None:
    older = ledger.get(row.key)
    if row.value is None:
        ledger.drop(row.key)
    else:
        ledger.restore(Entry(row.key, row.value, row.revision))
    if on_dead is None:
        return
    if older is not None:
        on_dead(older.revision)
    if row.value is None:
        on_dead(row.revision)


def _change_of(row: Row, current: Entry | None) -> Change:
    if row.value is not None:
        entry = Entry(row.key, row.value, row.revision)
        previous = current.value if current else None
        return Change(Event(row.key, row.revision, row.value, previous), current, entry)
    if current is None:
        raise _damaged(f"revision {row.revision} deletes {row.key}, which is not there")
    last = current.value if row.last is None else row.last
    entry = Entry(row.key, last, row.revision)
    return Change(Event(row.key, row.revision, None, last), current, entry)


def _checksum(revision: int, key: str, value: bytes | None, last: bytes | None) -> int:
    # Lengths first, so that bytes cannot move from one field to the next unseen.
    lengths = (
        f"{revision} {-1 if value is None else len(value)} {-1 if last is None else len(last)}"
    )
    return crc32(last or b"", crc32(value or b"", crc32(f"{lengths} {key}".encode())))


def _damaged(how: str) -> CannotOpen:
    return CannotOpen(
        f"it is damaged: {how}",
        remedy="move the file away to start empty, or put a copy of it back",
    )
