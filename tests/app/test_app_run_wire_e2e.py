"""`seatrial-app run` and what it cannot see into: WebSockets, TLS, workers; and as PID 1."""

import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_process import (
    ASK,
    LIMIT_S,
    Start,
    children,
    read_response,
    self_signed,
    server_pid,
    starting,
    until,
    zombies,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="run needs process groups"),
]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path) as go:
        yield go


WEBSOCKET = """
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
"""


def test_a_websocket_lives_through_the_window_and_is_closed_by_its_server(
    start: Start, tmp_path: Path
) -> None:
    pytest.importorskip("uvicorn")
    client = pytest.importorskip("websockets.sync.client")
    closed = pytest.importorskip("websockets.exceptions").ConnectionClosed
    (tmp_path / "ws.py").write_text(WEBSOCKET)
    run = start(
        *("--drain-window", "300ms"),
        command=(sys.executable, "-m", "uvicorn", "ws:app", "--port", "PUBLIC"),
        PYTHONPATH=str(tmp_path),
    )
    run.ask()
    with client.connect(f"ws://127.0.0.1:{run.port}/", proxy=None) as websocket:
        run.send(signal.SIGTERM)
        run.wait_said("run.draining")
        websocket.send("still here")
        assert websocket.recv(LIMIT_S) == "still here"
        with pytest.raises(closed) as end:
            websocket.recv(LIMIT_S)
        assert end.value.rcvd.code == 1012, "uvicorn's own close frame came through"
    assert run.wait() == 0


def test_tls_passes_unread(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    pytest.importorskip("cryptography")
    key, certificate = self_signed(tmp_path)
    (tmp_path / "ws.py").write_text(WEBSOCKET)
    options = ("--ssl-keyfile", str(key), "--ssl-certfile", str(certificate))
    run = start(
        *("--drain-window", "300ms"),
        command=(sys.executable, "-m", "uvicorn", "ws:app", "--port", "PUBLIC", *options),
        PYTHONPATH=str(tmp_path),
    )
    trust = ssl.create_default_context(cafile=str(certificate))
    with trust.wrap_socket(run.connect(), server_hostname="localhost") as client:
        client.sendall(ASK)
        assert read_response(client).startswith(b"HTTP/1.1 200 ")
        run.send(signal.SIGTERM)
        run.wait_said("run.draining")
        client.sendall(ASK)
        assert read_response(client).startswith(b"HTTP/1.1 200 ")
    assert run.wait() == 0


def test_a_server_with_workers_ends_with_all_of_them(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    (tmp_path / "ws.py").write_text(WEBSOCKET)
    run = start(
        *("--drain-window", "300ms"),
        command=(
            *(sys.executable, "-m", "uvicorn", "ws:app", "--port", "PUBLIC", "--workers", "2"),
        ),
        PYTHONPATH=str(tmp_path),
    )
    assert run.ask().startswith(b"HTTP/1.1 200 ")
    run.send(signal.SIGTERM)
    assert run.wait() == 0


NGINX = """
daemon off; pid {here}/pid; error_log stderr; worker_processes 1; user root;
events {{}}
http {{
  access_log off;
  client_body_temp_path {here}/1; proxy_temp_path {here}/2; fastcgi_temp_path {here}/3;
  uwsgi_temp_path {here}/4; scgi_temp_path {here}/5;
  server {{ listen unix:{here}/s; location / {{ return 200 "ok"; }} }}
}}
"""


def test_a_server_in_another_language_behind_a_unix_socket(start: Start, tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    (tmp_path / "conf").write_text(NGINX.format(here=tmp_path))
    run = start(
        *("--drain-window", "300ms", "--stop-signal", "QUIT"),
        *("--listen", "127.0.0.1:PUBLIC", "--to", f"unix:{tmp_path}/s"),
        command=(nginx, "-p", str(tmp_path), "-c", str(tmp_path / "conf")),
    )
    assert run.ask().startswith(b"HTTP/1.1 200 OK")
    run.send(signal.SIGTERM)
    assert run.wait() == 0


ORPHANS = """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os._exit(0)  # an orphan: its parent does not wait for it
        os._exit(0)
    os.wait()
"""


def test_as_pid_1_it_reaps_orphans(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    words = ["--pid", "--fork", "--mount-proc", "--kill-child", "--user", "--map-root-user"]
    if unshare is None or subprocess.run([unshare, *words, "true"], check=False).returncode:
        pytest.skip("this machine cannot make a PID namespace")
    with starting(tmp_path, prefix=(unshare, *words)) as start:
        run = start("--drain-window", "0", FIRST=ORPHANS)
        assert server_pid(run.ask()) > 1
        (ours,) = children(run.process.pid)
        until(lambda: not zombies(ours), "an orphan was never reaped")
        os.kill(ours, signal.SIGTERM)
        assert run.wait() == 0
