"""The durable store: reopening, refusals, faults of the disk, a killed process."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from seatrial.store import sqlite as sqlite_store
from seatrial.store.interface import (
    CannotOpen,
    Compacted,
    Entry,
    Store,
    StoreBroken,
    StoreError,
    WriteRefused,
)
from seatrial.store.ledger import Window
from seatrial.store.logfile import LogFile, SqliteLogFile
from seatrial.store.rows import Row
from seatrial.store.sqlite import SqliteStore, open_store
from seatrial.testing.suites.store import says, take


async def everything(store: Store) -> list[Entry]:
    return list((await store.list("")).entries)


async def fill(store: Store) -> None:
    await store.create("/a", says("x"))
    await store.create("/b", says("x"))
    await store.update("/a", says("y"), expected=1)
    await store.delete("/b", expected=2, render=says("gone"))


async def test_reopening_brings_back_values_history_and_revision(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(path)
    await fill(store)
    watch = store.watch("/", after=0)
    events = await take(watch, 4)
    await store.aclose()
    again = open_store(path)
    assert again.revision == 4
    assert await everything(again) == [Entry("/a", b"y@3", 3)]
    async with aclosing(again.watch("/", after=0)) as watch:
        assert await take(watch, 4) == events
    assert (await again.create("/c", says("x"))).revision == 5
    await again.aclose()


async def test_compaction_is_remembered_and_shrinks_the_table(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(path)
    await fill(store)
    await store.compact(4)
    await store.aclose()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT revision FROM log").fetchall() == [(3,)]
    again = open_store(path)
    assert (again.revision, await everything(again)) == (4, [Entry("/a", b"y@3", 3)])
    with pytest.raises(Compacted):
        again.watch("/", after=3)
    assert (await again.create("/b", says("x"))).revision == 5
    await again.aclose()


async def test_rows_that_a_sweep_did_not_reach_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "SWEEP_ROWS_MAX", 1)
    path = tmp_path / "store.db"
    file = SweepsOnce(SqliteLogFile(path))
    store = SqliteStore(file)
    await fill(store)
    await store.compact(4)
    await store.aclose()
    again = open_store(path)
    assert (again.revision, await everything(again)) == (4, [Entry("/a", b"y@3", 3)])
    await again.compact(4)
    await again.aclose()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT revision FROM log").fetchall() == [(3,)]


async def test_a_busy_store_keeps_its_table_near_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "SWEEP_ROWS_MIN", 8)
    path = tmp_path / "store.db"
    store = open_store(path, window=Window(events_max=4))
    revision = (await store.create("/a", says("x"))).revision
    for _ in range(100):
        revision = (await store.update("/a", says("x"), expected=revision)).revision
    await store.aclose()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM log").fetchone()[0] <= 4 + 8 + 1


async def test_one_process_at_a_time(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db")
    with pytest.raises(CannotOpen, match="another process has it open"):
        open_store(tmp_path / "store.db")
    await store.aclose()
    await open_store(tmp_path / "store.db").aclose()


async def test_the_file_is_private(tmp_path: Path) -> None:
    store = open_store(tmp_path / "deep" / "store.db")
    await store.create("/a", says("x"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()}
    await store.aclose()
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600}


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"a letter to my mother, which is rather long" * 100)
    with pytest.raises(CannotOpen, match="it is not a store"):
        SqliteLogFile(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE photos (name TEXT)")
    with pytest.raises(CannotOpen, match="another program's database"):
        SqliteLogFile(path)


async def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await open_store(path).aclose()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(CannotOpen, match="schema version 9, this program knows version 1"):
        open_store(path)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("UPDATE log SET value = 'forged' WHERE revision = 3", "checksum of revision 3"),
        ("DELETE FROM log WHERE revision = 2", "revision 2 is missing"),
        ("DELETE FROM log WHERE revision = 1", "revision 1 is missing"),
    ],
)
async def test_damage_is_found_at_opening(tmp_path: Path, damage: str, complaint: str) -> None:
    path = tmp_path / "store.db"
    store = open_store(path)
    await fill(store)
    await store.aclose()
    with closing(sqlite3.connect(path)) as database:
        database.execute(damage)
        database.commit()
    with pytest.raises(CannotOpen, match=complaint):
        open_store(path)


async def test_a_full_disk_refuses_the_write_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(SqliteLogFile(path, bytes_max=64 * 1024))
    await store.create("/a", says("x"))
    watch = store.watch("/", after=1)
    with pytest.raises(WriteRefused, match="the disk is full"):
        await store.create("/big", lambda _: b"x" * 200_000)
    assert (store.revision, await everything(store)) == (1, [Entry("/a", b"x@1", 1)])
    assert (await store.create("/b", says("x"))).revision == 2
    assert [event.key for event in await take(watch, 1)] == ["/b"]
    await store.aclose()
    again = open_store(path)
    assert [entry.key for entry in await everything(again)] == ["/a", "/b"]
    await again.aclose()


class SweepsOnce:
    """A log file whose sweeps fail after the first."""

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._sweeps = 0

    def mark(self) -> int:
        return self._file.mark()

    def rows(self) -> Iterator[Row]:
        return self._file.rows()

    def append(self, rows: Sequence[Row]) -> None:
        self._file.append(rows)

    def sweep(self, dead: Sequence[int], *, mark: int) -> None:
        self._sweeps += 1
        if self._sweeps > 1:
            raise WriteRefused("the disk is full")
        self._file.sweep(dead, mark=mark)

    def close(self) -> None:
        self._file.close()


class FailsOnce:
    """A log file whose n-th operation fails: refused, or broken before or after it took effect."""

    def __init__(self, file: LogFile, nth: int, how: str) -> None:
        self._file = file
        self._left = nth
        self._how = how

    def mark(self) -> int:
        return self._file.mark()

    def rows(self) -> Iterator[Row]:
        return self._file.rows()

    def append(self, rows: Sequence[Row]) -> None:
        self._maybe_fail(lambda: self._file.append(rows))

    def sweep(self, dead: Sequence[int], *, mark: int) -> None:
        self._maybe_fail(lambda: self._file.sweep(dead, mark=mark))

    def close(self) -> None:
        self._file.close()

    def _maybe_fail(self, work: Callable[[], None]) -> None:
        self._left -= 1
        if self._left != 0:
            work()
            return
        if self._how == "refused":
            raise WriteRefused("the disk is full")
        if self._how == "broken after":
            work()
        raise StoreBroken("the disk failed")


@pytest.mark.parametrize("how", ["refused", "broken before", "broken after"])
@pytest.mark.parametrize("nth", range(1, 12))
async def test_whichever_operation_fails_nothing_acknowledged_is_lost(
    tmp_path: Path, nth: int, how: str
) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(FailsOnce(SqliteLogFile(path), nth, how))
    acknowledged: dict[str, Entry] = {}
    refused: set[str] = set()
    for turn in range(10):
        keys = [f"/{turn}/{n}" for n in range(3)]
        writes = [store.create(key, says("x")) for key in keys]
        for key, outcome in zip(
            keys, await asyncio.gather(*writes, return_exceptions=True), strict=True
        ):
            if isinstance(outcome, Entry):
                acknowledged[key] = outcome
            else:
                assert isinstance(outcome, StoreError)
                refused.add(key)
        if turn % 3 == 2 and (victim := acknowledged.pop(f"/{turn}/0", None)):
            refused.add(victim.key)
            await asyncio.gather(
                store.delete(victim.key, expected=victim.revision), return_exceptions=True
            )
            if (still := await store.get(victim.key)) is not None:
                acknowledged[victim.key] = still
                refused.discard(victim.key)
        await store.compact(store.revision)
        seen = {entry.key: entry for entry in await everything(store)}
        assert seen == acknowledged
    await store.aclose()
    again = open_store(path)
    found = {entry.key: entry for entry in await everything(again)}
    await again.aclose()
    assert again.revision >= store.revision
    lost = acknowledged.keys() - found.keys()
    # A write that broke the disk is in doubt until the next opening, and only such a write.
    assert not lost or (how == "broken after" and len(lost) == 1)
    assert all(found[key] == acknowledged[key] for key in acknowledged.keys() & found.keys())
    assert how == "broken after" or found.keys() == acknowledged.keys()


WRITER = """
import asyncio, sys
from pathlib import Path
from seatrial.store.sqlite import open_store

async def main():
    store = open_store(Path(sys.argv[1]))
    async def writer(name):
        for n in range(1_000_000):
            entry = await store.create(f"/{name}/{n}", lambda revision: b"%d" % revision)
            sys.stdout.write(f"{entry.key} {entry.revision}\\n")
            sys.stdout.flush()
    await asyncio.gather(*(writer(name) for name in range(8)))

asyncio.run(main())
"""


def killed_while_writing(path: Path, acknowledgements: int) -> dict[str, int]:
    """Start a writer, kill it after some acknowledgements; all it has acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {key: int(revision) for key, revision in whole}


@pytest.mark.parametrize("acknowledgements", [1, 40, 700])
async def test_a_killed_process_loses_nothing_it_acknowledged(
    tmp_path: Path, acknowledgements: int
) -> None:
    path = tmp_path / "store.db"
    acknowledged = killed_while_writing(path, acknowledgements)
    store = open_store(path)
    assert len(acknowledged) >= acknowledgements
    for key, revision in acknowledged.items():
        assert await store.get(key) == Entry(key, b"%d" % revision, revision)
    assert (await store.create("/after", says("x"))).revision == store.revision
    await store.aclose()
