"""Files that change under an application: the kubelet's swap, an editor's write, a slow clock."""

import asyncio
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.watch import (
    DEBOUNCE_MAX_S,
    Change,
    Changes,
    Watch,
    difference,
    quiet_s,
    read_files,
    watch,
)
from seatrial_app.watch_events import GONE, ClockEvents, is_gone, open_events

LIMIT_S = 10.0
NEVER_S = 1000.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def publish(folder: Path, version: str, files: Mapping[str, str]) -> None:
    """As the kubelet does: a new folder, links to its files, one rename of `..data`."""
    (folder / version).mkdir()
    for name, content in files.items():
        (folder / version / name).write_text(content)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    before = os.readlink(folder / "..data") if (folder / "..data").is_symlink() else None
    (folder / "..data_tmp").symlink_to(version)
    (folder / "..data_tmp").rename(folder / "..data")
    for entry in folder.iterdir():
        if not entry.name.startswith("..") and entry.name not in files:
            entry.unlink()
    if before is not None:
        for old in (folder / before).iterdir():
            old.unlink()
        (folder / before).rmdir()


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """A ConfigMap's volume with two keys."""
    publish(tmp_path, "..v1", {"a": "1", "b": "1"})
    return tmp_path


class Told:
    """What a callback was told, one after another."""

    def __init__(self) -> None:
        self._changes: queue.Queue[Change] = queue.Queue()

    def __call__(self, change: Change) -> None:
        self._changes.put(change)

    def next(self) -> Change:
        return self._changes.get(timeout=LIMIT_S)

    def is_empty(self) -> bool:
        return self._changes.empty()


@linux
def test_the_kubelets_swap_is_one_change(mounted: Path) -> None:
    told = Told()
    with watch(mounted, told, debounce_s=0.01, every_s=NEVER_S) as watching:
        assert watching.files == {"a": b"1", "b": b"1"}
        publish(mounted, "..v2", {"a": "2", "c": "2"})
        change = told.next()
        assert change == Change({"a": b"2", "c": b"2"}, ("a", "c"), ("b",))
        assert watching.files == change.files
        publish(mounted, "..v3", {"a": "2", "c": "2"})  # the same again under another name
        publish(mounted, "..v4", {"a": "3", "c": "2"})
        assert told.next() == Change({"a": b"3", "c": b"2"}, ("a",), ())
    assert told.is_empty()


@linux
def test_one_file_of_a_folder_is_watched_alone(mounted: Path) -> None:
    told = Told()
    with watch(mounted / "a", told, debounce_s=0.01, every_s=NEVER_S):
        publish(mounted, "..v2", {"a": "1", "b": "2"})
        publish(mounted, "..v3", {"a": "2", "b": "2"})
        assert told.next() == Change({"a": b"2"}, ("a",), ())
        publish(mounted, "..v4", {"b": "2"})
        assert told.next() == Change({}, (), ("a",))


@linux
def test_an_editors_write_and_rename_are_seen_in_a_plain_folder(tmp_path: Path) -> None:
    told = Told()
    (tmp_path / "a").write_text("1")
    with watch(tmp_path, told, debounce_s=0.01, every_s=NEVER_S):
        (tmp_path / "a").write_text("2")
        assert told.next().files == {"a": b"2"}
        (tmp_path / "a.new").write_text("3")
        assert told.next().changed == ("a.new",)
        (tmp_path / "a.new").rename(tmp_path / "a")
        assert told.next() == Change({"a": b"3"}, ("a",), ("a.new",))


@linux
def test_a_folder_that_is_replaced_is_watched_again(tmp_path: Path) -> None:
    told = Told()
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "a").write_text("1")
    with watch(folder, told, debounce_s=0.01, every_s=0.05):
        folder.rename(tmp_path / "old")
        assert told.next() == Change({}, (), ("a",))
        folder.mkdir()
        (folder / "a").write_text("2")
        assert told.next().files == {"a": b"2"}
        (folder / "a").write_text("3")
        assert told.next().files == {"a": b"3"}


def test_without_inotify_the_clock_finds_changes(mounted: Path) -> None:
    told = Told()
    with watch(mounted, told, events=ClockEvents(), every_s=0.01):
        publish(mounted, "..v2", {"a": "2"})
        assert told.next() == Change({"a": b"2"}, ("a",), ("b",))


def test_a_callback_that_fails_is_called_again(
    mounted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()

    def fail_first(change: Change) -> None:
        told(change)
        if change.files["a"] == b"2":
            raise RuntimeError("cannot parse")

    with watch(mounted, fail_first, events=ClockEvents(), every_s=0.01):
        publish(mounted, "..v2", {"a": "2"})
        told.next()
        publish(mounted, "..v3", {"a": "3"})
        assert told.next().files == {"a": b"3"}
    assert "the callback for" in caplog.text


def test_stop_may_be_called_by_the_callback_and_again(mounted: Path) -> None:
    stopped = threading.Event()

    def stop(change: Change) -> None:
        watching.stop()
        stopped.set()

    watching = Watch(mounted, stop, events=ClockEvents(), every_s=0.01)
    publish(mounted, "..v2", {"a": "2"})
    assert stopped.wait(LIMIT_S)
    watching.stop()


@linux
async def test_an_iterator_tells_the_newest(mounted: Path) -> None:
    async with Changes(mounted, debounce_s=0.01, every_s=NEVER_S) as changes:
        assert changes.files == {"a": b"1", "b": b"1"}
        await asyncio.to_thread(publish, mounted, "..v2", {"a": "2"})
        change = await asyncio.wait_for(changes.__anext__(), LIMIT_S)
        assert (change.files, change.removed) == ({"a": b"2"}, ("b",))
        seen = []
        await asyncio.to_thread(publish, mounted, "..v3", {"a": "3"})
        await asyncio.to_thread(publish, mounted, "..v4", {"a": "4"})
        async with asyncio.timeout(LIMIT_S):
            async for change in changes:
                seen.append(change.files["a"])
                if seen[-1] == b"4":
                    break
        assert seen in ([b"4"], [b"3", b"4"])


async def test_there_and_back_again_is_no_change() -> None:
    changes = Changes("/none")
    changes._told = {"a": b"1"}
    changes._arrived = asyncio.Event()
    for content in (b"2", b"1"):
        changes._note(Change({"a": content}, ("a",), ()))
    waiting = asyncio.ensure_future(changes.__anext__())
    await asyncio.sleep(0)
    assert not waiting.done()
    changes._note(Change({"a": b"3"}, ("a",), ()))
    assert await waiting == Change({"a": b"3"}, ("a",), ())


class ScriptedEvents:
    """Says yes or no to each wait as it was told, and moves the clock."""

    is_stopped = False

    def __init__(self, *answers: tuple[bool, float]) -> None:
        self._answers = list(answers)
        self.waits: list[float] = []
        self.now_s = 0.0
        self.at_end: Callable[[], None] = lambda: None

    def wait(self, limit_s: float) -> bool:
        self.waits.append(round(limit_s, 3))
        if not self._answers:
            self.is_stopped = True
            return False
        answer, passed_s = self._answers.pop(0)
        self.now_s += passed_s
        return answer

    def stop(self) -> None:
        return

    def close(self) -> None:
        self.at_end()


def test_it_waits_for_quiet_and_not_for_ever(tmp_path: Path) -> None:
    busy = [(True, 0.19)] * 11
    events = ScriptedEvents((True, 5.0), (True, 0.1), (False, 0.2), (True, 0.0), *busy)
    closed = threading.Event()
    events.at_end = closed.set
    Watch(tmp_path, Told(), events=events, every_s=7.0, clock=lambda: events.now_s)
    assert closed.wait(LIMIT_S)
    first, second = [7.0, 0.2, 0.2], [7.0, *[0.2] * 10]
    assert events.waits == [*first, *second, 0.1, 7.0], "the last one is cut to the longest wait"


FILES = st.dictionaries(st.sampled_from("abc"), st.binary(max_size=2))


@given(FILES, FILES)
def test_a_difference_is_what_must_be_done(
    before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    change = difference(before, after)
    if change is None:
        assert before == after
        return
    made = {name: content for name, content in before.items() if name not in change.removed}
    assert made | {name: after[name] for name in change.changed} == after
    assert all(before.get(name) != after[name] for name in change.changed)


@given(st.floats(0, 1e6), st.floats(0, 100), st.floats(0, 10))
def test_quiet_is_never_waited_for_too_long(
    first_s: float, passed_s: float, debounce_s: float
) -> None:
    wait_s = quiet_s(first_s, first_s + passed_s, debounce_s)
    assert 0 <= wait_s <= debounce_s
    assert wait_s == 0 or passed_s + wait_s <= DEBOUNCE_MAX_S + 1e-6


def test_what_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert read_files(tmp_path / "none") == {}
    (tmp_path / "..data").symlink_to("..nowhere")
    assert read_files(tmp_path) == {}


def test_a_version_that_vanishes_while_read_is_read_again(
    mounted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped: list[Path] = []

    def read_late(path: Path) -> bytes:
        if not swapped:
            swapped.append(path)
            publish(mounted, "..v2", {"a": "2", "b": "2"})
        return path.read_bytes()

    monkeypatch.setattr("seatrial_app.watch._content", read_late)
    assert read_files(mounted) == {"a": b"2", "b": b"2"}
    assert swapped[0].parent.name == "..v1"


def test_the_folders_own_end_is_seen_among_other_events() -> None:
    def event(mask: int, name: bytes = b"") -> bytes:
        return struct.pack("iIII", 1, mask, 0, len(name)) + name

    assert not is_gone(event(0x100, b"a\0\0\0") + event(0x8, b"a\0\0\0"))
    for mask in (0x400, 0x800, 0x8000):
        assert mask & GONE
        assert is_gone(event(0x100, b"a\0\0\0") + event(mask))


@linux
def test_descriptors_are_given_back(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    events = open_events(tmp_path)
    events.stop()
    events.stop()
    assert not events.wait(LIMIT_S)
    events.close()
    assert os.listdir("/proc/self/fd") == before
