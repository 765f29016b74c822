"""What every Runtime must do. A test module gives a `harness` fixture and inherits the suite:

    class TestFake(RuntimeSuite):
        @pytest.fixture
        def harness(self) -> ...

A harness says how a container of this runtime is told to exit, to wait, to ignore a signal or to
print; beyond that the suite uses nothing but the protocol.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Protocol

import pytest

from seatrial.kit.journal import Entry, Journal
from seatrial.runtime.interface import (
    CannotStart,
    ContainerSpec,
    Exit,
    Runtime,
    SandboxSpec,
    UnknownContainer,
)

LIMIT_S = 30.0  # a test that waits longer than this has failed


class RuntimeHarness(Protocol):
    """One runtime under test, and programs that it can run."""

    runtime: Runtime
    journal: Journal
    # A container that can be started in sandbox "sandbox" but for its id, argv and log.
    template: ContainerSpec

    def exits(self, code: int) -> tuple[str, ...]:
        """A program that ends at once with `code`."""

    def stops(self, code: int) -> tuple[str, ...]:
        """A program that runs until SIGTERM, then ends with `code`."""

    def runs_on(self) -> tuple[str, ...]:
        """A program that runs on after SIGTERM."""

    async def up(self) -> None:
        """Until one more program that `stops` is ready for its signal."""

    def prints(self, lines: Sequence[str]) -> tuple[str, ...]:
        """A program that prints `lines` on standard output and ends."""

    def missing(self) -> tuple[str, ...]:
        """A program that there is not."""

    def answers(self, code: int, output: str) -> tuple[str, ...]:
        """A command that can be run beside one that runs."""

    def hangs(self) -> tuple[str, ...]:
        """A command that can be run beside one that runs and does not end by itself."""


class Bench:
    """A sandbox named "sandbox", and short words for the tests."""

    def __init__(self, harness: RuntimeHarness, place: Path) -> None:
        self.harness = harness
        self.runtime = harness.runtime
        self._place = place

    def spec(self, id_: str, argv: tuple[str, ...]) -> ContainerSpec:
        """A container named after its id."""
        log = self.log(id_)
        return replace(self.harness.template, id=id_, name=id_, argv=argv, log_path=log)

    def log(self, id_: str) -> Path:
        """Where its log is."""
        return self._place / "logs" / f"{id_}.log"

    async def run(self, id_: str, argv: tuple[str, ...]) -> Exit:
        """Start it and wait for its end."""
        await self.runtime.start(self.spec(id_, argv))
        async with asyncio.timeout(LIMIT_S):
            return await self.runtime.wait(id_)

    async def entries(self, kind: str) -> list[Entry]:
        """What the journal has of that kind."""
        entries = [entry async for entry in self.harness.journal.read(follow=False)]
        return [entry for entry in entries if entry["kind"] == kind]


class RuntimeSuite:
    """The contract."""

    @pytest.fixture
    async def bench(self, harness: RuntimeHarness, tmp_path: Path) -> Bench:
        await harness.runtime.create_sandbox(SandboxSpec("sandbox", "web-0"))
        return Bench(harness, tmp_path)

    @pytest.mark.parametrize("code", [0, 1, 42])
    async def test_exit_code_is_told(self, bench: Bench, code: int) -> None:
        ended = await bench.run("web", bench.harness.exits(code))
        assert (ended.code, ended.signal) == (code, 0)
        assert ended.reason == ("Error" if code else "Completed")

    async def test_wait_gives_the_same_answer_each_time(self, bench: Bench) -> None:
        first = await bench.run("web", bench.harness.exits(3))
        assert await bench.runtime.wait("web") == first

    async def test_a_handled_signal_ends_as_the_program_likes(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.stops(7)))
        await bench.harness.up()
        await bench.runtime.signal("web", SIGTERM)
        async with asyncio.timeout(LIMIT_S):
            ended = await bench.runtime.wait("web")
        assert (ended.code, ended.signal) == (7, 0)

    async def test_kill_ends_what_ignores_term(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))
        await bench.runtime.signal("web", SIGTERM)
        await bench.runtime.signal("web", SIGKILL)
        async with asyncio.timeout(LIMIT_S):
            ended = await bench.runtime.wait("web")
        assert (ended.code, ended.signal) == (128 + SIGKILL, SIGKILL)

    async def test_signal_after_the_end_is_no_error(self, bench: Bench) -> None:
        await bench.run("web", bench.harness.exits(0))
        await bench.runtime.signal("web", SIGTERM)
        assert await bench.entries("signal") == []

    async def test_output_is_in_the_log_when_wait_returns(self, bench: Bench) -> None:
        await bench.run("web", bench.harness.prints(["one", "two"]))
        lines = [line.split(" ", 3) for line in bench.log("web").read_text().splitlines()]
        assert [line[1:] for line in lines] == [["stdout", "F", "one"], ["stdout", "F", "two"]]

    async def test_the_journal_tells_the_life(self, bench: Bench) -> None:
        running = await bench.runtime.start(bench.spec("web", bench.harness.stops(0)))
        await bench.harness.up()
        await bench.runtime.signal("web", SIGTERM)
        async with asyncio.timeout(LIMIT_S):
            await bench.runtime.wait("web")
        (start,), (signal,), (end,) = [
            await bench.entries(kind) for kind in ("start", "signal", "exit")
        ]
        assert (start["pid"], signal["signal"]) == (running.pid, "SIGTERM")
        assert (end["code"], end["signal"]) == (0, 0)
        assert start["at"] <= signal["at"] <= end["at"]
        assert {each["container"] for each in (start, signal, end)} == {"web"}

    async def test_missing_program_cannot_start(self, bench: Bench) -> None:
        with pytest.raises(CannotStart):
            await bench.runtime.start(bench.spec("web", bench.harness.missing()))
        with pytest.raises(UnknownContainer):
            await bench.runtime.wait("web")

    async def test_sandbox_must_exist(self, bench: Bench) -> None:
        spec = replace(bench.spec("web", bench.harness.exits(0)), sandbox_id="other")
        with pytest.raises(UnknownContainer):
            await bench.runtime.start(spec)

    async def test_an_id_is_used_once(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))
        with pytest.raises(CannotStart, match="exists already"):
            await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))

    async def test_a_cancelled_start_can_be_removed(self, bench: Bench) -> None:
        spec = bench.spec("web", bench.harness.runs_on())
        async with asyncio.TaskGroup() as group:
            starting = group.create_task(bench.runtime.start(spec))
            await asyncio.sleep(0)
            starting.cancel()
        await bench.runtime.remove("web")
        with pytest.raises(UnknownContainer):
            await bench.runtime.wait("web")
        starts, exits = await bench.entries("start"), await bench.entries("exit")
        assert len(starts) == len(exits)

    async def test_unknown_container(self, bench: Bench) -> None:
        with pytest.raises(UnknownContainer):
            await bench.runtime.wait("web")
        with pytest.raises(UnknownContainer):
            await bench.runtime.signal("web", SIGTERM)
        await bench.runtime.remove("web")

    async def test_exec_gives_code_and_output(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))
        command = bench.harness.answers(3, "not ready")
        result = await bench.runtime.exec("web", command, timeout_s=LIMIT_S)
        assert (result.code, result.output, result.timed_out) == (3, b"not ready", False)

    async def test_exec_is_killed_at_its_limit(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))
        result = await bench.runtime.exec("web", bench.harness.hangs(), timeout_s=0.05)
        assert result.timed_out

    async def test_remove_kills_and_forgets(self, bench: Bench) -> None:
        await bench.runtime.start(bench.spec("web", bench.harness.runs_on()))
        async with asyncio.timeout(LIMIT_S):
            await bench.runtime.remove("web")
        with pytest.raises(UnknownContainer):
            await bench.runtime.wait("web")
        assert [entry["code"] for entry in await bench.entries("exit")] == [137]
        assert bench.log("web").exists()

    async def test_removing_a_sandbox_removes_its_containers(self, bench: Bench) -> None:
        for name in ("web", "side"):
            await bench.runtime.start(bench.spec(name, bench.harness.runs_on()))
        async with asyncio.timeout(LIMIT_S):
            await bench.runtime.remove_sandbox("sandbox")
        assert len(await bench.entries("exit")) == 2
        with pytest.raises(UnknownContainer):
            await bench.runtime.start(bench.spec("late", bench.harness.runs_on()))
        await bench.runtime.remove_sandbox("sandbox")
