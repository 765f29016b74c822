"""TLS as a kubeconfig asks for it: the right authority, the right name, or no connection."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from seatrial.client.errors import TransportError
from seatrial.client.kubeconfig import load, merge_context
from seatrial.client.tls import client_context
from seatrial.client.transport.http import HttpTransport
from seatrial.client.transport.interface import Request
from seatrial.kit.errors import UsageError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)


def self_signed(name: str) -> tuple[bytes, bytes]:
    """A certificate for `name` that is its own authority, and its key; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_BEFORE + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    return self_signed("localhost")


@pytest.fixture
async def port(pair: tuple[bytes, bytes], tmp_path: Path) -> AsyncIterator[int]:
    file = tmp_path / "server.pem"
    file.write_bytes(pair[0] + pair[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def status_through(path: Path) -> int:
    transport = HttpTransport(load(path))
    try:
        return (await transport.send(Request("GET", "/version"))).status
    finally:
        await transport.aclose()


def kubeconfig(tmp_path: Path, port: int, ca_pem: bytes, **more: object) -> Path:
    path = tmp_path / "config"
    merge_context(path, "c", server=f"https://localhost:{port}", ca_pem=ca_pem, token="t")
    config = yaml.safe_load(path.read_text())
    config["clusters"][0]["cluster"] |= more
    path.write_text(yaml.safe_dump(config))
    return path


async def test_the_right_authority(tmp_path: Path, port: int, pair: tuple[bytes, bytes]) -> None:
    assert await status_through(kubeconfig(tmp_path, port, pair[0])) == 200


async def test_another_authority_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(TransportError, match="certificate"):
        await status_through(kubeconfig(tmp_path, port, self_signed("localhost")[0]))


async def test_another_name_is_refused_unless_it_is_asked_for(
    tmp_path: Path, port: int, pair: tuple[bytes, bytes]
) -> None:
    server = f"https://127.0.0.1:{port}"
    with pytest.raises(TransportError, match="certificate"):
        await status_through(kubeconfig(tmp_path, port, pair[0], server=server))
    named = {"server": server, "tls-server-name": "localhost"}
    assert await status_through(kubeconfig(tmp_path, port, pair[0], **named)) == 200


async def test_verification_can_be_skipped(tmp_path: Path, port: int) -> None:
    path = kubeconfig(tmp_path, port, b"", **{"insecure-skip-tls-verify": True})
    assert await status_through(path) == 200


def test_a_client_certificate_must_fit_its_key(pair: tuple[bytes, bytes]) -> None:
    client_context(certificate_pem=pair[0], key_pem=pair[1])
    with pytest.raises(UsageError, match="do not fit together"):
        client_context(certificate_pem=pair[0], key_pem=self_signed("other")[1])
    with pytest.raises(UsageError, match="authority is not a PEM"):
        client_context(ca_pem=base64.b64encode(b"nonsense"))
