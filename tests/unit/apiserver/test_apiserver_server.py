"""Sockets: TLS on TCP and unix, plain on unix, limits, a prompt end."""

import asyncio
import json
import socket
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from apiserver_harness import TOKEN, Harness

from seatrial.apiserver.certificates import (
    SERVER_NAMES,
    Certificates,
    ensure_certificates,
    new_authority,
)
from seatrial.apiserver.kubelets import KubeletUnreachable, UnixKubelets
from seatrial.apiserver.server import HEAD_BYTES_MAX, Listener, serve
from seatrial.kit.errors import MachineError

AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return ensure_certificates(tmp_path / "pki", addresses=["127.0.0.1"])


def listening() -> socket.socket:
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificates.ca_pem)


@asynccontextmanager
async def session(unix: Path | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.UnixConnector(str(unix)) if unix else aiohttp.TCPConnector()
    async with aiohttp.ClientSession(connector=connector, headers=AUTHORIZED) as opened:
        yield opened


async def test_one_app_on_three_sockets(
    bare: Harness, certificates: Certificates, tmp_path: Path
) -> None:
    sock, plain, relay = listening(), tmp_path / "api.sock", tmp_path / "relay.sock"
    port = sock.getsockname()[1]
    trust = trusting(certificates)
    listeners = [
        Listener(sock=sock, tls=certificates.server),
        Listener(unix=plain),
        Listener(unix=relay, tls=certificates.server),
    ]
    async with serve(bare.app, listeners):
        assert stat.S_IMODE(plain.stat().st_mode) == 0o600
        async with session() as client:
            answer = await client.get(f"https://127.0.0.1:{port}/api/v1/pods", ssl=trust)
            assert answer.status == 200
        async with session(plain) as client:
            assert (await client.get("http://api/api/v1/pods")).status == 200
        name = "kubernetes.default.svc"
        reader, writer = await asyncio.open_unix_connection(
            str(relay), ssl=trust, server_hostname=name
        )
        writer.write(f"GET /version HTTP/1.1\r\nhost: {name}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
    assert not plain.exists()


async def test_leaving_ends_watches_at_once_and_whole(bare: Harness, tmp_path: Path) -> None:
    plain = tmp_path / "api.sock"
    async with session(plain) as client:
        async with serve(bare.app, [Listener(unix=plain)]):
            watch = await client.get("http://api/api/v1/pods?watch=1")
            assert watch.status == 200
        # The stream was ended properly, not cut: reading to its end raises nothing.
        assert await watch.read() == b""


async def test_a_head_has_a_limit(bare: Harness, tmp_path: Path) -> None:
    plain = tmp_path / "api.sock"
    async with serve(bare.app, [Listener(unix=plain)]):
        reader, writer = await asyncio.open_unix_connection(str(plain))
        writer.write(b"GET / HTTP/1.1\r\nx: " + b"a" * (HEAD_BYTES_MAX + 1))
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 400")
        writer.close()
        # A body may be longer than a head.
        async with session(plain) as client:
            body = b" " * (2 * HEAD_BYTES_MAX)
            answered = await client.post("http://api/api/v1/namespaces", data=body)
            assert answered.status == 415
            assert (await answered.json())["kind"] == "Status"


async def test_a_socket_that_cannot_be_made(bare: Harness, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="cannot make the socket"):
        async with serve(bare.app, [Listener(unix=tmp_path / "no" / "where.sock")]):
            pass


async def test_a_kubelet_is_reached_over_its_socket(bare: Harness, tmp_path: Path) -> None:
    (tmp_path / "n1").mkdir()
    kubelets = UnixKubelets(tmp_path)
    listener = Listener(unix=tmp_path / "n1" / "kubelet.sock")
    async with serve(bare.app, [listener]), kubelets.stream("n1", "/healthz", {}) as answer:
        assert answer.status == 200
        assert b"".join([piece async for piece in answer.pieces]) == b"ok"
    with pytest.raises(KubeletUnreachable, match="no node's name"):
        async with UnixKubelets(tmp_path / "nodes").stream("../n1", "/healthz", {}):
            pass
    with pytest.raises(KubeletUnreachable, match="n2"):
        async with kubelets.stream("n2", "/healthz", {}):
            pass


def test_certificates_are_made_once_and_private(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path, addresses=["127.0.0.1"])
    before = first.server.certificate.read_bytes()
    again = ensure_certificates(tmp_path, addresses=["127.0.0.1"])
    assert again.ca_pem == first.ca_pem
    assert again.server.certificate.read_bytes() == before
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_certificate_is_made_again_for_other_names(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path, addresses=["127.0.0.1"])
    before = first.server.certificate.read_bytes()
    ensure_certificates(tmp_path, addresses=["127.0.0.1", "10.96.0.1"], names=SERVER_NAMES)
    after = first.server.certificate.read_bytes()
    assert after != before
    (tmp_path / "ca.crt").write_bytes(new_authority().certificate_pem)
    (tmp_path / "ca.key").unlink()
    renewed = ensure_certificates(tmp_path, addresses=["127.0.0.1", "10.96.0.1"])
    assert renewed.server.certificate.read_bytes() != after
    trusting(renewed)


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    made = ensure_certificates(tmp_path, addresses=["127.0.0.1"])
    made.server.certificate.write_text("nonsense")
    with pytest.raises(MachineError, match="cannot be used"):
        made.server.context()


async def test_a_long_last_piece_of_a_body_is_no_head(api: Harness, tmp_path: Path) -> None:
    plain = tmp_path / "api.sock"
    body = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "long"},
            "data": {"a": "x" * (HEAD_BYTES_MAX * 2)},
        }
    ).encode()
    head = (
        f"POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: api\r\n"
        f"authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n"
        "expect: 100-continue\r\n\r\n"
    ).encode()
    async with serve(api.app, [Listener(unix=plain)]):
        reader, writer = await asyncio.open_unix_connection(str(plain))
        writer.write(head)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)  # one piece, which also ends it
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert status == b"HTTP/1.1 201 Created\r\n"
