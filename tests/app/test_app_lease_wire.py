"""A lease over real TLS: its requests, a token that is rotated, a process that was frozen."""

import http.server
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lease_world import FakeLeases
from run_process import LIMIT_S, self_signed

from seatrial_app.lease import EXIT_LOST, Lease
from seatrial_app.lease_api import ApiError, Forbidden, Outdated, PodLeaseApi, Unreachable
from seatrial_app.lease_terms import Terms

TERMS = Terms(duration_s=2, renew_deadline_s=1, retry_s=0.1)
PLACE = "/apis/coordination.k8s.io/v1/namespaces/shop/leases"


class Server(http.server.ThreadingHTTPServer):
    """An API server that knows leases and one token."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.leases = FakeLeases()
        self.token = "first"
        self.asked: list[str] = []
        self.lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer(lambda name, _: self.server.leases.read(name, 0))

    def do_POST(self) -> None:
        self._answer(lambda _, body: self.server.leases.create(body, 0))

    def do_PUT(self) -> None:
        self._answer(lambda _, body: self.server.leases.update(body, 0))

    def _answer(self, act: Any) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        with self.server.lock:
            self.server.asked.append(f"{self.command} {self.path}")
            status, answer = self._decided(act, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _decided(self, act: Any, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.headers["Authorization"] != f"Bearer {self.server.token}":
            return 401, {"message": "who are you"}
        try:
            answer = act(self.path.rpartition("/")[2], body)
        except Outdated as error:
            return 409, {"message": str(error)}
        return (404, {"message": "not found"}) if answer is None else (200, answer)

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    key, certificate = self_signed(tmp_path)
    certificate.rename(tmp_path / "ca.crt")
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "namespace").write_text("shop")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.crt", key)
    server = Server(context)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def environ(server: Server) -> dict[str, str]:
    """Of a pod whose API server this is."""
    port = str(server.server_address[1])
    return {"KUBERNETES_SERVICE_HOST": "localhost", "KUBERNETES_SERVICE_PORT": port}


def test_requests_go_where_they_belong(
    server: Server, environ: dict[str, str], tmp_path: Path
) -> None:
    api = PodLeaseApi(account=tmp_path, environ=environ)
    one = Lease("db-0", identity="a", api=api, terms=TERMS)
    assert one.try_acquire()
    assert one.renew_once()
    one.release()
    assert server.asked == [
        f"GET {PLACE}/db-0",
        f"POST {PLACE}",
        f"PUT {PLACE}/db-0",
        f"PUT {PLACE}/db-0",
    ]
    assert server.leases.objects["db-0"]["metadata"]["namespace"] == "shop"


def test_a_token_that_was_rotated_is_read_again(
    server: Server, environ: dict[str, str], tmp_path: Path
) -> None:
    api = PodLeaseApi(account=tmp_path, environ=environ)
    assert api.read("db-0", LIMIT_S) is None
    server.token = "second"
    with pytest.raises(Forbidden, match="401 who are you"):
        api.read("db-0", LIMIT_S)
    (tmp_path / "token").write_text("second\n")
    assert api.read("db-0", LIMIT_S) is None


def test_what_cannot_be_reached_or_trusted_is_unreachable(
    server: Server, environ: dict[str, str], tmp_path: Path
) -> None:
    stranger = {**environ, "KUBERNETES_SERVICE_HOST": "127.0.0.1"}  # not in its certificate
    nobody = {**environ, "KUBERNETES_SERVICE_PORT": "1"}
    for environment in (stranger, nobody):
        with pytest.raises(Unreachable):
            PodLeaseApi(account=tmp_path, environ=environment).read("db-0", LIMIT_S)
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(ApiError, match="no service account"):
        PodLeaseApi(account=tmp_path, environ=environ)


HOLD = """
import pathlib, sys, threading
from seatrial_app.lease import Lease
from seatrial_app.lease_api import PodLeaseApi
from seatrial_app.lease_terms import Terms
api = PodLeaseApi(account=pathlib.Path(sys.argv[1]))
lease = Lease("db-0", identity="frozen", api=api, terms=Terms(2, 1, 0.1))
print("held", lease.acquire(), flush=True)
threading.Event().wait()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no SIGSTOP here")
def test_a_process_that_was_frozen_leaves_when_it_wakes(
    server: Server, environ: dict[str, str], tmp_path: Path
) -> None:
    """The twin takes the lease while the old one is frozen; awake again, the old one is gone."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as frozen:
        try:
            assert frozen.stdout is not None
            assert frozen.stdout.readline() == "held 1\n"
            frozen.send_signal(signal.SIGSTOP)
            twin = Lease(
                "db-0",
                identity="twin",
                api=PodLeaseApi(account=tmp_path, environ=environ),
                terms=TERMS,
            )
            assert twin.acquire(LIMIT_S) == 2
            frozen.send_signal(signal.SIGCONT)
            assert frozen.wait(LIMIT_S) == EXIT_LOST
            assert twin.is_held
            twin.release()
        finally:
            frozen.kill()
