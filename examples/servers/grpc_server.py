"""grpc.aio with the shutdown that Kubernetes asks for: `Say`, `Slow` and `Upload`.

A call that arrives just as a gRPC server stops is cancelled, whatever the grace: the server's GOAWAY and
the call cross. So no channel may be in use by then: each is asked to move after AGE_MS, while the server
still takes calls. The drain window is longer than the slowest proxy and that age together.
"""

import asyncio
import socket

import grpc

import seatrial_app


AGE_MS = 4_000
OPTIONS = (
    ("grpc.max_connection_age_ms", AGE_MS),
    ("grpc.max_connection_age_grace_ms", 30_000),  # calls on a channel that was asked to move end
)
POD = (("x-pod", socket.gethostname()),)


async def say(_request, context):
    await context.send_initial_metadata(POD)
    return b"fair winds"


async def slow(_request, context):
    await context.send_initial_metadata(POD)
    await asyncio.sleep(3)
    return b"fair winds"


async def upload(requests, context):
    await context.send_initial_metadata(POD)
    async for _ in requests:
        pass
    return b"fair winds"


async def main():
    server = grpc.aio.server(options=OPTIONS)
    calls = {
        "Say": grpc.unary_unary_rpc_method_handler(say),
        "Slow": grpc.unary_unary_rpc_method_handler(slow),
        "Upload": grpc.stream_unary_rpc_method_handler(upload),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("sea.Fleet", calls),))
    server.add_insecure_port("0.0.0.0:8080")
    await seatrial_app.servers.grpc.serve(server)


if __name__ == "__main__":
    asyncio.run(main())
