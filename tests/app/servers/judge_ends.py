"""Ends that are not the happy one: the limit is reached, a second SIGTERM comes, no Kubernetes.

Does: brings a server into a request that takes far longer than anybody waits, ends it, and says how
and when it was gone, and whether it left a process behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge_http import Connection, request
from judge_process import Process, started

ENDLESS_PATH: Final = "/slow?s=60"
SECOND_AFTER_S: Final = 0.3
REAPED_LOOKS, REAPED_LOOK_S = 60, 0.05
"""How long the kernel may take to end what was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a server ended: exit code as its parent sees it, seconds from SIGTERM, who is left."""

    exit_code: int | None
    exit_s: float
    left_behind: tuple[str, ...]


async def judge_end(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    workers: int = 1,
    is_busy: bool = True,
    is_hurried: bool = False,
) -> Ended:
    """Start, be busy with an endless request or not, SIGTERM, perhaps once more."""
    async with started(command, environment=environment) as process:
        await process.wait_ready(workers)
        connection = Connection(process.port)
        try:
            if is_busy:
                await connection.connect()
                await connection.send(request(ENDLESS_PATH))
                await process.notes.wait("slow")
            return await _ended(process, is_hurried=is_hurried)
        finally:
            connection.close()


async def _ended(process: Process, *, is_hurried: bool) -> Ended:
    loop = asyncio.get_running_loop()
    term_s = loop.time()
    process.terminate()
    if is_hurried:
        await asyncio.sleep(SECOND_AFTER_S)
        process.terminate()
    code = await process.wait_end()
    took_s = loop.time() - term_s
    return Ended(exit_code=code, exit_s=took_s, left_behind=await left_behind(process.pid))


async def left_behind(session: int) -> tuple[str, ...]:
    """Command lines of the processes that still live in this session, once init had its time."""
    for _ in range(REAPED_LOOKS):
        found = _members(session)
        if not found:
            break
        await asyncio.sleep(REAPED_LOOK_S)
    return found


def _members(session: int) -> tuple[str, ...]:
    return tuple(
        line for folder in Path("/proc").glob("[0-9]*") if (line := _alive(folder, session))
    )


def _alive(folder: Path, session: int) -> str | None:
    """The command line, if the process lives and is of this session."""
    try:
        state, _parent, _group, of_session = (
            (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        )
        line = (folder / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return None  # gone while we looked
    return f"{folder.name} {line}" if int(of_session) == session and state not in "ZX" else None
