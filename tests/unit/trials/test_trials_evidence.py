"""Evidence: the book only grows, the scene follows it, sources write what they hear."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from seatrial.api.kinds import POD
from seatrial.client.errors import TransportError
from seatrial.client.interface import Client, ObjectList, WatchEvent
from seatrial.kit.tasks import Tasks
from seatrial.trials.evidence import book as book_module
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.entry import Entry, parse_lines, render_line
from seatrial.trials.evidence.scene import Scene
from seatrial.trials.evidence.sources import BookSink, Journals, follow_driver, lines_of


def pod(name: str, revision: str = "1", **status: Any) -> dict[str, Any]:
    meta = {"name": name, "uid": f"uid-{name}", "resourceVersion": revision}
    return {"kind": "Pod", "metadata": meta, "status": status}


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


class Nodes:
    """A cluster of which only logs and journals can be read."""

    def __init__(self, streams: dict[str, list[bytes]]) -> None:
        self._streams = streams

    async def list(self, *_: Any, **__: Any) -> ObjectList:
        items = [{"metadata": {"name": name}} for name in ("node-0", "node-1")]
        return ObjectList(items, "1")

    @asynccontextmanager
    async def read(
        self, path: str, query: dict[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if path not in self._streams:
            raise TransportError(f"{path} is refused")
        yield pieces_of(*self._streams[path])


def client_of(streams: dict[str, list[bytes]]) -> Client:
    return cast("Client", Nodes(streams))


def test_an_entry_survives_being_written_down() -> None:
    entry = Entry(12.5, "request", {"id": 1, "detail": "ünï"})
    assert list(parse_lines([render_line(entry), "\n"])) == [entry]


async def test_the_book_wakes_who_waits_for_it() -> None:
    book = Book()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(book.until(lambda: len(book) == 2, limit_s=60))
        book.write("note", {"text": "one"}, at=1.0)
        book.write("note", {"text": "two"})
    assert waiting.result() is True
    assert [entry.facts["text"] for entry in book.entries] == ["one", "two"]
    assert book.entries[0].at == 1.0


async def test_a_wait_that_runs_out_says_so() -> None:
    assert await Book().until(lambda: False, limit_s=0) is False


async def test_a_full_book_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "ENTRIES_MAX", 2)
    book = Book()
    for number in range(5):
        book.write("note", {"text": str(number)})
    assert [entry.facts["text"] for entry in book.entries] == [
        "0",
        "1",
        "the book is full at 2 entries",
    ]


async def test_the_scene_has_the_latest_objects_and_streaks() -> None:
    book = Book()
    scene = Scene(book)
    sink = BookSink(book, POD)
    sink.replace([pod("a"), pod("b")])
    sink.apply(WatchEvent("MODIFIED", pod("a", "2", phase="Running")))
    sink.apply(WatchEvent("DELETED", pod("b", "3")))
    assert [each["status"] for each in scene.all(POD)] == [{"phase": "Running"}]
    assert scene.named(POD, "b") == {}
    for outcome in ("ok", "refused", "ok", "ok"):
        book.write("request", {"target": "web", "outcome": outcome})
    assert scene.streak("web") == 2
    assert scene.counts() == (4, 1)
    scene.reset_counts()
    assert scene.counts() == (0, 0)
    assert not scene.is_traffic_ended


async def test_a_list_after_a_gap_becomes_the_changes_it_stands_for() -> None:
    book = Book()
    sink = BookSink(book, POD)
    sink.replace([pod("a"), pod("b"), pod("c")])
    sink.replace([pod("a"), pod("b", "7"), pod("d")])
    told = [(e.facts["type"], e.facts["object"]["metadata"]["name"]) for e in book.entries[3:]]
    assert told == [("DELETED", "c"), ("MODIFIED", "b"), ("ADDED", "d")]


async def test_lines_are_whole_wherever_pieces_end() -> None:
    found = [line async for line in lines_of(pieces_of(b'{"a"', b": 1}\n\n{", b"}\nrest"))]
    assert found == [b'{"a": 1}', b"{}", b"rest"]


async def test_the_drivers_lines_become_entries() -> None:
    lines = [
        {"kind": "hello", "at": 1.0},
        {"kind": "request", "id": 1, "ended": 2.5, "outcome": "ok"},
        {"kind": "summary", "at": 3.0, "outcomes": {"ok": 1}},
    ]
    text = "Traceback: boom\n" + "\n".join(json.dumps(line) for line in lines) + "\n"
    book = Book()
    client = client_of({"/api/v1/namespaces/t/pods/driver/log": [text.encode()]})
    assert await follow_driver(client, "t", "driver", book) is True
    assert [entry.kind for entry in book.entries] == ["note", "request", "step"]
    assert book.entries[1].at == 2.5
    assert Scene(book).is_traffic_ended


async def test_journals_are_dealt_to_the_voyages_they_concern() -> None:
    late = 9e9
    lines = [
        {"at": late, "kind": "flow", "src_ip": "10.244.0.9", "src_port": 1, "pod_ip": "x"},
        {"at": late, "kind": "start", "pod": "t/web", "uid": "u", "container": "web"},
        {"at": late, "kind": "start", "pod": "other/web", "uid": "v", "container": "web"},
        {"at": 1.0, "kind": "start", "pod": "t/old", "uid": "w", "container": "web"},
        {"at": late, "kind": "surprise", "pod": "t/web"},
    ]
    text = "\n".join(json.dumps(line) for line in lines).encode()
    path = "/api/v1/nodes/node-0/proxy/seatrial/journal"
    tasks = Tasks("test")
    journals = Journals(client_of({path: [text]}), tasks)
    book = Book()
    await journals.start()
    journals.deal("t", book)
    assert await book.until(lambda: len(book) >= 3, limit_s=5)
    journals.deal_flows("10.244.0.9", book)
    await tasks.stop()
    assert journals.nodes == {"node-0"}
    kinds = [entry.kind for entry in book.entries]
    assert kinds == ["step", "start", "note", "flow"]
