"""The schedule: every request of the list around one SIGTERM, in one run.

Does: opens the connections that exist before SIGTERM, sends SIGTERM, plays the rest at its times
side by side, and measures the end of the process.
Does not: judge: a run is a value (judge_cells.Measured).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Final

from judge_cells import (
    CROWD_APART_S,
    CROWD_BEFORE_S,
    CROWD_SIZE,
    IN_FLIGHT_S,
    PROBES,
    Kind,
    Measured,
    of_crowd,
)
from judge_http import Answer, Connection, halves, name_outcome, next_on_idle, request
from judge_process import Process, StartError, started

SETTLE_S: Final = 0.15
"""Between the last connection and SIGTERM: servers accept and read what was sent before it."""
SLOW_PATH: Final = f"/slow?s={IN_FLIGHT_S:g}"

After = Callable[[], Awaitable[str]]
"""What is left of a probe once SIGTERM was sent."""


async def judge_http(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    workers: int = 1,
    window_s: float | None = None,
    secure: bool = False,
) -> Measured:
    """Start the server, play the list, and return what every request got.

    ``window_s``: how long it is said to serve on; a crowd comes when that is over.
    """
    async with started(command, environment=environment, secure=secure) as process:
        await process.wait_ready(workers)
        async with prepared(process) as rest:
            if window_s is not None:
                rest["crowd"] = _crowd(process, window_s)
            await asyncio.sleep(SETTLE_S)
            return await play(process, rest)


async def play(process: Process, rest: Mapping[str, After]) -> Measured:
    """Send SIGTERM and run what is left of each probe at its time."""
    loop = asyncio.get_running_loop()
    term_s = loop.time()
    process.terminate()

    async def at_its_time(key: str, at_s: float) -> str:
        await asyncio.sleep(max(0.0, term_s + at_s - loop.time()))
        return await rest[key]()

    async with asyncio.TaskGroup() as group:
        ended = group.create_task(_end(process, term_s))
        tasks = {
            probe.key: group.create_task(at_its_time(probe.key, probe.at_s))
            for probe in PROBES
            if probe.key in rest
        }
    code, took_s = ended.result()
    cells = {key: task.result() for key, task in tasks.items()}
    return Measured(cells=cells, exit_code=code, exit_s=took_s)


async def _end(process: Process, term_s: float) -> tuple[int | None, float]:
    code = await process.wait_end()
    return code, asyncio.get_running_loop().time() - term_s


@contextlib.asynccontextmanager
async def prepared(process: Process) -> AsyncIterator[dict[str, After]]:
    """Everything that has to exist before SIGTERM.

    The slow request goes before the silent ones: a server with one synchronous worker takes
    connections in the order they come, and it has to be at work when SIGTERM arrives.
    """
    connections: list[Connection] = []

    def connection() -> Connection:
        made = process.connection()
        connections.append(made)
        return made

    try:
        idle, first = await _idle(connection())
        slow = await _in_flight(connection(), process)
        silent = connection()
        await silent.connect()
        half = connection()
        await half.connect()
        begin, rest = halves()
        await half.send(begin)
        fresh = {probe.key: connection() for probe in PROBES if probe.kind is Kind.NEW}
        yield {
            **{key: _new(made) for key, made in fresh.items()},
            "idle": lambda: next_on_idle(idle, first),
            "silent": lambda: name_outcome(silent, request()),
            "half": lambda: name_outcome(half, rest),
            "in_flight": lambda: name_outcome(slow),
        }
    finally:
        for made in connections:
            made.close()


def _crowd(process: Process, window_s: float) -> After:
    async def come() -> str:
        async with asyncio.TaskGroup() as group:
            comers = [group.create_task(_comer(process, at_s)) for at_s in _times(window_s)]
        return of_crowd(comer.result() for comer in comers)

    return come


def _times(window_s: float) -> list[float]:
    return [window_s - CROWD_BEFORE_S + CROWD_APART_S * index for index in range(CROWD_SIZE)]


async def _comer(process: Process, at_s: float) -> str:
    await asyncio.sleep(at_s)
    return await name_outcome(process.connection(), request(), connect=True)


def _new(connection: Connection) -> After:
    return lambda: name_outcome(connection, request(), connect=True)


async def _idle(connection: Connection) -> tuple[Connection, Answer]:
    await connection.connect()
    await connection.send(request())
    answer = await connection.read()
    if answer is None:
        raise StartError("the first request on the connection to be kept got no answer")
    if answer.closes:
        connection.close()
    return connection, answer


async def _in_flight(connection: Connection, process: Process) -> Connection:
    await connection.connect()
    await connection.send(request(SLOW_PATH))
    async with asyncio.timeout(10.0):
        await process.notes.wait("slow")
    return connection
