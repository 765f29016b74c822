"""The spawner's children as the node sees them: launch, know the end, kill.

Holds: every child that was launched has an end, told once; when the spawner is lost, all of them
have ended by SIGKILL, because the kernel saw to it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seatrial.runtime.interface import RuntimeFailure
from seatrial.runtime.process import kernel as k
from seatrial.runtime.process.link import Answer, Link
from seatrial.runtime.process.plan import Steps

NEW_NAMESPACES = k.CLONE_NEWPID | k.CLONE_NEWNS
SAME_NAMESPACES = 0


class StepRefused(RuntimeFailure):
    """A step of a plan failed; `index` is its place, -1 when the plan was not begun."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended; `code` is 128 + signal when a signal ended it."""

    code: int
    signal: int = 0


KILLED = End(128 + signal.SIGKILL, int(signal.SIGKILL))


@dataclass(frozen=True, slots=True)
class Child:
    """A child that runs. Its pidfd is the holder's to close."""

    pidfd: int
    ended: "asyncio.Future[End]"


class Children:
    """All children of one spawner; `on_lost` is called once when that is gone."""

    def __init__(self, *, on_lost: Callable[[], None]) -> None:
        self._link = Link(on_exit=self._exit_told, on_lost=self._spawner_lost)
        self._on_lost = on_lost
        self._ends: dict[str, asyncio.Future[End]] = {}
        self._last_key = 0

    async def start(self) -> None:
        """Start the spawner. Raises MachineError."""
        await self._link.start()

    async def aclose(self) -> None:
        """Nothing lives after this."""
        await self._link.aclose()
        self._lost()

    async def ask(self, ask: str, **fields: object) -> Answer:
        """Anything else the spawner does. Raises RuntimeFailure."""
        message, descriptors = await self._link.ask(ask, fields)
        if "failed" in message:
            raise RuntimeFailure(message["failed"])
        return message, descriptors

    async def launch(
        self,
        key: str,
        steps: Steps,
        *,
        ends: Sequence[int] = (),
        beside: str = "",
        flags: int = NEW_NAMESPACES,
    ) -> Child:
        """A child that has followed `steps` into its program. Raises StepRefused, RuntimeFailure.

        `ends` become its standard output and error; `beside` is the key of the child whose pid
        namespace it is born in.
        """
        ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._ends[key] = ended
        wanted = {"key": key, "steps": steps, "beside": beside, "flags": flags}
        message, descriptors = await self._link.ask("launch", wanted, descriptors=ends)
        if "failed" in message:
            del self._ends[key]
            raise StepRefused(message["failed"], message.get("index", -1))
        return Child(descriptors[0], ended)

    async def run(self, steps: Steps, *, flags: int = NEW_NAMESPACES) -> None:
        """Have a child follow `steps` to its end. Raises StepRefused, RuntimeFailure."""
        child = await self.launch(self.new_key(), steps, flags=flags)
        os.close(child.pidfd)
        await child.ended

    async def kill_group(self, key: str) -> None:
        """SIGKILL to the child and its process group; also to one that is being launched."""
        if key in self._ends:
            await self._link.ask("kill", {"key": key})

    def new_key(self) -> str:
        """A name for a child that has none."""
        self._last_key += 1
        return f"child/{self._last_key}"

    def _exit_told(self, key: str, code: int, number: int) -> None:
        self._ends.pop(key).set_result(End(code, number))

    def _spawner_lost(self) -> None:
        self._lost()
        self._on_lost()

    def _lost(self) -> None:
        lost, self._ends = self._ends, {}
        for ended in lost.values():
            if not ended.done():
                ended.set_result(KILLED)
