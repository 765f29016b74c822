"""A server process on trial: started on a free port, watched, and never left behind.

Does: starts the command in a session of its own, waits until each of its workers has said that it
is up and one request was answered, sends SIGTERM to the first process only (as the kubelet does),
and kills the whole session at the end.
Holds: no process of a trial outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Final

from judge_http import Connection, request
from judge_tls import make_tls

START_LIMIT_S: Final = 45.0
"""Two cores shared by several subjects: a framework may take seconds to import."""
RETRY_S: Final = 0.02
"""Between two attempts to connect: a refused connection leaves no event to wait for."""
EXIT_LIMIT_S: Final = 20.0
"""A server still there so long after SIGTERM is killed, and its exit cell says so."""
APPS: Final = Path(__file__).with_name("apps")


class StartError(Exception):
    """The server never came up; the message holds what it printed."""


class Notes:
    """Words that the application on trial sends to the judge (apps/app_notes.py)."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(path))
        self._seen: set[str] = set()

    async def wait(self, word: str, count: int = 1) -> None:
        """Until ``count`` different processes have sent ``word``."""
        while sum(note.split()[0] == word for note in self._seen) < count:
            data = await asyncio.get_running_loop().sock_recv(self._socket, 4096)
            self._seen.add(data.decode())

    def pids(self, word: str) -> tuple[int, ...]:
        """The processes that have sent ``word`` so far."""
        return tuple(int(note.split()[1]) for note in self._seen if note.split()[0] == word)

    def close(self) -> None:
        self._socket.close()


class Process:
    """The running server: its port, its notes, its end. Its ``pid`` is also its session's."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        *,
        port: int,
        notes: Notes,
        log: Path,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = port
        self._tls = tls
        self.notes = notes
        self.pid = process.pid
        self._process = process
        self._log = log

    def connection(self) -> Connection:
        """A new connection to the server, not connected yet."""
        return Connection(self.port, self._tls)

    async def wait_ready(self, workers: int) -> None:
        """Until every worker is up and a request was answered."""
        await self._before_its_end(self._answered(workers))

    async def wait_up(self, workers: int) -> None:
        """Until every worker says that it is up."""
        await self._before_its_end(self.notes.wait("up", workers))

    async def _before_its_end(self, condition: Coroutine[None, None, None]) -> None:
        holds = asyncio.ensure_future(condition)
        ended = asyncio.ensure_future(self._process.wait())
        both = {holds, ended}
        await asyncio.wait(both, timeout=START_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        for waiting in both:
            waiting.cancel()
        if not holds.done():
            raise StartError(f"ended or hung before it was up:\n{self.printed()}")
        await holds

    async def _answered(self, workers: int) -> None:
        await self.notes.wait("up", workers)
        while not await self._answers():  # noqa: ASYNC110 - nothing tells when a port opens
            await asyncio.sleep(RETRY_S)

    async def _answers(self) -> bool:
        connection = self.connection()
        try:
            await connection.connect()
            await connection.send(request().replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return await connection.read() is not None
        except (ConnectionError, EOFError, ssl.SSLError):
            return False
        finally:
            connection.close()

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def wait_end(self) -> int | None:
        """The exit code; None when it had to be killed."""
        try:
            async with asyncio.timeout(EXIT_LIMIT_S):
                return await self._process.wait()
        except TimeoutError:
            return None

    def printed(self) -> str:
        return self._log.read_text(errors="replace")

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


@contextlib.asynccontextmanager
async def started(
    command: Sequence[str], *, environment: Mapping[str, str], secure: bool = False
) -> AsyncIterator[Process]:
    """Run ``command`` with ``{port}`` and ``{folder}`` filled in; end it on leaving.

    ``secure``: there are ``cert.pem`` and ``key.pem`` in the folder, and clients speak TLS.
    """
    with tempfile.TemporaryDirectory(prefix="judge-") as name:
        folder = Path(name)
        notes = Notes(folder / "notes")
        port = free_port()
        log = folder / "log"
        tls = make_tls(folder) if secure else None
        words = [word.format(port=port, folder=folder) for word in command]
        with log.open("wb") as output:
            raw = await asyncio.create_subprocess_exec(
                *words,
                cwd=APPS,
                env=os.environ | dict(environment) | {"JUDGE_NOTES": str(folder / "notes")},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process = Process(raw, port=port, notes=notes, log=log, tls=tls)
        try:
            yield process
        finally:
            await process.end()
            notes.close()


def free_port() -> int:
    """A port that was free a moment ago, outside the range the kernel gives to clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
