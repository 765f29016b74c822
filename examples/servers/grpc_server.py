"""grpc.aio with the shutdown that Kubernetes asks for: `Say`, `Slow` and `Upload`."""

import asyncio
import socket

import grpc

import seatrial_app


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
    server = grpc.aio.server()
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
