"""The proxy of `seatrial-app run`, between raw clients and a scripted server."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest
import run_world
from run_world import OK, Talk, always_ok, world

from seatrial_app.command import bounds
from seatrial_app.command.front import Front
from seatrial_app.command.way import Way


async def test_a_request_goes_there_and_back_with_who_asked() -> None:
    heads: list[bytes] = []

    async def script(talk: Talk) -> None:
        heads.append(await talk.hear_head())
        await talk.say(OK)

    async with world(script) as w:
        client = await w.client()
        assert await client.ask("/a") == OK
        client.close()
    assert heads == [
        b"GET /a HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 127.0.0.1\r\n"
        b"X-Forwarded-Proto: http\r\nX-Forwarded-Host: h\r\n\r\n"
    ]


async def test_both_sides_keep_their_connections() -> None:
    async with world(always_ok) as w:
        client, other = await w.client(), await w.client()
        for _ in range(3):
            assert await client.ask() == OK
            assert await other.ask() == OK
        assert len(w.connections) == 1, "two clients in turn share one connection to the server"
        for talk in (client, other):
            talk.close()


async def test_pipelined_requests_are_answered_in_order() -> None:
    async def script(talk: Talk) -> None:
        while True:
            name = (await talk.hear_head())[5:7]
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + name)

    async with world(script) as w:
        client = await w.client()
        await client.say(b"".join(b"GET /%02d HTTP/1.1\r\nHost: h\r\n\r\n" % n for n in range(20)))
        assert [(await client.hear_ok())[-2:] for _ in range(20)] == [
            b"%02d" % n for n in range(20)
        ]
        client.close()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
    ],
)
async def test_every_framing_ends_where_it_ends(response: bytes) -> None:
    async def script(talk: Talk) -> None:
        while True:
            await talk.hear_head()
            await talk.say(response)

    async with world(script) as w:
        client = await w.client()
        for _ in range(2):
            await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await client.hear(len(response)) == response
        client.close()


async def test_a_response_without_length_ends_with_the_connection() -> None:
    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await talk.say(b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nall ")
        await talk.say(b"of it")

    async with world(script) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.hear_all() == (
            b"HTTP/1.1 200 OK\r\nServer: old\r\nConnection: close\r\n\r\nall of it"
        )
        client.close()


async def test_the_head_of_a_body_that_does_not_come_is_enough_for_head_requests() -> None:
    async def script(talk: Talk) -> None:
        while True:
            await talk.hear_head()
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")

    async with world(script) as w:
        client = await w.client()
        for _ in range(2):
            await client.say(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await client.hear_head() == b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
        client.close()


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_large_body_is_echoed_without_being_kept(is_chunked: bool) -> None:
    """Both ways at once, eight times what is buffered: the echo begins before the body ends."""
    size = 8 * bounds.BUFFER_BYTES
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % size
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size) if is_chunked else b"x" * size

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await talk.say(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        left = len(body)
        while left:
            some = await talk.hear(min(left, 65536))
            left -= len(some)
            await talk.say(some)

    async with world(script) as w:
        client = await w.client()
        head = b"POST / HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n\r\n"
        sending = asyncio.create_task(client.say(head + body))
        response = await client.hear_head()
        assert await client.hear(len(body)) == body
        assert b"Connection: close" in response, "the rest of a body could pass for a next request"
        await sending
        client.close()


async def until(condition: Callable[[], object]) -> None:
    """Until the loop has turned so often that it holds."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came true")


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_slow_server_holds_the_client_back_and_gets_it_all(is_chunked: bool) -> None:
    size = 64 * 1024 * 1024  # more than the kernel keeps for four sockets
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % size
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size) if is_chunked else b"x" * size
    read_on = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await read_on.wait()
        assert await talk.hear(len(body)) == body
        await talk.say(OK)

    async with world(script) as w:
        client = await w.client()
        head = b"PUT / HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n\r\n"
        sending = asyncio.create_task(client.say(head + body))
        await until(lambda: w.connections)
        (connection,) = w.front._open
        await until(lambda: connection.wire._is_reading_paused)
        assert len(connection.wire.buffer) < 2 * bounds.BUFFER_BYTES
        read_on.set()
        assert await client.hear_ok() == OK
        await sending
        client.close()


async def test_a_slow_client_holds_the_server_back_and_gets_it_all() -> None:
    size = 64 * 1024 * 1024  # more than the kernel keeps for four sockets
    told = 0

    async def script(talk: Talk) -> None:
        nonlocal told
        await talk.hear_head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while told < size:
            await talk.say(b"x" * 65536)
            told += 65536
            halted.set()

    halted = asyncio.Event()
    async with world(script) as w:
        client = await w.client(limit=1024)
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        before = -1
        while before != told or not told:
            before = told
            halted.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(halted.wait(), 0.05)
        assert told < size, "the server could not send all while nobody read"
        await client.hear_head()
        assert len(await client.hear(size)) == size
        client.close()


async def test_who_expects_100_gets_it_before_sending_the_body() -> None:
    async def script(talk: Talk) -> None:
        assert b"Expect: 100-continue" in await talk.hear_head()
        await talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await talk.hear(4) == b"body"
        await talk.say(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK)

    async with world(script) as w:
        client = await w.client()
        await client.say(
            b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert await client.hear_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.say(b"body")
        assert await client.hear_head() == b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        assert await client.hear_ok() == OK
        client.close()


async def test_an_early_answer_reaches_a_client_that_is_still_sending() -> None:
    """413 before the body was read: no reset overtakes the answer."""
    refused = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await talk.say(refused)

    async with world(script) as w:
        client = await w.client()
        await client.say(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\nxxxx")
        assert (await client.hear_head()).startswith(b"HTTP/1.1 413 ")
        await client.say(b"x" * 100_000)
        assert await client.hear_all() == b"big"
        client.close()


async def test_an_upgrade_becomes_a_tunnel_both_ways() -> None:
    switching = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    async def script(talk: Talk) -> None:
        assert b"Upgrade: websocket" in await talk.hear_head()
        await talk.say(switching + b"first")
        assert await talk.hear(4) == b"ping"
        await talk.say(b"pong")
        assert await talk.hear_all() == b"bye"
        await talk.say(b"bye too")

    async with world(script) as w:
        client = await w.client()
        await client.say(
            b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        assert await client.hear(len(switching)) == switching
        assert await client.hear(5) == b"first"
        await client.say(b"ping")
        assert await client.hear(4) == b"pong"
        await client.say(b"bye")
        client.end()
        assert await client.hear_all() == b"bye too"
        client.close()


@pytest.mark.parametrize("first", [b"\x16\x03\x01\x02", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0"])
async def test_what_is_not_http_1_is_passed_on_unread(first: bytes) -> None:
    async def script(talk: Talk) -> None:
        assert await talk.hear(len(first)) == first
        await talk.say(b"heard")

    async with world(script) as w:
        client = await w.client()
        await client.say(first)
        assert await client.hear_all() == b"heard"
        client.close()


@pytest.mark.parametrize("who", ["client", "server"])
async def test_a_reset_of_one_side_ends_the_other(who: str) -> None:
    told = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.hear(1)
        await talk.say(b"heard")
        if who == "server":
            talk.cut()
        else:
            assert await talk.hear_all() == b""
        told.set()

    async with world(script) as w:
        client = await w.client()
        await client.say(b"\x16")
        assert await client.hear(5) == b"heard"
        if who == "client":
            client.cut()
        else:
            assert await client.hear_all() == b""
        await asyncio.wait_for(told.wait(), run_world.LIMIT_S)
        client.close()


async def test_a_server_that_speaks_first_is_heard_where_bytes_are_passed_unread() -> None:
    async def script(talk: Talk) -> None:
        await talk.say(b"220 ready\r\n")

    async with world(script, opaque_only=True) as w:
        client = await w.client()
        assert await client.hear_all() == b"220 ready\r\n"
        client.close()


async def test_a_request_that_met_the_close_of_an_idle_connection_is_sent_again() -> None:
    served = 0

    async def script(talk: Talk) -> None:
        nonlocal served
        await talk.hear_head()
        served += 1
        if served != 2:  # the second request, on the kept connection, meets its end
            await talk.say(OK)
            await talk.hear_head()
            served += 1

    async with world(script) as w:
        client = await w.client()
        assert await client.ask() == OK
        assert await client.ask() == OK
        assert (served, len(w.connections)) == (3, 2)
        client.close()


async def test_what_must_not_be_done_twice_is_never_sent_on_a_used_connection() -> None:
    async with world(always_ok) as w:
        client = await w.client()
        for _ in range(3):
            await client.say(b"POST / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await client.hear_ok() == OK
        assert len(w.connections) == 3
        client.close()


async def test_a_server_that_closes_without_an_answer_is_a_bad_gateway() -> None:
    async def script(talk: Talk) -> None:
        await talk.hear_head()

    async with world(script) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await client.hear_all()).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        client.close()


async def test_a_response_that_breaks_off_ends_early_and_is_not_replaced() -> None:
    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async with world(script) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.hear_all() == b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
        client.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nbad line\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * bounds.REQUEST_HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * bounds.REQUEST_HEAD_BYTES, 431),
    ],
)
async def test_a_bad_request_is_answered_and_never_reaches_the_server(
    request_bytes: bytes, status: int
) -> None:
    async with world(always_ok) as w:
        client = await w.client()
        await client.say(request_bytes)
        assert (await client.hear_all()).startswith(b"HTTP/1.1 %d " % status)
        client.close()


async def test_headers_that_never_end_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "REQUEST_HEAD_S", 0.01)
    async with world(always_ok) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHo")
        assert (await client.hear_all()).startswith(b"HTTP/1.1 408 ")
        client.close()


async def test_a_client_that_ended_its_half_is_still_answered() -> None:
    heard: list[bytes] = []

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        heard.append(await talk.hear_all())  # the end is passed on
        await talk.say(OK)

    async with world(script) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        client.end()
        assert await client.hear_all() == OK
        client.close()
    assert heard == [b""]


async def test_a_client_that_is_gone_is_gone_for_the_server_too() -> None:
    told = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        asked.set()
        assert await talk.hear_all() == b""
        told.set()

    asked = asyncio.Event()
    async with world(script) as w:
        client = await w.client()
        await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.wait_for(asked.wait(), run_world.LIMIT_S)
        client.cut()
        await asyncio.wait_for(told.wait(), run_world.LIMIT_S)


async def test_who_comes_before_the_server_listens_waits_and_is_answered() -> None:
    async with world(always_ok) as w:
        pass  # its ports are free now
    front = Front(Way(("127.0.0.1", w.child_port)))
    ((_, port),) = await front.listen("127.0.0.1", 0)
    client = Talk(*await asyncio.open_connection("127.0.0.1", port))
    await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    child = await asyncio.start_server(serve, "127.0.0.1", w.child_port)
    assert await client.hear_ok() == OK
    client.close()
    child.close()
    await front.leave(run_world.LIMIT_S)
    await front.stop_accepting()


async def test_a_server_that_never_listens_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "START_S", 0.02)
    async with world(always_ok) as w:
        pass
    front = Front(Way(("127.0.0.1", w.child_port)))
    ((_, port),) = await front.listen("127.0.0.1", 0)
    client = Talk(*await asyncio.open_connection("127.0.0.1", port))
    await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    answer = await client.hear_all()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1\r\n" in answer
    client.close()
    await front.leave(run_world.LIMIT_S)
    await front.stop_accepting()


async def test_a_unix_socket_is_as_good(tmp_path: object) -> None:
    path = f"{tmp_path}/s"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    child = await asyncio.start_unix_server(serve, path)
    front = Front(Way(path))
    ((_, port),) = await front.listen("127.0.0.1", 0)
    client = Talk(*await asyncio.open_connection("127.0.0.1", port))
    assert await client.ask() == OK
    client.close()
    await front.leave(run_world.LIMIT_S)
    await front.stop_accepting()
    child.close()


async def test_while_draining_responses_close_and_newcomers_are_served() -> None:
    async with world(always_ok) as w:
        idle = await w.client()
        assert await idle.ask() == OK
        w.front.is_draining = True
        newcomer = await w.client()
        for client in (idle, newcomer):
            await client.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await client.hear_all()).endswith(b"Connection: close\r\n\r\nok")
            client.close()


async def test_the_stop_lets_the_idle_go_and_finishes_what_has_begun() -> None:
    go_on = asyncio.Event()

    async def script(talk: Talk) -> None:
        if b"/slow" in await talk.hear_head():
            await go_on.wait()
        await talk.say(OK)

    async with world(script) as w:
        idle, slow, half = await w.client(), await w.client(), await w.client()
        assert await idle.ask() == OK
        await slow.say(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        await half.say(b"GET / HTTP/1.1\r\nHo")
        newest = await w.client()
        w.front.is_draining = True
        await w.front.stop_accepting()
        w.front.close_idle()
        finished = asyncio.create_task(w.front.wait_requests())
        await newest.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"200 OK" in await newest.hear_all(), "it waited in the backlog"
        assert await idle.hear_all() == b""
        assert not finished.done()
        go_on.set()
        await half.say(b"st: h\r\n\r\n")
        assert b"200 OK" in await half.hear_all()
        assert b"200 OK" in await slow.hear_all()
        for client in (idle, slow, half, newest):
            client.close()
        await asyncio.wait_for(finished, run_world.LIMIT_S)
        with pytest.raises(ConnectionRefusedError):
            await w.client()


async def test_an_idle_connection_to_the_server_is_ours_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounds, "CHILD_IDLE_S", 0.01)
    closed = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.hear_head()
        await talk.say(OK)
        assert await talk.hear_all() == b""
        closed.set()

    async with world(script) as w:
        client = await w.client()
        assert await client.ask() == OK
        await asyncio.wait_for(closed.wait(), run_world.LIMIT_S)
        client.close()
