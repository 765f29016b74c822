"""uvicorn with seatrial-app beyond the list of the judge: streams, WebSockets, work, limits."""

import asyncio
import http.client
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from app_program import port_of, program, rest, until

pytest.importorskip("uvicorn")
websockets_client = pytest.importorskip("websockets.asyncio.client")

pytestmark = pytest.mark.e2e

APP = """
import asyncio, time
from contextlib import asynccontextmanager
life = seatrial_app.lifecycle({settings})

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        say("lifespan ends")
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    if scope["type"] == "websocket":
        await websocket(scope, receive, send)
        return
    await http(scope, receive, send)

async def answer(send, body):
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": body}})

async def http(scope, receive, send):
    await answer(send, b"ok")

async def websocket(scope, receive, send):
    pass

{text}

import socket
sock = socket.create_server(("127.0.0.1", 0))
say("port", sock.getsockname()[1])
seatrial_app.servers.uvicorn.run(app, fd=sock.fileno(), log_level="critical", {options})
"""


def served(text: str, settings: str, options: str = "") -> Any:
    return program(APP.format(text=text, settings=settings, options=options), warnings="ignore")


@contextmanager
def get(port: int) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def body(port: int) -> bytes:
    with get(port) as response:
        return response.read()


def term(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


def test_a_stream_ends_by_itself_when_it_is_told() -> None:
    with served(
        """
async def http(scope, receive, send):
    told = asyncio.Event()
    @life.on_drain
    async def tell():
        told.set()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello ", "more_body": True})
    await told.wait()
    await send({"type": "http.response.body", "body": b"and good-bye"})
""",
        "in_kubernetes=True, drain_window_s=0.2",
    ) as process:
        with get(port_of(process)) as response:
            assert response.read(6) == b"hello "
            term(process)
            assert response.read() == b"and good-bye"
        assert rest(process) == ["lifespan ends"]
        assert process.wait() == 0


def test_a_stream_without_end_is_cut_at_the_limit_and_the_application_is_still_shut_down() -> None:
    with served(
        """
async def http(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello ", "more_body": True})
    await asyncio.Event().wait()
""",
        "in_kubernetes=True, drain_window_s=0.1, grace_period_s=1",
    ) as process:
        with get(port_of(process)) as response:
            assert response.read(6) == b"hello "
            term(process)
            with pytest.raises(http.client.IncompleteRead):
                response.read()
        lines = rest(process)
        assert lines[0].startswith("leave reason='time is up' in_flight=1")
        assert lines[1:] == ["lifespan ends"]
        assert process.wait() == 0


def test_a_hanging_thread_does_not_hold_the_process_beyond_its_grace_period() -> None:
    with served(
        """
async def http(scope, receive, send):
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    await answer(send, b"ok")
""",
        "in_kubernetes=True, drain_window_s=0.1, grace_period_s=1",
    ) as process:
        assert body(port_of(process)) == b"ok"
        term(process)
        lines = rest(process)
        assert lines[0] == "lifespan ends"
        assert lines[1].startswith("quit")
        assert process.wait() == 0


@pytest.mark.parametrize("ws", ["websockets", "websockets-sansio"])
async def test_a_websocket_says_good_bye_within_its_registered_work(ws: str) -> None:
    with served(
        """
async def websocket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    closing = asyncio.Event()
    @life.on_close
    async def tell():
        closing.set()
    with life.work("chat"):
        await closing.wait()
        await send({"type": "websocket.send", "text": "the pod goes"})
        await send({"type": "websocket.close", "code": 1001})
""",
        "in_kubernetes=True, drain_window_s=0.2",
        f"ws={ws!r}",
    ) as process:
        port = await asyncio.to_thread(port_of, process)
        async with websockets_client.connect(f"ws://127.0.0.1:{port}/") as chat:
            term(process)
            assert await chat.recv() == "the pod goes"
            await chat.wait_closed()
            assert chat.close_code == 1001
        assert await asyncio.to_thread(process.wait) == 0


@pytest.mark.parametrize("ws", ["websockets", "websockets-sansio", "wsproto"])
async def test_an_open_websocket_does_not_hold_the_exit_to_the_limit(ws: str) -> None:
    pytest.importorskip(ws.partition("-")[0])
    with served(
        """
async def websocket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
""",
        "in_kubernetes=True, drain_window_s=0.1, grace_period_s=600",
        f"ws={ws!r}",
    ) as process:
        port = await asyncio.to_thread(port_of, process)
        async with websockets_client.connect(f"ws://127.0.0.1:{port}/") as chat:
            term(process)
            await chat.wait_closed()
            assert chat.close_code == 1012
        assert await asyncio.to_thread(process.wait) == 0


def test_a_listener_that_was_handed_over_serves_the_next_process() -> None:
    with served(
        """
sock = __import__("socket").create_server(("127.0.0.1", 0))
http_port = sock.getsockname()[1]
if os.fork():
    os.wait()
    say("port", http_port)  # the first has drained and ended; the second goes on with its socket
else:
    due = [signal.SIGTERM]
    life.add_hook(lambda _: due and life.is_ready and os.kill(os.getpid(), due.pop()))
seatrial_app.servers.uvicorn.run(app, fd=os.dup(sock.fileno()), log_level="critical")
sys.exit(0)
""",
        "in_kubernetes=True, drain_window_s=0.1",
    ) as process:
        assert body(port_of(process)) == b"ok"
        term(process)
        rest(process)
        assert process.wait() == 0


def test_work_is_awaited_before_the_application_and_blockers_after_it() -> None:
    with served(
        """
async def http(scope, receive, send):
    work, blocker = life.work("report"), life.block("upload")
    def finish():
        say("work is done")
        work.release()
    life.on_close(finish)
    class Last:
        def __del__(self): pass
    async def unblock():
        while life.state.value != "closing":
            await asyncio.sleep(0)
        while ends == 0:
            await asyncio.sleep(0)
        say("blocker is released")
        blocker.release()
    tasks.append(asyncio.get_running_loop().create_task(unblock()))
    await answer(send, b"ok")

ends, tasks = 0, []
real_say = say
def say(*words):
    global ends
    ends += words == ("lifespan ends",)
    real_say(*words)
""",
        "in_kubernetes=True, drain_window_s=0.1",
    ) as process:
        assert body(port_of(process)) == b"ok"
        term(process)
        assert rest(process) == ["work is done", "lifespan ends", "blocker is released"]
        assert process.wait() == 0


def test_a_second_signal_forces_uvicorn_out() -> None:
    with (
        served(
            """
async def http(scope, receive, send):
    life.on_close(lambda: say("closing"))
    say("asked")
    await asyncio.Event().wait()
""",
            "in_kubernetes=True, drain_window_s=0.1, grace_period_s=600",
        ) as process,
        socket.create_connection(("127.0.0.1", port_of(process))) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        until(process, "asked")
        term(process)
        until(process, "closing")
        term(process)
        assert process.wait() == 128 + signal.SIGTERM


def test_outside_kubernetes_ctrl_c_ends_at_once() -> None:
    with served("", "in_kubernetes=False, drain_window_s=600, grace_period_s=1200") as process:
        assert body(port_of(process)) == b"ok"
        process.send_signal(signal.SIGINT)
        assert rest(process) == ["lifespan ends"]
        assert process.wait() == 0


RELOADED = """
import seatrial_app

async def plain(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print(seatrial_app.lifecycle().state.value, flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

app = seatrial_app.asgi(plain)
"""


def test_a_child_of_uvicorns_reloader_gets_its_signal_from_the_reloader(tmp_path: Path) -> None:
    (tmp_path / "reloaded.py").write_text(RELOADED)
    with program(
        f"""
        os.chdir({str(tmp_path)!r})
        import uvicorn
        bind = uvicorn.Config.bind_socket
        def bind_and_say(config):
            bound = bind(config)
            bound.listen()  # who comes before the child has started waits in the backlog
            say("port", bound.getsockname()[1])
            return bound
        uvicorn.Config.bind_socket = bind_and_say
        if __name__ == "__main__":
            settings = dict(port=0, reload=True, app_dir=".", log_level="critical")
            seatrial_app.servers.uvicorn.run("reloaded:app", **settings)
        """,
        warnings="ignore",
    ) as process:
        assert body(port_of(process)) == b"ok"
        term(process)
        assert rest(process)[0] == "closing"
        assert process.wait() in (0, -signal.SIGTERM)
