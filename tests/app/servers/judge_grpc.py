"""The part of the list that a gRPC client can ask: new channel, existing channel, call in flight.

Does: the same schedule as judge_schedule.py, with calls in place of raw requests.
Does not: retry: a retrying client hides what the server does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import grpc  # type: ignore[import-untyped]
from judge_cells import GRPC_OK, IN_FLIGHT_S, PROBES, Kind, Measured
from judge_http import ANSWER_LIMIT_S
from judge_process import Process, started
from judge_schedule import SETTLE_S, After, play

SERVICE: Final = "judge.Fleet"
OPTIONS: Final = (
    ("grpc.use_local_subchannel_pool", 1),  # a new channel is a new connection
    ("grpc.enable_retries", 0),
)


async def judge_grpc(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    workers: int = 1,
    window_s: float | None = None,  # a crowd tells nothing: UNAVAILABLE is refused and reset alike
) -> Measured:
    """Start the server, play the list, and return what every call got."""
    async with started(command, environment=environment) as process:
        await process.wait_up(workers)
        async with prepared(process) as rest:
            await asyncio.sleep(SETTLE_S)
            return await play(process, rest)


class Channel:
    """One channel of its own, without retries. Close it."""

    def __init__(self, port: int) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)

    def begin(self, method: str, message: bytes = b"") -> grpc.Future:
        call = self._channel.unary_unary(f"/{SERVICE}/{method}")
        return call.future(message, timeout=ANSWER_LIMIT_S)

    async def say(self) -> str:
        return await outcome(self.begin("Say"))

    def close(self) -> None:
        self._channel.close()


async def outcome(call: grpc.Future) -> str:
    """``OK`` or the name of the status."""
    try:
        await asyncio.to_thread(call.result)
    except grpc.RpcError:
        return str(call.code().name)
    return GRPC_OK


@contextlib.asynccontextmanager
async def prepared(process: Process) -> AsyncIterator[dict[str, After]]:
    channels = {probe.key: Channel(process.port) for probe in PROBES if probe.kind is Kind.NEW}
    existing, busy = Channel(process.port), Channel(process.port)
    try:
        await existing.say()
        slow = busy.begin("Slow", f"{IN_FLIGHT_S:g}".encode())
        await process.notes.wait("slow")
        yield {
            **{key: channel.say for key, channel in channels.items()},
            "idle": existing.say,
            "in_flight": lambda: outcome(slow),
        }
    finally:
        for channel in (*channels.values(), existing, busy):
            channel.close()
