"""Two calls over grpc.aio: ``Say`` and ``Slow``; stops on SIGTERM as its documentation shows."""

from __future__ import annotations

import asyncio
import signal
import sys

import grpc  # type: ignore[import-untyped]
from app_notes import note


async def say(_request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
    return b"fair winds"


async def slow(request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
    note("slow")
    await asyncio.sleep(float(request))
    return b"fair winds"


def make(port: int) -> grpc.aio.Server:
    server = grpc.aio.server()
    calls = {
        "Say": grpc.unary_unary_rpc_method_handler(say),
        "Slow": grpc.unary_unary_rpc_method_handler(slow),
    }
    handler = grpc.method_handlers_generic_handler("judge.Fleet", calls)
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    return server


async def main(port: int) -> None:
    server = make(port)
    await server.start()
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    note("up")
    await stopping.wait()
    await server.stop(30)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
