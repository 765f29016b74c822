"""Many requests through `seatrial-app run`: any framing, any split, any moment of its end."""

import asyncio
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_process import LIMIT_S, Start, read_response, starting
from run_world import Talk, world

BODIES = st.one_of(
    st.none(),
    st.tuples(st.just("length"), st.binary(max_size=200)),
    st.tuples(st.just("chunked"), st.binary(max_size=200)),
)


def rendered(number: int, body: tuple[str, bytes] | None) -> bytes:
    """A request whose target is its number."""
    if body is None:
        return b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number
    framing, content = body
    head = b"POST /%d HTTP/1.1\r\nHost: h\r\n" % number
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
    chunks = [content[at : at + 70] for at in range(0, len(content), 70)]
    data = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + data + b"0\r\n\r\n"


async def echo(talk: Talk) -> None:
    """Answers with target and body; even ones by length, odd ones in chunks."""
    while True:
        head = await talk.hear_head()
        content = b""
        if b"content-length: " in head.lower():
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            content = await talk.hear(int(length))
        elif b"chunked" in head:
            while size := int((await talk.hear_line()), 16):
                content += await talk.hear(size)
                await talk.hear(2)
            await talk.hear(2)
        said = head.split(b" ")[1] + b" " + content
        if len(content) % 2:
            answer = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(said), said)
        else:
            answer = b"Content-Length: %d\r\n\r\n%s" % (len(said), said)
        await talk.say(b"HTTP/1.1 200 OK\r\n" + answer)


async def heard(talk: Talk) -> bytes:
    """The body of one response."""
    head = await talk.hear_head()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    if b"chunked" not in head:
        length = head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]
        return await talk.hear(int(length))
    content = await talk.hear(int(await talk.hear_line(), 16))
    assert await talk.hear(7) == b"\r\n0\r\n\r\n"
    return content


@settings(max_examples=40, deadline=None)
@given(
    st.lists(BODIES, min_size=1, max_size=8),
    st.lists(st.integers(1, 300), max_size=12),
)
def test_any_requests_in_any_pieces_are_answered_in_order(
    bodies: list[tuple[str, bytes] | None], pieces: list[int]
) -> None:
    data = b"".join(rendered(number, body) for number, body in enumerate(bodies))

    async def play() -> list[bytes]:
        async with world(echo) as w:
            client = await w.client()
            rest = data
            for piece in [*pieces, len(data)]:
                await client.say(rest[:piece])
                rest = rest[piece:]
                await asyncio.sleep(0)  # let the pieces arrive apart
            answers = [await heard(client) for _ in bodies]
            client.close()
            return answers

    said = asyncio.run(play())
    contents = [b"" if body is None else body[1] for body in bodies]
    assert said == [b"/%d %s" % (number, content) for number, content in enumerate(contents)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path) as go:
        yield go


class Traffic:
    """Clients that ask without a pause until nobody listens; each keeps to `Connection: close`."""

    def __init__(self, port: int, clients: int, *, keeps_alive: bool) -> None:
        self.outcomes: Counter[str] = Counter()
        self._port = port
        self._keeps_alive = keeps_alive
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(LIMIT_S)
            assert not thread.is_alive()

    def _ask_on(self) -> None:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._port), LIMIT_S) as client:
                    while self._ask(client) and self._keeps_alive:
                        pass
            except ConnectionRefusedError:
                return  # the end: it was refused, nothing was lost
            except OSError as error:
                self.outcomes[type(error).__name__] += 1
                return

    def _ask(self, client: socket.socket) -> bool:
        client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        answer = read_response(client)
        self.outcomes[answer[9:12].decode() or "end"] += 1
        return b"connection: close" not in answer.lower() and bool(answer)


@pytest.mark.e2e
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can turn newcomers away")
def test_traffic_that_never_pauses_loses_nothing_around_sigterm(start: Start) -> None:
    run = start("--drain-window", "500ms")
    run.ask()
    new = Traffic(run.port, 4, keeps_alive=False)
    kept = Traffic(run.port, 4, keeps_alive=True)
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    for traffic in (new, kept):
        traffic.wait()
        assert set(traffic.outcomes) == {"200"}, traffic.outcomes
        assert traffic.outcomes["200"] > 100
