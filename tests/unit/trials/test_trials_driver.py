"""The driver against real sockets on loopback: each way to lose a request has its own name."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest

from seatrial.trials.traffic.driver import (
    Driver,
    Lane,
    Plan,
    Target,
    parse_plan,
    pieces_of,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Pod: web-7f\r\n\r\nhello"


@asynccontextmanager
async def serving(answer: bytes | None, *, close: bool = True) -> AsyncIterator[int]:
    """A server that reads one head and sends `answer`; None: it never answers."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                if answer is None:
                    await done.wait()
                    break
                writer.write(answer)
                await writer.drain()
                if close:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        done.set()
        server.close()


class Drive(Protocol):
    """Drives at a port of this machine."""

    async def __call__(
        self, port: int, *, count: int = 1, timeout_s: float = 5.0,
        lanes: tuple[Lane, ...] = ..., expect_body: str = "", path: str = "/",
    ) -> "Lines": ...  # fmt: skip


class Lines:
    """Gathers the driver's lines and stops it after so many requests."""

    def __init__(self, stop_after: int) -> None:
        self.all: list[dict[str, Any]] = []
        self._stop_after = stop_after
        self.driver: Driver | None = None

    def write(self, wire: dict[str, Any]) -> None:
        self.all.append(json.loads(json.dumps(wire)))
        if len(self.requests) >= self._stop_after and self.driver:
            self.driver.stop()

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.all if line["kind"] == "request"]


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Drive:
    async def run(
        port: int, *, count: int = 1, timeout_s: float = 5.0,
        lanes: tuple[Lane, ...] = (Lane(rate_per_s=200.0),), expect_body: str = "", path: str = "/",
    ) -> Lines:  # fmt: skip
        lines = Lines(count)
        monkeypatch.setattr("seatrial.trials.traffic.driver.write_line", lines.write)
        target = Target("web", "127.0.0.1", port, path, lanes=lanes, expect_body=expect_body)
        lines.driver = Driver(Plan((target,), timeout_s=timeout_s))
        await lines.driver.run()
        return lines

    return run


async def test_a_whole_answer_is_ok_with_every_moment(drive: Drive) -> None:
    async with serving(OK) as port:
        line = (await drive(port)).requests[0]
    assert line["outcome"] == "ok"
    assert line["connection"] == "new"
    assert line["pod"] == "web-7f"
    assert line["status"] == 200
    assert line["local"].startswith("127.0.0.1:")
    moments = [
        line[name] for name in ("due", "started", "connected", "sent", "first_byte", "ended")
    ]
    assert moments[1:] == sorted(moments[1:])


async def test_nobody_listens_is_refused_and_the_port_is_known(drive: Drive) -> None:
    async with serving(OK) as port:
        pass
    line = (await drive(port)).requests[0]
    assert line["outcome"] == "refused"
    assert int(line["local"].rpartition(":")[2]) > 0
    assert "connected" not in line


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"", "EOF"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "partial"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "partial"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "5xx"),
        (b"HTTP/1.1 404 Nope\r\nContent-Length: 0\r\n\r\n", "wrong status"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbye", "wrong body"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello until the end", "ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "ok"),
    ],
)
async def test_each_way_to_fail_has_its_own_name(drive: Drive, answer: bytes, outcome: str) -> None:
    async with serving(answer) as port:
        line = (await drive(port, expect_body="hello")).requests[0]
    assert line["outcome"] == outcome


async def test_patience_ends(drive: Drive) -> None:
    async with serving(None) as port:
        line = (await drive(port, timeout_s=0.05)).requests[0]
    assert line["outcome"] == "timeout"
    assert line["detail"] == "while waiting"


async def test_kept_alive_connections_are_used_again(drive: Drive) -> None:
    async with serving(OK, close=False) as port:
        lines = await drive(port, count=4, lanes=(Lane(200.0, "kept-alive"),))
    kinds = [line["connection"] for line in lines.requests]
    assert kinds[:4] == ["new", "kept-alive", "kept-alive", "kept-alive"]
    assert len({line["local"] for line in lines.requests}) == 1


async def test_an_idle_connection_that_was_closed_is_replaced_without_loss(drive: Drive) -> None:
    async with serving(OK, close=True) as port:
        lines = await drive(port, count=5, lanes=(Lane(50.0, "kept-alive"),))
    assert {line["outcome"] for line in lines.requests} == {"ok"}
    assert lines.requests[-1]["redialled"] is True


async def test_a_client_that_does_not_look_meets_the_close(drive: Drive) -> None:
    async with serving(OK, close=True) as port:
        lines = await drive(port, count=4, lanes=(Lane(50.0, "idle"),))
    told = [(line["connection"], line["outcome"]) for line in lines.requests]
    assert told[:4] == [("new", "ok"), ("idle", "EOF"), ("new", "ok"), ("idle", "EOF")]


async def test_an_answer_that_says_close_ends_the_connection_without_loss(drive: Drive) -> None:
    closing = OK.replace(b"X-Pod", b"Connection: close\r\nX-Pod")
    async with serving(closing, close=True) as port:
        lines = await drive(port, count=3, lanes=(Lane(50.0, "idle"),))
    assert {line["outcome"] for line in lines.requests} == {"ok"}
    assert all(line["closing"] for line in lines.requests)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("silent", b"", b"GET /slow HTTP/1.1\r\n"),
        ("half-sent", b"GET /slow HTTP/1.1\r\n", b"Connection: close\r\n\r\n"),
        ("slow-body", b"POST /slow HTTP/1.1\r\n", b"x" * 100),
        ("in-flight", b"GET /slow HTTP/1.1\r\n", b""),
    ],
)
async def test_what_is_sent_before_the_pause_and_what_after_it(
    kind: str, before: bytes, after: bytes
) -> None:
    target = Target("web", "127.0.0.1", 80)
    lane = Lane(1.0, kind, path="/slow", pause_s=0.0 if kind == "in-flight" else 0.4)
    pieces = pieces_of(target, lane)
    at_once = b"".join(data for pause_s, data in pieces if not pause_s)
    later = b"".join(data for pause_s, data in pieces if pause_s)
    assert sum(pause_s for pause_s, _ in pieces) == pytest.approx(lane.pause_s)
    assert before in at_once
    assert after in later
    assert bool(before) == bool(at_once)
    head, _, body = (at_once + later).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head or not body


@pytest.mark.parametrize("kind", ["silent", "half-sent", "slow-body"])
async def test_a_request_that_is_sent_slowly_is_answered(drive: Drive, kind: str) -> None:
    async with serving(OK, close=False) as port:
        lines = await drive(port, lanes=(Lane(20.0, kind, pause_s=0.02),))
    line = lines.requests[0]
    assert (line["connection"], line["outcome"]) == (kind, "ok")
    assert line["sent"] - line["connected"] >= 0.02


async def test_a_connection_that_never_came_is_new_whatever_was_to_be_asked(drive: Drive) -> None:
    async with serving(OK) as port:
        pass
    line = (await drive(port, lanes=(Lane(20.0, "half-sent", pause_s=0.02),))).requests[0]
    assert (line["connection"], line["outcome"]) == ("new", "refused")


async def test_a_lane_has_a_path_and_a_patience_of_its_own(drive: Drive) -> None:
    async with serving(None) as port:
        lanes = (Lane(20.0, "in-flight", path="/slow", timeout_s=0.05),)
        line = (await drive(port, lanes=lanes, expect_body="hello")).requests[0]
    assert (line["connection"], line["outcome"]) == ("in-flight", "timeout")
    async with serving(OK.replace(b"hello", b"other")) as port:
        lines = await drive(port, lanes=(Lane(20.0, path="/slow"),), expect_body="hello")
    assert lines.requests[0]["outcome"] == "ok"


async def test_the_summary_is_the_last_line_and_counts_all(drive: Drive) -> None:
    async with serving(OK) as port:
        lines = await drive(port, count=3)
    assert lines.all[0]["kind"] == "hello"
    assert lines.all[-1]["kind"] == "summary"
    assert lines.all[-1]["outcomes"] == {"ok": len(lines.requests)}


async def test_a_driver_of_ones_own_that_breaks_tells_it_and_goes_on(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(*_: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(Driver, "ask", ask)
    lines = await drive(1, count=3)
    assert [line["outcome"] for line in lines.requests] == ["error"] * len(lines.requests)
    assert len(lines.requests) >= 3
    assert "boom" in lines.requests[0]["detail"]
    assert lines.all[-1]["kind"] == "summary"


def test_a_plan_is_read_back() -> None:
    text = json.dumps(
        {
            "targets": [
                {
                    "name": "web",
                    "host": "10.96.0.7",
                    "port": 80,
                    "expect_status": [200],
                    "lanes": [
                        {"rate_per_s": 5},
                        {"rate_per_s": 2, "kind": "kept-alive", "connections": 3},
                    ],
                }
            ],
            "timeout_s": 2.5,
        }
    )
    plan = parse_plan(text)
    assert plan.timeout_s == 2.5
    assert plan.targets[0].lanes == (Lane(5), Lane(2, "kept-alive", 3))
    assert plan.targets[0].is_expected(200)
    assert not plan.targets[0].is_expected(201)
