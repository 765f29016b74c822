"""Attempts against servers that say exactly what a test wants, on loopback."""

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from seatrial.waiter.attempts import attempt
from seatrial.waiter.cluster import Api, account_api
from seatrial.waiter.targets import Defaults, Object, Trust, parse_target
from seatrial.waiter.urls import TargetError
from seatrial.waiter.verdicts import READY, State, Verdict, not_yet

# Nothing here is expected to come near it.
LIMIT_S = 20.0
ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
ASKS_FOR_PASSWORD = b"R\0\0\0\x08\0\0\0\x03"

Handler = Callable[[socket.socket], None]


@contextmanager
def server(*handlers: Handler) -> Iterator[int]:
    """A port that treats its first connection with the first handler, and so on."""
    failures: list[Exception] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)

        def serve() -> None:
            for handle in handlers:
                try:
                    connection, _ = listener.accept()
                    connection.settimeout(LIMIT_S)
                    with connection:
                        handle(connection)
                except Exception as error:  # noqa: BLE001 - raised by the test below
                    failures.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert not failures, failures


def exchange(connection: socket.socket, wanted: bytes, answer: bytes) -> None:
    """Read until `wanted` has come, then answer."""
    received = b""
    while wanted not in received:
        data = connection.recv(65536)
        assert data, f"ended after {received!r}"
        received += data
    connection.sendall(answer)


def say(wanted: bytes, answer: bytes) -> Handler:
    """A handler of one exchange."""
    return lambda connection: exchange(connection, wanted, answer)


def look(text: str, defaults: Defaults | None = None) -> Verdict:
    """One attempt."""
    target = parse_target(text, defaults or Defaults())
    return attempt(target, LIMIT_S, api=None, report=lambda verdict: None)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_port_that_takes_connections_is_ready() -> None:
    with server(lambda connection: None) as port:
        assert look(f"tcp://127.0.0.1:{port}") == READY
    assert look(f"tcp://127.0.0.1:{free_port()}") == not_yet("connection refused")


def test_a_name_resolves_or_not() -> None:
    assert look("dns://localhost") == READY
    verdict = look("dns://nobody.invalid")
    assert verdict.state is State.NOT_YET
    assert verdict.reason.startswith("cannot resolve nobody.invalid: ")
    assert look("tcp://nobody.invalid:80").reason.startswith("cannot resolve nobody.invalid: ")


def test_a_page_answers_in_pieces() -> None:
    def slowly(connection: socket.socket) -> None:
        exchange(connection, b"GET /live HTTP/1.1\r\nHost: 127.0.0.1:", b"HTTP/1.1 2")
        connection.sendall(b"00 OK\r\n\r\nall is")
        connection.sendall(b" well")

    with server(slowly) as port:
        assert look(f"http://127.0.0.1:{port}/live#contains=is+well") != READY
    with server(slowly) as port:
        assert look(f"http://127.0.0.1:{port}/live#contains=is%20well") == READY


def test_a_server_that_hangs_up_is_not_yet() -> None:
    with server(say(b"\r\n\r\n", b"")) as port:
        verdict = look(f"http://127.0.0.1:{port}")
    assert verdict == not_yet("the server closed the connection without an answer")


def test_a_server_that_says_nothing_is_given_up_after_the_limit() -> None:
    done = threading.Event()

    def silent(connection: socket.socket) -> None:
        assert done.wait(LIMIT_S)

    with server(silent) as port:
        target = parse_target(f"http://127.0.0.1:{port}", Defaults())
        verdict = attempt(target, 0.05, api=None, report=lambda verdict: None)
        done.set()
    assert verdict == not_yet("no answer in time")


def test_redis_is_asked_with_its_password() -> None:
    with server(say(b"PING\r\n", b"+OK\r\n+PONG\r\n")) as port:
        assert look(f"redis://:hush@127.0.0.1:{port}") == READY
    with server(say(b"PING\r\n", b"-LOADING Redis is loading the dataset\r\n")) as port:
        verdict = look(f"redis://127.0.0.1:{port}")
    assert verdict == not_yet("LOADING Redis is loading the dataset")


def postgres(offer: bytes, *, tls: ssl.SSLContext | None = None) -> Handler:
    """A server that answers the wish for TLS with `offer` and then asks for a password."""

    def handle(connection: socket.socket) -> None:
        exchange(connection, SSL_REQUEST, offer)
        if tls is not None:
            with tls.wrap_socket(connection, server_side=True) as secured:
                exchange(secured, b"user\0app\0", ASKS_FOR_PASSWORD)
        elif offer == b"N":
            exchange(connection, b"user\0app\0", ASKS_FOR_PASSWORD)

    return handle


def test_postgres_without_tls() -> None:
    with server(postgres(b"N")) as port:
        assert look(f"postgres://app@127.0.0.1:{port}") == READY
    with server(say(b"user\0app\0", ASKS_FOR_PASSWORD)) as port:
        assert look(f"postgres://app@127.0.0.1:{port}?sslmode=disable") == READY
    with server(say(SSL_REQUEST, b"N")) as port:
        verdict = look(f"postgres://app@127.0.0.1:{port}?sslmode=require")
    assert verdict == not_yet("it does no TLS, which sslmode=require wants")


def test_what_is_no_postgres_is_said_so() -> None:
    with server(say(SSL_REQUEST, b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert look(f"postgres://127.0.0.1:{port}") == not_yet("it does not speak PostgreSQL")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(encoding) + private)
    return path


@pytest.fixture(scope="module")
def server_tls(authority: Path) -> ssl.SSLContext:
    """A server's side of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    return context


def secured(tls: ssl.SSLContext, handle: Handler) -> Handler:
    """The same inside TLS."""

    def outer(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as inner:
            handle(inner)

    return outer


def refused_handshake(tls: ssl.SSLContext) -> Handler:
    """A client that does not trust us leaves in the middle."""

    def outer(connection: socket.socket) -> None:
        with pytest.raises(OSError):  # noqa: PT011 - reset or alert, as the machines please
            tls.wrap_socket(connection, server_side=True).recv(1)

    return outer


def test_a_certificate_is_verified_unless_asked_otherwise(
    authority: Path, server_tls: ssl.SSLContext
) -> None:
    page = secured(server_tls, say(b"\r\n\r\n", ANSWERED))
    with server(refused_handshake(server_tls)) as port:
        verdict = look(f"https://localhost:{port}")
    assert verdict.state is State.NOT_YET
    assert verdict.reason.startswith("its certificate is not trusted: self")
    for trust in (Trust(ca=str(authority)), Trust(is_insecure=True)):
        with server(page) as port:
            assert look(f"https://localhost:{port}", Defaults(trust=trust)) == READY


def test_what_speaks_no_tls_is_said_so() -> None:
    with server(
        lambda connection: exchange(connection, b"\x16", b"HTTP/1.1 400 Bad\r\n\r\n")
    ) as port:
        assert look(f"https://localhost:{port}").reason.startswith("TLS: ")


def test_a_certificate_for_another_name_is_not_trusted(
    authority: Path, server_tls: ssl.SSLContext
) -> None:
    with server(refused_handshake(server_tls)) as port:
        verdict = look(f"https://127.0.0.1:{port}", Defaults(trust=Trust(ca=str(authority))))
    assert "IP address mismatch" in verdict.reason


@pytest.mark.parametrize(
    ("mode", "trusts"), [("prefer", False), ("require", False), ("verify-full", True)]
)
def test_postgres_with_tls(
    authority: Path, server_tls: ssl.SSLContext, mode: str, trusts: bool
) -> None:
    defaults = Defaults(trust=Trust(ca=str(authority) if trusts else ""))
    with server(postgres(b"S", tls=server_tls)) as port:
        assert look(f"postgres://app@localhost:{port}?sslmode={mode}", defaults) == READY


POD = {"metadata": {"name": "db"}, "status": {"phase": "Running"}}
READY_POD = {**POD, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
FAILED_JOB = {"status": {"conditions": [{"type": "Failed", "status": "True", "reason": "Limit"}]}}


def listed(*items: dict[str, Any]) -> bytes:
    """A list's answer."""
    body = json.dumps({"metadata": {"resourceVersion": "41"}, "items": items}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def chunk(event: dict[str, Any]) -> bytes:
    """A watch's line as a chunk."""
    line = json.dumps(event).encode() + b"\n"
    return b"%x\r\n%b\r\n" % (len(line), line)


WATCHING = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def follow(port: int, text: str) -> tuple[Verdict, list[str]]:
    """One attempt at an object; what it said before its last word."""
    said: list[Verdict] = []
    api = Api("127.0.0.1", port, "shop", lambda: [("Authorization", "Bearer t0ken")], tls=None)
    target = parse_target(text, Defaults(namespace="shop"))
    verdict = attempt(target, LIMIT_S, api=api, report=said.append)
    return verdict, [each.reason for each in said]


def test_a_pod_is_listed_and_then_watched() -> None:
    pods = b"GET /api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Ddb"
    asks = [say(pods + b" HTTP/1.1\r\n", listed())]

    def watch(connection: socket.socket) -> None:
        exchange(connection, pods + b"&watch=1&resourceVersion=41", WATCHING)
        whole = chunk({"type": "ADDED", "object": POD})
        connection.sendall(whole[:9])
        connection.sendall(whole[9:] + chunk({"type": "MODIFIED", "object": READY_POD}) + END)

    with server(*asks, watch) as port:
        verdict, said = follow(port, "pod/db")
    assert verdict == READY
    assert said == ["there is no such pod in namespace shop", "Running"]


def test_the_api_server_is_told_who_we_are() -> None:
    with server(say(b"Authorization: Bearer t0ken\r\n", listed(READY_POD))) as port:
        assert follow(port, "pod/db") == (READY, [])


def test_a_failed_job_ends_the_watch() -> None:
    jobs = b"GET /apis/batch/v1/namespaces/ops/jobs?fieldSelector=metadata.name%3Dmigrate"
    failed = WATCHING + chunk({"type": "MODIFIED", "object": FAILED_JOB})
    with server(say(jobs, listed({})), say(b"&watch=1", failed)) as port:
        verdict, said = follow(port, "job/ops/migrate")
    assert verdict == Verdict(State.NEVER, "it has failed: Limit")
    assert said == ["pods: active 0, succeeded 0, failed 0"]


def test_a_watch_that_ends_leaves_the_last_state() -> None:
    cut = WATCHING + chunk({"type": "DELETED", "object": POD})
    with server(say(b"GET", listed(POD)), say(b"&watch=1", cut)) as port:
        assert follow(port, "pod/db")[0] == not_yet("it was deleted")
    too_old = WATCHING + chunk({"type": "ERROR", "object": {"code": 410, "message": "too old"}})
    with server(say(b"GET", listed(POD)), say(b"&watch=1", too_old + END)) as port:
        assert follow(port, "pod/db")[0] == not_yet("too old")


def test_a_forbidden_list_names_the_role() -> None:
    body = json.dumps({"kind": "Status", "message": "pods is forbidden"}).encode()
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with server(say(b"GET", refusal)) as port:
        verdict, _ = follow(port, "pod/db")
    assert verdict.state is State.NOT_YET
    assert "a Role in namespace shop" in verdict.reason


def test_what_is_no_api_server_is_said_so() -> None:
    with server(say(b"GET", b"HTTP/1.1 200 OK\r\n\r\nhello")) as port:
        assert follow(port, "pod/db")[0].reason.startswith("it answers nonsense: ")
    with server(say(b"GET", b"")) as port:
        assert "without an answer" in follow(port, "pod/db")[0].reason


def test_a_service_account_is_the_pods_own(tmp_path: Path) -> None:
    for name, text in (("token", "one\n"), ("namespace", "shop"), ("ca.crt", "")):
        (tmp_path / name).write_text(text)
    assert account_api({}, str(tmp_path)) is None
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    api = account_api(environment, str(tmp_path))
    assert api is not None
    assert (api.host, api.port, api.namespace) == ("fd00::1", 6443, "shop")
    assert api.headers() == [("Authorization", "Bearer one")]
    (tmp_path / "token").write_text("two")
    assert api.headers() == [("Authorization", "Bearer two")]


def test_a_pod_without_a_service_account_is_told_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="set automountServiceAccountToken: true"):
        account_api({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, str(tmp_path))


def test_a_token_that_vanished_is_not_yet(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one")
    (tmp_path / "namespace").write_text("shop")
    with server(lambda connection: None) as port:
        environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)}
        api = account_api(environment, str(tmp_path))
        assert api is not None
        target = Object("pod/a", "pod", "shop", "a")
        verdict = attempt(
            target, LIMIT_S, api=api._replace(tls=None, headers=partial(_vanished, tmp_path)),
            report=lambda verdict: None,
        )  # fmt: skip
    assert verdict == not_yet(f"{tmp_path}/gone: no such file or directory")


def _vanished(directory: Path) -> list[tuple[str, str]]:
    return [("Authorization", (directory / "gone").read_text())]
