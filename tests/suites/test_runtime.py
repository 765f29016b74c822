"""The runtime suite on the fake and on real processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from signal import SIGTERM

import pytest

from seatrial.kit.journal import Journal
from seatrial.runtime.interface import ContainerSpec, ExecResult, HostRoot, Mount
from seatrial.runtime.process.runtime import ProcessRuntime, ProcessRuntimeConfig
from seatrial.testing.fakes.runtime import Behaviour, FakeRuntime
from seatrial.testing.suites.runtime import LIMIT_S, RuntimeSuite

TEMPLATE = ContainerSpec("", "sandbox", HostRoot(), (), Path())


class FakeHarness:
    """Programs as data."""

    template = TEMPLATE

    def __init__(self) -> None:
        self.journal = Journal()
        self.runtime = FakeRuntime(self.journal)

    def _program(self, behaviour: Behaviour) -> tuple[str, ...]:
        self.runtime.behave("program", behaviour)
        return ("program",)

    def exits(self, code: int) -> tuple[str, ...]:
        return self._program(Behaviour(exits_after_s=0, exit_code=code))

    def stops(self, code: int) -> tuple[str, ...]:
        return self._program(Behaviour(stop_code=code))

    def runs_on(self) -> tuple[str, ...]:
        return self._program(Behaviour(ignores=frozenset({SIGTERM})))

    async def up(self) -> None:
        """It always is."""

    def prints(self, lines: Sequence[str]) -> tuple[str, ...]:
        return self._program(Behaviour(exits_after_s=0, prints=lines))

    def missing(self) -> tuple[str, ...]:
        return self._program(Behaviour(cannot_start="executable file not found in $PATH"))

    def answers(self, code: int, output: str) -> tuple[str, ...]:
        self.runtime.on_exec("program", ExecResult(code, output.encode()))
        return ("answer",)

    def hangs(self) -> tuple[str, ...]:
        self.runtime.on_exec("program", ExecResult(0, b""), takes_s=60)
        return ("hang",)


class ProcessHarness:
    """Programs as shell scripts of this machine; they say that they are up through a pipe file."""

    def __init__(self, place: Path) -> None:
        self.journal = Journal()
        config = ProcessRuntimeConfig(place / "runtime", rootless=False)
        self.runtime = ProcessRuntime(config, self.journal)
        pipe = place / "up"
        os.mkfifo(pipe)
        self.template = replace(TEMPLATE, mounts=(Mount("/up", pipe),))
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def exits(self, code: int) -> tuple[str, ...]:
        return ("sh", "-c", f"exit {code}")

    def stops(self, code: int) -> tuple[str, ...]:
        return ("sh", "-c", f"trap 'exit {code}' TERM; echo up >/up; sleep 600 & wait")

    def runs_on(self) -> tuple[str, ...]:
        return ("sleep", "600")  # process 1 suffers nothing that it does not handle

    async def up(self) -> None:
        ready, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._pipe, ready.set)
        async with asyncio.timeout(LIMIT_S):
            await ready.wait()
        loop.remove_reader(self._pipe)
        assert os.read(self._pipe, 100) == b"up\n"

    def prints(self, lines: Sequence[str]) -> tuple[str, ...]:
        return ("printf", "%s\\n", *lines)

    def missing(self) -> tuple[str, ...]:
        return ("no-such-program",)

    def answers(self, code: int, output: str) -> tuple[str, ...]:
        return ("sh", "-c", f"printf '{output}'; exit {code}")

    def hangs(self) -> tuple[str, ...]:
        return ("sleep", "600")

    async def aclose(self) -> None:
        await self.runtime.aclose()
        os.close(self._pipe)


class TestFakeRuntime(RuntimeSuite):
    @pytest.fixture
    def harness(self) -> FakeHarness:
        return FakeHarness()


@pytest.mark.kernel
class TestProcessRuntime(RuntimeSuite):
    @pytest.fixture
    async def harness(self, tmp_path: Path) -> AsyncIterator[ProcessHarness]:
        if os.geteuid() != 0:
            pytest.skip("needs root; tests/kernel/test_runtime_rootless.py is for everybody")
        harness = ProcessHarness(tmp_path)
        try:
            await harness.runtime.open()
            yield harness
        finally:
            await harness.aclose()
