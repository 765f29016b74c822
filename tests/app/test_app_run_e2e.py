"""`seatrial-app run` as a process, before real servers, with real signals."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_process import (
    ASK,
    SERVER,
    Start,
    free_port,
    is_alive,
    read_response,
    server_pid,
    starting,
    until,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="run needs process groups"),
]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path) as go:
        yield go


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


def test_processes_that_the_server_left_behind_are_cleared_away(
    start: Start, tmp_path: Path
) -> None:
    forked = "pid = os.fork()\nif pid == 0: os.setsid(); import time; time.sleep(1000)\n"
    forked += "open('left', 'w').write(str(pid))"
    run = start("--drain-window", "0", FIRST=forked)
    run.ask()
    left = int((tmp_path / "left").read_text())
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
