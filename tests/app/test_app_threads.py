"""Streams, threads, aiohttp and gRPC: what waits is answered, what hangs is cut at the limit."""

import http.client
import signal
import socket
import subprocess

import pytest
from app_program import port_of, program, rest, until

pytestmark = pytest.mark.e2e

SHORT = "in_kubernetes=True, drain_window_s=0.1, grace_period_s=1"
LONG = "in_kubernetes=True, drain_window_s=0.2, grace_period_s=60"

THREADS = """
import logging
logging.basicConfig(level="ERROR")
life = seatrial_app.lifecycle({settings})
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        pass
    def do_GET(self):
        say("asked", self.path)
        if self.path == "/hang":
            threading.Event().wait()
        if self.path == "/drain":
            drained.wait()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
drained = threading.Event()
life.on_close(drained.set)
server = {server}(("127.0.0.1", 0), Handler)
say("port", server.server_address[1])
seatrial_app.servers.threads.serve(server)
say("served", life.snapshot().served)
"""

ASYNCIO = """
import asyncio
life = seatrial_app.lifecycle({settings})
async def talk(reader, writer):
    say("talks")
    try:
        while line := await reader.readline():
            if line == b"hang\\n":
                await asyncio.Event().wait()
            writer.write(line.upper())
        writer.write(b"good-bye\\n")
        await writer.drain()
    except asyncio.CancelledError:
        say("cancelled")
        raise
import socket
sock = socket.create_server(("127.0.0.1", 0))
say("port", sock.getsockname()[1])
seatrial_app.servers.asyncio.run(talk, sock=sock)
"""

AIOHTTP = """
import asyncio
from aiohttp import web
life = seatrial_app.lifecycle({settings})
async def hang(request):
    say("asked")
    try:
        await asyncio.Event().wait()
    finally:
        say("cancelled")
async def cleanup(app):
    say("cleanup")
app = web.Application()
app.router.add_get("/", hang)
app.on_cleanup.append(cleanup)
import socket
sock = socket.create_server(("127.0.0.1", 0))
say("port", sock.getsockname()[1])
seatrial_app.servers.aiohttp.run_app(app, sock=sock, print=None)
"""

GRPC = """
import asyncio, grpc
life = seatrial_app.lifecycle({settings})
async def answer(request, context):
    say("asked")
    if request == b"hang":
        await asyncio.Event().wait()
    return request
async def main():
    server = grpc.aio.server()
    method = grpc.unary_unary_rpc_method_handler(answer)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("t.Echo", {{"Say": method}}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    async def tell():
        say("port", port)
    asyncio.get_running_loop().call_later(0, lambda: None)
    serving = asyncio.ensure_future(seatrial_app.servers.grpc.serve(server))
    while not life.is_ready:
        await asyncio.sleep(0)
    await tell()
    await serving
asyncio.run(main())
say("over")
"""


def term(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


def ask(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    return connection.getresponse()


def test_threads_let_connections_go_and_finish_what_is_in_flight() -> None:
    text = THREADS.format(settings=LONG, server="ThreadingHTTPServer")
    with program(text) as process:
        port = port_of(process)
        busy, idle = (http.client.HTTPConnection("127.0.0.1", port) for _ in range(2))
        assert ask(idle, "/").read() == b"ok"
        busy.request("GET", "/drain")
        until(process, "asked /drain")
        term(process)
        response = busy.getresponse()
        assert (response.read(), response.getheader("Connection")) == (b"ok", "close")
        assert rest(process) == ["served 2"]
        assert process.wait() == 0
        busy.close()
        idle.close()


DEAF = """
def tell_another_thread():
    other = threading.Thread(target=threading.Event().wait, daemon=True)
    other.start()
    started.wait()
    signal.pthread_kill(other.ident, signal.SIGTERM)

started = threading.Event()
import seatrial_app.lifecycle
Lifecycle.server_started = lambda life: started.set()
threading.Thread(target=tell_another_thread, daemon=True).start()
"""


@pytest.mark.parametrize("server", [THREADS, ASYNCIO])
def test_a_signal_that_another_thread_got_is_heard(server: str) -> None:
    text = server.format(settings=SHORT, server="ThreadingHTTPServer")
    with program(DEAF + text) as process:
        port_of(process)
        rest(process)
        assert process.wait() == 0


def test_continue_is_not_the_answer_that_closes_the_connection() -> None:
    text = THREADS.format(settings=LONG.replace("0.2", "5"), server="ThreadingHTTPServer")
    hook = "life.on_drain(lambda: say('drains'))\nserver = "
    with program(text.replace("server = ", hook)) as process:
        port = port_of(process)
        first = http.client.HTTPConnection("127.0.0.1", port)
        assert ask(first, "/").read() == b"ok"  # it serves, so it has the signals
        first.close()
        term(process)
        until(process, "drains")
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(4096), b""))
        interim, answer = said.split(b"\r\n\r\n", 1)
        assert interim == b"HTTP/1.1 100 Continue"
        assert b"Connection: close" in answer
        term(process)
        assert process.wait() in (0, 143)


def test_a_server_without_threads_answers_its_backlog() -> None:
    text = THREADS.format(settings=LONG, server="HTTPServer")
    with program(text) as process:
        port = port_of(process)
        busy, waiting = (http.client.HTTPConnection("127.0.0.1", port) for _ in range(2))
        busy.request("GET", "/drain")
        until(process, "asked /drain")
        waiting.request("GET", "/")  # in the backlog: the only thread is busy
        term(process)
        assert busy.getresponse().read() == b"ok"
        assert waiting.getresponse().read() == b"ok"
        assert rest(process) == ["asked /", "served 2"]
        assert process.wait() == 0
        busy.close()
        waiting.close()


def test_a_thread_that_hangs_is_left_at_the_limit() -> None:
    text = THREADS.format(settings=SHORT, server="ThreadingHTTPServer")
    with program(text) as process:
        port = port_of(process)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /hang HTTP/1.1\r\nhost: x\r\n\r\n")
            until(process, "asked /hang")
            term(process)
            assert "served 0" in rest(process)
        assert process.wait() == 0


def test_a_conversation_at_rest_is_told_that_no_more_will_come() -> None:
    with program(ASYNCIO.format(settings=LONG)) as process:
        with socket.create_connection(("127.0.0.1", port_of(process))) as client:
            lines = client.makefile("rw")
            lines.write("hello\n")
            lines.flush()
            assert lines.readline() == "HELLO\n"
            term(process)
            assert lines.readline() == "good-bye\n"
            lines.close()
        assert rest(process) == ["talks"]
        assert process.wait() == 0


def test_a_conversation_without_end_is_cancelled_at_the_limit() -> None:
    with program(ASYNCIO.format(settings=SHORT)) as process:
        with socket.create_connection(("127.0.0.1", port_of(process))) as client:
            client.sendall(b"hang\n")
            until(process, "talks")
            term(process)
            assert client.recv(100) == b""
        lines = rest(process)
        assert [line for line in lines if not line.startswith("leave")] == ["cancelled"]
        assert process.wait() == 0


def test_an_aiohttp_handler_that_hangs_is_cancelled_at_the_limit() -> None:
    pytest.importorskip("aiohttp")
    with program(AIOHTTP.format(settings=SHORT), warnings="ignore") as process:
        with socket.create_connection(("127.0.0.1", port_of(process))) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            until(process, "asked")
            term(process)
            said = rest(process)
        assert [line for line in said if not line.startswith("leave")] == ["cancelled", "cleanup"]
        assert process.wait() == 0


def test_a_grpc_call_that_hangs_is_cancelled_at_the_limit_and_others_are_answered() -> None:
    grpc = pytest.importorskip("grpc")
    with program(GRPC.format(settings=SHORT), warnings="ignore") as process:
        with grpc.insecure_channel(f"127.0.0.1:{port_of(process)}") as channel:
            echo = channel.unary_unary("/t.Echo/Say")
            assert echo(b"hello", wait_for_ready=True) == b"hello"
            hanging = echo.future(b"hang")
            until(process, "asked")
            until(process, "asked")
            term(process)
            assert echo(b"while draining") == b"while draining"
            assert hanging.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        assert rest(process)[-1] == "over"
        assert process.wait() == 0
