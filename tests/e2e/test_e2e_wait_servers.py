"""Real PostgreSQL and Redis as judges of what the waiter says of them."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e_machine import SEATRIAL, Finished, Following, run

POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# PostgreSQL refuses to run as root.
USER = "postgres" if os.geteuid() == 0 else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait(*words: str) -> Finished:
    return run([SEATRIAL, "wait", "--max-pause=100ms", *words], {}, may_fail=True)


def waiter(*words: str) -> Following:
    return Following([SEATRIAL, "wait", "--max-pause=100ms", *words], {})


@contextmanager
def running(*argv: str, user: str | None = None) -> Iterator[None]:
    """A server, stopped at the end."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, stdin=quiet, stdout=quiet, stderr=quiet, user=user, cwd="/")
    try:
        yield
    finally:
        process.terminate()
        process.wait(40)


@pytest.fixture
def redis() -> str:
    """The path of redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    return program


def test_redis_with_and_without_its_password(redis: str) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with running(redis, "--port", str(port), "--save", "", "--requirepass", "hush"):
        assert wait(f"redis://:hush@{address}").code == 0
        assert wait(f"redis://default:hush@{address}").code == 0
        assert wait(f"redis://{address}").code == 0
        refused = wait(f"redis://:wrong@{address}", "--timeout=300ms")
        assert (refused.code, "WRONGPASS" in refused.err) == (1, True)
        assert "wrong@" not in refused.err
        stranger = wait(f"http://{address}", "--timeout=300ms")
        assert stranger.code == 1


def test_redis_that_loads_is_not_ready_yet(redis: str, tmp_path: Path) -> None:
    port = str(free_port())
    words = (redis, "--port", port, "--dir", str(tmp_path), "--enable-debug-command", "yes")
    with running(*words):
        assert wait(f"redis://127.0.0.1:{port}").code == 0
        with socket.create_connection(("127.0.0.1", int(port)), timeout=40) as connection:
            connection.sendall(b"DEBUG POPULATE 4000 key 500\r\nSAVE\r\n")
            said = b""
            while said.count(b"\n") < 2:
                said += connection.recv(1024)
            assert said == b"+OK\r\n+OK\r\n"
    slow = ("--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024")
    with waiter(f"redis://127.0.0.1:{port}") as following:
        following.until("connection refused")
        with running(*words, *slow):
            following.until("not yet: LOADING ")
            assert following.end() == 0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Path]:
    """A fresh database directory; its programs are beside `initdb`."""
    if not POSTGRES_PROGRAMS:
        pytest.skip("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="st-pg-", dir="/tmp"))
    if USER:
        shutil.chown(home, USER)
    password = home / "password"
    password.write_text("hush")
    password.chmod(0o644)
    subprocess.run(
        [
            POSTGRES_PROGRAMS[0] / "initdb", "-D", home / "data", "-U", "app", "--auth=trust",
            "--pwfile", password, "--no-sync",
        ],
        user=USER, check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    yield home / "data"
    shutil.rmtree(home)


@contextmanager
def postgres_running(data: Path, port: int) -> Iterator[None]:
    words = ("-D", str(data), "-p", str(port), "-k", str(data), "-h", "127.0.0.1")
    with running(str(POSTGRES_PROGRAMS[0] / "postgres"), *words, "-c", "fsync=off", user=USER):
        yield


def test_postgres_takes_connections_of_those_it_knows(postgres: Path) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with waiter(f"postgres://app@{address}/postgres") as following:
        following.until("connection refused")
        with postgres_running(postgres, port):
            assert following.end() == 0
            assert wait(f"postgres://{address}").code == 0
            assert wait(f"postgres://app@{address}/postgres?sslmode=disable").code == 0
            for url, why in (
                (f"postgres://app@{address}/shop", 'database "shop" does not exist (3D000)'),
                (f"postgres://me@{address}", 'role "me" does not exist (28000)'),
                (f"postgres://app@{address}/postgres?sslmode=require", "it does no TLS"),
            ):
                refused = wait(url, "--timeout=300ms")
                assert refused.code == 1
                assert why in refused.err


def test_postgres_that_asks_for_a_password_is_ready(postgres: Path) -> None:
    rules = postgres / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(before.replace("trust", "scram-sha-256"))
    port = free_port()
    with postgres_running(postgres, port):
        assert wait(f"postgres://app:hush@127.0.0.1:{port}/postgres").code == 0
    rules.write_text(before)


def test_postgres_that_recovers_is_not_ready_yet(postgres: Path) -> None:
    port = free_port()
    (postgres / "standby.signal").touch()
    settings = postgres / "postgresql.auto.conf"
    settings.write_text("hot_standby = off\n")
    if USER:
        shutil.chown(postgres / "standby.signal", USER)
    promote: list[str | Path] = [
        POSTGRES_PROGRAMS[0] / "pg_ctl",
        "promote",
        "-D",
        postgres,
        "--no-wait",
    ]
    with (
        waiter(f"postgres://127.0.0.1:{port}", "--timeout=0") as following,
        postgres_running(postgres, port),
    ):
        following.until("(57P03)")
        subprocess.run(promote, user=USER, check=True, capture_output=True, cwd="/")
        assert following.end() == 0
