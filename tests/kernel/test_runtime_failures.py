"""What the real runtime does when something breaks below it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.kit.journal import Journal
from seatrial.runtime.interface import (
    CannotStart,
    ContainerSpec,
    ExecFailure,
    HostRoot,
    Mount,
    RuntimeFailure,
    SandboxSpec,
)
from seatrial.runtime.process.plan import Ground, Steps, plan_container
from seatrial.runtime.process.runtime import ProcessRuntime, ProcessRuntimeConfig

pytestmark = pytest.mark.kernel

LIMIT_S = 30.0


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[ProcessRuntime]:
    if os.geteuid() != 0:
        pytest.skip("needs root; tests/kernel/test_runtime_process.py is for everybody")
    config = ProcessRuntimeConfig(tmp_path / "runtime", rootless=False)
    runtime = ProcessRuntime(config, Journal())
    try:
        await runtime.open()
        await runtime.create_sandbox(SandboxSpec("sandbox", "web-0"))
        yield runtime
    finally:
        await runtime.aclose()
    assert not config.state.exists()


def spec(id_: str, place: Path, *argv: str) -> ContainerSpec:
    return ContainerSpec(id_, "sandbox", HostRoot(), argv, place / f"{id_}.log")


def children() -> set[int]:
    """Our own children, as /proc has them."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(pid) for pid in path.read_text().split()}


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def traces(place: Path) -> list[object]:
    """Everything that a runtime could leave."""
    files = {path.name for path in place.iterdir()} - {"one.log", "two.log"}
    mounts = Path("/proc/self/mountinfo").read_text()
    return [sorted(os.listdir("/proc/self/fd")), mounts, children(), files]


async def test_a_lost_spawner_takes_its_containers_with_it(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    running = await runtime.start(spec("web", tmp_path, "sleep", "600"))
    alive = os.pidfd_open(running.pid)
    (spawner,) = (pid for pid in children() if b"spawner" in command_of(pid))
    os.kill(spawner, signal.SIGKILL)
    async with asyncio.timeout(LIMIT_S):
        ended = await runtime.wait("web")
    assert (ended.code, ended.signal) == (137, 9)
    gone, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(alive, gone.set)
    async with asyncio.timeout(LIMIT_S):
        await gone.wait()
    loop.remove_reader(alive)
    os.close(alive)
    with pytest.raises(RuntimeFailure, match="spawner"):
        await runtime.create_sandbox(SandboxSpec("other", "web-1"))


async def test_close_leaves_no_process_descriptor_or_file(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    before = traces(tmp_path)
    runtime = ProcessRuntime(ProcessRuntimeConfig(tmp_path / "state", False), Journal())
    await runtime.open()
    await runtime.create_sandbox(SandboxSpec("sandbox", "web-0"))
    for name in ("one", "two"):
        await runtime.start(spec(name, tmp_path, "sh", "-c", "echo x >/etc/x; sleep 600"))
    await runtime.exec("one", ["true"], timeout_s=LIMIT_S)
    await runtime.aclose()
    assert traces(tmp_path) == before


async def test_any_step_may_fail(
    runtime: ProcessRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first, the second, ... the last: each is explained, and nothing is left of it."""
    at, steps_count = 0, 1

    def broken(container: ContainerSpec, ground: Ground, *, hostname: str) -> Steps:
        nonlocal steps_count
        steps = plan_container(container, ground, hostname=hostname)
        steps_count = len(steps)
        return [*steps[:at], ["device", "/no/such/thing", 1, 3], *steps[at:]]

    monkeypatch.setattr("seatrial.runtime.process.runtime.plan_container", broken)
    while at < steps_count:
        with pytest.raises(CannotStart, match="device: no such file or directory"):
            await runtime.start(spec(f"web{at}", tmp_path, "true"))
        at += 1
    assert steps_count > 30
    monkeypatch.undo()
    assert list((tmp_path / "runtime/containers").iterdir()) == []
    await runtime.start(spec("web", tmp_path, "true"))
    assert (await runtime.wait("web")).code == 0


async def test_what_a_killed_node_left_is_deleted(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    left = tmp_path / "state/containers/old/0.work/work"  # as the kernel leaves it
    left.mkdir(parents=True)
    left.chmod(0)
    runtime = ProcessRuntime(ProcessRuntimeConfig(tmp_path / "state", False), Journal())
    try:
        await runtime.open()
        assert list((tmp_path / "state/containers").iterdir()) == []
    finally:
        await runtime.aclose()


async def test_exec_in_a_container_that_just_ended(runtime: ProcessRuntime, tmp_path: Path) -> None:
    await runtime.start(spec("web", tmp_path, "sleep", "600"))
    await runtime.signal("web", signal.SIGKILL)
    # The command may come before the signal does, with it or after it; it never hangs.
    with contextlib.suppress(ExecFailure):
        ran = await runtime.exec("web", ["true"], timeout_s=LIMIT_S)
        assert ran.code in (0, 128 + signal.SIGKILL)
    await runtime.wait("web")
    with pytest.raises(ExecFailure, match="not running"):
        await runtime.exec("web", ["true"], timeout_s=LIMIT_S)


async def test_a_cancelled_command_is_killed(runtime: ProcessRuntime, tmp_path: Path) -> None:
    pipe = tmp_path / "up"
    os.mkfifo(pipe)
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    container = replace(spec("web", tmp_path, "sleep", "600"), mounts=(Mount("/up", pipe),))
    await runtime.start(container)
    # The command alone can write into the pipe: its first line says that it runs, the end that
    # it does no more.
    command = ["sh", "-c", "exec 3>/up; echo up >&3; exec sleep 600"]
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        running = group.create_task(runtime.exec("web", command, timeout_s=None))
        assert await read_once(read) == b"up\n"
        running.cancel()
        assert await read_once(read) == b""
    os.close(read)


async def read_once(descriptor: int) -> bytes:
    """What is read when there is something, or the end."""
    ready, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(descriptor, ready.set)
    await ready.wait()
    loop.remove_reader(descriptor)
    return os.read(descriptor, 100)
