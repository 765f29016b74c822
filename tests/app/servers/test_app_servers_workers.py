"""What holds the exit, in worker processes; and what becomes of workers that lose each other."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

import pytest
from judge_ends import left_behind
from judge_http import Connection, name_outcome, request
from judge_process import Process, free_port, started
from judge_subjects import ENVIRONMENT, Command, gunicorn, script

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

WORK_PATH: Final = "/work?s=1.5"
SHORT_WINDOW: Final = {"SEATRIAL_DRAIN_WINDOW": "300ms"}
LONG_WINDOW: Final = {"SEATRIAL_DRAIN_WINDOW": "3s"}

WORKING: Final[dict[str, Command]] = {
    "gunicorn-sync": gunicorn("app_work:wsgi", mended=True),
    "gunicorn-gthread": gunicorn("app_work:wsgi", "-k", "gthread", "--threads", "4", mended=True),
    "gunicorn-asgi": gunicorn("app_work:asgi", "-k", "asgi", mended=True),
    "hypercorn": script("mended_hypercorn.py", "app_work:asgi", "1"),
    "hypercorn-wsgi": script("mended_hypercorn.py", "app_work:wsgi", "1"),
    "granian-asgi": script("mended_granian.py", "app_work:asgi", "asgi", "1"),
    "granian-wsgi": script("mended_granian.py", "app_work:wsgi", "wsgi", "1"),
    "granian-rsgi": script("mended_granian.py", "app_work:rsgi", "rsgi", "1"),
}
TWO_WORKERS: Final[dict[str, Command]] = {
    "hypercorn": script("mended_hypercorn.py", "app_asgi:app", "2"),
}


@pytest.mark.parametrize("command", WORKING.values(), ids=WORKING)
async def test_registered_work_is_awaited(command: Command) -> None:
    async with started(command, environment=ENVIRONMENT | SHORT_WINDOW) as process:
        await process.wait_ready(1)
        assert (await ask(process, WORK_PATH)).startswith("200")
        await process.notes.wait("working")
        process.terminate()
        assert await process.wait_end() == 0
        async with asyncio.timeout(1.0):  # sent before the end, if it was sent at all
            await process.notes.wait("worked")


@pytest.mark.parametrize("command", WORKING.values(), ids=WORKING)
async def test_the_probe_port_is_ready_while_the_server_serves_on(command: Command) -> None:
    probes = free_port()
    environment = ENVIRONMENT | LONG_WINDOW | {"SEATRIAL_PROBE_PORT": str(probes)}
    async with started(command, environment=environment) as process:
        await process.wait_ready(1)
        for path in ("/readyz", "/livez"):
            assert (await ask_port(probes, path)).startswith("200")
        process.terminate()
        async with asyncio.timeout(3.0):
            while await ask(process, "/") != "200 + close":
                pass
        assert (await ask_port(probes, "/readyz")).startswith("200")
        process.terminate()  # the second: nobody has to wait for the window


async def test_rsgi_answers_close_while_draining() -> None:
    async with started(WORKING["granian-rsgi"], environment=ENVIRONMENT | LONG_WINDOW) as process:
        await process.wait_ready(1)
        assert await ask(process, "/") == "200"
        process.terminate()
        async with asyncio.timeout(3.0):
            while await ask(process, "/") != "200 + close":
                pass
        assert await process.wait_end() == 0


async def test_a_gunicorn_worker_killed_while_draining_is_replaced_and_its_successor_drains() -> (
    None
):
    command = gunicorn("app_wsgi:app", "-k", "gthread", "--threads", "4", mended=True)
    async with started(command, environment=ENVIRONMENT | LONG_WINDOW) as process:
        await process.wait_ready(1)
        (worker,) = process.notes.pids("up")
        process.terminate()
        os.kill(worker, signal.SIGKILL)
        await process.notes.wait("up", 2)
        assert await ask(process, "/") == "200 + close"
        assert await process.wait_end() == 0
        assert await left_behind(process.pid) == ()


@pytest.mark.parametrize("command", TWO_WORKERS.values(), ids=TWO_WORKERS)
async def test_workers_whose_parent_was_killed_drain_and_leave(command: Command) -> None:
    async with started(command, environment=ENVIRONMENT | SHORT_WINDOW) as process:
        await process.wait_ready(2)
        os.kill(process.pid, signal.SIGKILL)
        assert await process.wait_end() == -signal.SIGKILL
        assert await left_behind(process.pid) == ()


@pytest.mark.parametrize("command", TWO_WORKERS.values(), ids=TWO_WORKERS)
async def test_a_worker_that_fails_takes_the_others_with_it(command: Command) -> None:
    async with started(command, environment=ENVIRONMENT | SHORT_WINDOW) as process:
        await process.wait_ready(2)
        os.kill(process.notes.pids("up")[0], signal.SIGKILL)
        assert await process.wait_end() == 128 + signal.SIGKILL
        assert await left_behind(process.pid) == ()


async def ask(process: Process, path: str) -> str:
    return await ask_port(process.port, path)


async def ask_port(port: int, path: str) -> str:
    return await name_outcome(Connection(port), request(path), connect=True)
