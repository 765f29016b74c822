"""`seatrial-app run` as a process: start it, ask it, signal it, read what it says."""

import contextlib
import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

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


class Start(Protocol):
    """Start one; PUBLIC in a word is the port that it is given."""

    def __call__(
        self,
        *options: str,
        command: tuple[str, ...] = ...,
        kubernetes: bool = ...,
        wait_up: bool = ...,
        **environ: str,
    ) -> Run: ...


@contextlib.contextmanager
def starting(directory: Path, prefix: tuple[str, ...] = ()) -> Iterator[Start]:
    """Start `seatrial-app run`; whatever is left of it at the end is killed."""
    with contextlib.ExitStack() as stack:

        def go(
            *options: str,
            command: tuple[str, ...] = (sys.executable, "-c", SERVER),
            kubernetes: bool = True,
            wait_up: bool = True,
            **environ: str,
        ) -> Run:
            port = free_port()
            log = directory / f"log-{port}"
            words = [word.replace("PUBLIC", str(port)) for word in (*options, "--", *command)]
            env = {k: v for k, v in os.environ.items() if not k.startswith("KUBERNETES_")}
            env |= {"PORT": str(port), **environ}
            env |= {"KUBERNETES_SERVICE_HOST": "10.96.0.1"} if kubernetes else {}
            process = stack.enter_context(
                subprocess.Popen(
                    [*prefix, sys.executable, "-m", "seatrial_app", "run", *words],
                    env=env,
                    stderr=stack.enter_context(log.open("w")),
                    stdout=subprocess.DEVNULL,
                    cwd=directory,
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


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def zombies(pid: int) -> list[int]:
    """Its children that ended and were not waited for."""
    return [child for child in children(pid) if not is_alive(child)]


def self_signed(directory: Path) -> tuple[Path, Path]:
    """Files with a key and a certificate for localhost."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(tz=datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (directory / "certificate.pem").write_bytes(pem)
    return directory / "key.pem", directory / "certificate.pem"
