"""The traffic of a gRPC server: the same lanes as HTTP's, each connection a channel.

    new                   a channel of its own for each call
    kept-alive, idle      one call after the other on a channel; whoever is told GOAWAY dials anew
    in-flight             a call whose answer takes long
    silent                a channel that stands, and the call after a pause
    half-sent, slow-body  a call whose messages come one by one

Nothing is retried, but for what gRPC itself sends again: calls of which the server has said that it
never saw them.
"""

import asyncio
import contextlib
import itertools
import sys
import time

import driver
import grpc

OPTIONS = (
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),  # else channels to one address share a connection
)
MESSAGES = 4
NUMBERS = itertools.count(1)
OUTCOMES = {
    grpc.StatusCode.UNAVAILABLE: "reset",
    grpc.StatusCode.DEADLINE_EXCEEDED: "timeout",
    grpc.StatusCode.CANCELLED: "reset",
}


class Channel:
    """A gRPC channel, in place of a connection."""

    def __init__(self, target):
        self.used = 0
        self.name = f"channel-{next(NUMBERS)}"  # gRPC does not tell its local port
        self.calls = grpc.aio.insecure_channel(f"{target.host}:{target.port}", options=OPTIONS)

    def is_closed_by_peer(self):
        return False  # gRPC itself dials anew

    def close(self):
        """Nothing to do: the driver ends, and its channels with it."""


class GrpcDriver(driver.Driver):
    async def ask(self, target, lane, line, connection):
        line.started = time.time()
        channel = connection or Channel(target)
        line.connection = lane.kind if channel.used or not lane.keeps else "new"
        line.used, line.local = channel.used, channel.name
        line.remote = f"{target.host}:{target.port}"
        is_kept = False
        try:
            await asyncio.wait_for(channel.calls.channel_ready(), self.plan.timeout_s)
            line.connected = time.time()
            body = await self.call(channel.calls, target, lane, line)
        except grpc.aio.AioRpcError as error:
            line.outcome = OUTCOMES.get(error.code(), "5xx")
            line.detail = f"{error.code().name}: {error.details()}"
        except asyncio.TimeoutError:
            line.outcome, line.detail = "timeout", "while connecting"
        else:
            is_expected = target.is_body_expected(lane, body)
            line.outcome, line.detail = (
                ("ok", "") if is_expected else ("wrong body", repr(body[:60]))
            )
            channel.used += 1
            is_kept = lane.keeps
        if not is_kept:
            await channel.calls.close()
        return channel if is_kept else None

    async def upload(self, call, lane):
        for _ in range(MESSAGES):
            await call.write(b"x" * 1024)
            await asyncio.sleep(lane.pause_s / MESSAGES)
        await call.done_writing()

    async def call(self, calls, target, lane, line):
        """The answer's bytes."""
        timeout_s = lane.timeout_s or self.plan.timeout_s
        if lane.kind in ("half-sent", "slow-body"):
            call = calls.stream_unary("/sea.Fleet/Upload")(timeout=timeout_s)
            with contextlib.suppress(grpc.aio.BaseError, asyncio.InvalidStateError):
                await self.upload(call, lane)  # where it fails, the call itself says why
        else:
            await asyncio.sleep(lane.pause_s)
            call = calls.unary_unary(lane.path or target.path)(b"", timeout=timeout_s)
        line.sent = time.time()
        body = await call
        line.first_byte = time.time()
        line.pod = str(dict(await call.initial_metadata()).get(target.pod_header, ""))
        return body


if __name__ == "__main__":
    sys.exit(driver.main(sys.argv[1:], GrpcDriver))
