"""`seatrial-app run` as a process, before real servers, with real signals."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="run needs process groups"),
]

LIMIT_S = 30.0
ASK = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"

SERVER = """
import http.server, json, os, signal, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/slow":
            slow.wait()
        body = json.dumps({"pid": os.getpid()})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *words):
        pass
slow = threading.Event()
signal.signal(signal.SIGUSR1, lambda *_: slow.set())
exec(os.environ.get("FIRST", ""))
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Run:
    """A running `seatrial-app run`, and what it says."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), LIMIT_S)

    def ask(self, data: bytes = ASK) -> bytes:
        with self.connect() as client:
            client.sendall(data)
            return read_response(client)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        return self.process.wait(LIMIT_S)

    def said(self) -> str:
        return self._log.read_text()

    def wait_said(self, words: str) -> None:
        until(lambda: words in self.said(), f"{words!r} was never said: {self.said()}")


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `seatrial-app run`; whatever is left of it is killed, and that is an error."""
    with contextlib.ExitStack() as stack:

        def go(
            *options: str,
            command: tuple[str, ...] = (sys.executable, "-c", SERVER),
            kubernetes: bool = True,
            wait_up: bool = True,
            **environ: str,
        ) -> Run:
            port = free_port()
            log = tmp_path / f"log-{port}"
            words = [word.replace("PUBLIC", str(port)) for word in (*options, "--", *command)]
            env = {k: v for k, v in os.environ.items() if not k.startswith("KUBERNETES_")}
            env |= {"PORT": str(port), **environ}
            env |= {"KUBERNETES_SERVICE_HOST": "10.96.0.1"} if kubernetes else {}
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "seatrial_app", "run", *words],
                    env=env,
                    stderr=stack.enter_context(log.open("w")),
                    stdout=subprocess.DEVNULL,
                    cwd=tmp_path,
                    text=True,
                )
            )
            stack.callback(end, process)
            run = Run(process, port, log)
            if wait_up:
                run.wait_said("listening on")
            return run

        yield go


def end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.kill()
        process.wait(LIMIT_S)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def read_response(client: socket.socket) -> bytes:
    """One response with a length, or what came before the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def until(condition: Callable[[], bool], why: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def server_pid(answer: bytes) -> int:
    pid: int = json.loads(answer.partition(b"\r\n\r\n")[2])["pid"]
    return pid


def test_all_is_answered_around_sigterm_and_the_exit_is_0(start: Start) -> None:
    """By events rather than by the clock: the window outlasts every request sent within it."""
    run = start("--drain-window", "3s")
    pid = server_pid(run.ask())
    idle, silent, half, slow = (run.connect() for _ in range(4))
    idle.sendall(ASK)
    assert b"200 OK" in read_response(idle)
    half.sendall(ASK[:10])
    slow.sendall(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
    run.send(signal.SIGTERM)
    run.wait_said("run.draining")
    half.sendall(ASK[10:])
    assert b"Connection: close" in run.ask()
    for client in (idle, silent):
        client.sendall(ASK)
    for client in (idle, silent, half):
        assert b"200 OK" in read_response(client)
        assert client.recv(1) == b""
        client.close()
    run.wait_said("run.closing")
    with pytest.raises(OSError, match=r"refused|timed out"):
        run.connect()
    run.send(signal.SIGUSR1)  # passed on: the slow request may end
    assert b"200 OK" in read_response(slow)
    slow.close()
    assert run.wait() == 0
    assert not is_alive(pid)
    assert "exit_code=0" in run.said()


def test_outside_kubernetes_there_is_no_window(start: Start) -> None:
    run = start("--drain-window", "1000s", kubernetes=False)
    assert b"200 OK" in run.ask()
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_ctrl_c_ends_at_once_and_leaves_nothing(start: Start) -> None:
    run = start("--drain-window", "1000s", "--grace-period", "2000s")
    pid = server_pid(run.ask())
    run.send(signal.SIGINT)
    assert run.wait() == 130
    assert not is_alive(pid)


def test_a_second_signal_leaves_at_once(start: Start) -> None:
    run = start("--drain-window", "1000s", "--grace-period", "2000s")
    pid = server_pid(run.ask())
    run.send(signal.SIGTERM)
    run.wait_said("run.draining")
    run.send(signal.SIGTERM)
    assert run.wait() == 143
    assert not is_alive(pid)


def test_a_server_that_ends_by_itself_gives_its_code(start: Start) -> None:
    run = start(FIRST="sys.exit(7)", wait_up=False)
    assert run.wait() == 7
    run = start(FIRST="os.kill(os.getpid(), signal.SIGKILL)", wait_up=False)
    assert run.wait() == 137


def test_a_server_that_ignores_sigterm_is_killed_in_time(start: Start) -> None:
    ignoring = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    run = start("--drain-window", "0", "--grace-period", "2s", FIRST=ignoring)
    pid = server_pid(run.ask())
    run.send(signal.SIGTERM)
    assert run.wait() == 137
    assert not is_alive(pid)
    assert "run.killed" in run.said()


def test_a_request_longer_than_the_limit_does_not_hold_the_exit(start: Start) -> None:
    run = start("--drain-window", "0", "--grace-period", "2s")
    run.ask()
    with run.connect() as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        run.send(signal.SIGTERM)
        run.wait_said("run.unfinished in_flight=1")
        assert read_response(slow).startswith(b"HTTP/1.1 50")  # answered by us, not reset
    assert run.wait() == 0


def test_processes_that_the_server_left_behind_are_cleared_away(start: Start) -> None:
    forked = "pid = os.fork()\nif pid == 0: os.setsid(); import time; time.sleep(1000)\n"
    forked += "open('left', 'w').write(str(pid))"
    run = start("--drain-window", "0", FIRST=forked)
    run.ask()
    left = int((Path(run._log).parent / "left").read_text())
    assert is_alive(left)
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert not is_alive(left)


def test_when_we_are_killed_the_server_is_told(start: Start) -> None:
    run = start()
    pid = server_pid(run.ask())
    run.process.kill()
    run.wait()
    until(lambda: not is_alive(pid), "the server outlived its supervisor")


def test_what_cannot_be_run_is_said(start: Start) -> None:
    run = start(command=("node", "server.js"), PORT="", wait_up=False)
    assert run.wait() == 2
    assert "cannot tell where 'node' listens; say it in one of three ways" in run.said()
    run = start(command=("/no/such/server",), wait_up=False)
    assert run.wait() == 127
    assert "cannot start '/no/such/server'" in run.said()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        run = start("--listen", address, wait_up=False)
        assert run.wait() == 2
        assert f"cannot listen on {address}: " in run.said()


def test_a_placeholder_and_another_address(start: Start, tmp_path: Path) -> None:
    script = "import sys, os; os.environ['PORT'] = sys.argv[1]\n" + SERVER
    run = start(
        "--listen", "127.0.0.1:PUBLIC", command=(sys.executable, "-c", script, "{port}"), PORT=""
    )
    assert b"200 OK" in run.ask()
    elsewhere = str(free_port())
    run = start(
        *("--listen", "127.0.0.1:PUBLIC", "--to", elsewhere),
        command=(sys.executable, "-c", script, elsewhere),
    )
    assert b"200 OK" in run.ask()


ASGI = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"2"), (b"x-client", scope["client"][0].encode())]})
    await send({"type": "http.response.body", "body": b"ok"})
"""
WSGI = """
from flask import Flask
app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "ok")
"""
SERVERS = {
    "uvicorn": ("uvicorn", "asgi_app:app", "--port", "PUBLIC"),
    "gunicorn": ("gunicorn", "wsgi_app:app", "-b", "127.0.0.1:PUBLIC"),
    "hypercorn": ("hypercorn", "asgi_app:app", "--bind", "127.0.0.1:PUBLIC"),
    "granian": ("granian", "--interface", "asgi", "asgi_app:app", "--port", "PUBLIC"),
    "flask": ("flask", "--app", "wsgi_app:app", "run", "-p", "PUBLIC"),
    "http.server": ("http.server", "PUBLIC", "-b", "127.0.0.1"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_known_server_is_moved_and_answers(name: str, start: Start, tmp_path: Path) -> None:
    module, *rest = SERVERS[name]
    for needed in (name, *(["flask"] if "wsgi_app:app" in rest else [])):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    (tmp_path / "asgi_app.py").write_text(ASGI)
    (tmp_path / "wsgi_app.py").write_text(WSGI)
    run = start(
        *("--drain-window", "200ms"),
        command=(sys.executable, "-m", module, *rest),
        PYTHONPATH=str(tmp_path),
    )
    assert f"from 127.0.0.1:{run.port} to 127.0.0.1:" in run.said()
    assert run.ask().startswith(b"HTTP/1.1 200 ")
    run.send(signal.SIGTERM)
    assert run.wait() == 0
