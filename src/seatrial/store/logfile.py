"""The store's file: one append-only SQLite table and a mark. (edge)

Does: append rows, durable when `append` returns; delete dead rows; say in plain words what is wrong
with a file. Does not: decide anything about keys or revisions.

Holds: an append is one transaction, synced before it returns; one process at a time has the file.
Each call may come from another thread, but never two at once.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from seatrial.kit.files import PRIVATE_FILE, explain_os_error, private_directory
from seatrial.store.interface import CannotOpen, StoreBroken, StoreError, WriteRefused
from seatrial.store.rows import Row

APPLICATION_ID = 0x5EA74106  # says to `file` and to us that this database is a store
SCHEMA_VERSION = 1
PAGE_BYTES = 4096
# The file never grows beyond this; 10,000 pods with their history need about 100 MiB.
FILE_BYTES_MAX = 8 * 1024**3
# What a burst may leave behind in the write-ahead log after a checkpoint.
WAL_BYTES_MAX = 32 * 1024**2

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    value BLOB,
    last BLOB,
    checksum INTEGER NOT NULL
);
CREATE TABLE mark (revision INTEGER NOT NULL);
INSERT INTO mark VALUES (0);
"""


class LogFile(Protocol):
    """What a durable store needs of its disk."""

    def mark(self) -> int:
        """The revision that the last sweep reached."""

    def rows(self) -> Iterator[Row]:
        """Every row, in revision order. Raises CannotOpen."""

    def append(self, rows: Sequence[Row]) -> None:
        """Make all of `rows` durable, or none. Raises WriteRefused (none is), StoreBroken (who
        knows).
        """

    def sweep(self, dead: Sequence[int], *, mark: int) -> None:
        """Delete dead rows and remember that history up to `mark` is gone. Raises as `append`."""

    def close(self) -> None:
        """Let go of the file."""


class SqliteLogFile:
    """A LogFile in SQLite: write-ahead log, synced at each commit, locked for this process."""

    def __init__(self, path: Path, *, bytes_max: int = FILE_BYTES_MAX) -> None:
        """Open `path`, or make it. Raises CannotOpen."""
        self._path = path
        _make_private(path)
        self._database = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._set_up(bytes_max)
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise _explain_opening(error, path) from error
        except CannotOpen:
            self._database.close()
            raise

    def mark(self) -> int:
        return self._number("SELECT revision FROM mark")

    def rows(self) -> Iterator[Row]:
        try:
            for row in self._database.execute(
                # The casts: a damaged file may hold a value as another type.
                "SELECT revision, CAST(key AS TEXT), CAST(value AS BLOB), CAST(last AS BLOB),"
                " checksum FROM log ORDER BY revision"
            ):
                yield Row(*row)
        except sqlite3.DatabaseError as error:
            why, remedy = _opening(error)
            raise CannotOpen(why, remedy=remedy) from error

    def append(self, rows: Sequence[Row]) -> None:
        # One statement for all rows: the thread that runs it then waits for Python's lock once,
        # not once a row, while the event loop is busy.
        marks = ",".join(["(?,?,?,?,?)"] * len(rows))
        values = [
            field
            for row in rows
            for field in (row.revision, row.key, row.value, row.last, row.checksum)
        ]
        try:
            self._database.execute(f"INSERT INTO log VALUES {marks}", values)
        except sqlite3.DatabaseError as error:
            raise _explain_writing(error, self._path) from error

    def sweep(self, dead: Sequence[int], *, mark: int) -> None:
        marks = ",".join("?" * len(dead))
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.execute(f"DELETE FROM log WHERE revision IN ({marks})", dead)
                self._database.execute("UPDATE mark SET revision = ?", (mark,))
        except sqlite3.DatabaseError as error:
            raise _explain_writing(error, self._path) from error

    def close(self) -> None:
        self._database.close()

    def _set_up(self, bytes_max: int) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run(f"PRAGMA page_size = {PAGE_BYTES}")
        if run("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise CannotOpen(
                f"cannot use the store {self._path}: its file system allows no write-ahead log",
                remedy="choose a data directory on a local disk",
            )
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
        run(f"PRAGMA max_page_count = {max(bytes_max // PAGE_BYTES, 1)}")
        # The write lock now, not at the first write: the second process must fail at once.
        run("BEGIN EXCLUSIVE")
        run("COMMIT")
        self._check_version()

    def _check_version(self) -> None:
        application = self._number("PRAGMA application_id")
        version = self._number("PRAGMA user_version")
        if not application and not self._number("SELECT count(*) FROM sqlite_master"):
            self._database.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        elif application != APPLICATION_ID:
            raise CannotOpen(
                f"cannot use {self._path}: it is another program's database",
                remedy="choose another data directory",
            )
        elif version != SCHEMA_VERSION:
            raise CannotOpen(
                f"cannot use the store {self._path}: it has schema version {version}, "
                f"this program knows version {SCHEMA_VERSION}",
                remedy="use the program version that wrote it, or move the file away",
            )

    def _number(self, question: str) -> int:
        return int(self._database.execute(question).fetchone()[0])


def _make_private(path: Path) -> None:
    """Values hold secrets: the file is ours alone from its first byte (SQLite keeps the mode)."""
    private_directory(path.parent)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
    except OSError as error:
        cause = explain_os_error(error, f"cannot open the store {path}")
        raise CannotOpen(str(cause), remedy=cause.remedy) from error


_OPENING = {
    sqlite3.SQLITE_BUSY: ("another process has it open", "stop that process, or use another place"),
    sqlite3.SQLITE_NOTADB: ("it is not a store", "choose another data directory"),
    sqlite3.SQLITE_CORRUPT: (
        "it is damaged",
        "move the file away to start empty, or put a copy of it back",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space on that disk"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of that place"),
}


def _explain_opening(error: sqlite3.DatabaseError, path: Path) -> CannotOpen:
    why, remedy = _opening(error)
    return CannotOpen(f"cannot use the store {path}: {why}", remedy=remedy)


def _opening(error: sqlite3.DatabaseError) -> tuple[str, str]:
    return _OPENING.get(_primary_code(error), (str(error).lower(), ""))


def _explain_writing(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    if _primary_code(error) == sqlite3.SQLITE_FULL:
        return WriteRefused(
            f"cannot write to the store {path}: the disk is full",
            remedy="free some space on that disk, then try again",
        )
    return StoreBroken(
        f"cannot write to the store {path}: {str(error).lower()}",
        remedy="look at that disk, then start again: acknowledged writes are kept",
    )


def _primary_code(error: sqlite3.DatabaseError) -> int:
    # The low byte is the primary code, the rest says where it happened.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
