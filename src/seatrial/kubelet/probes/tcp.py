"""Asks whether a port can be connected to."""

import asyncio

from seatrial.kubelet.probes.outcome import Outcome, failure, success


async def ask(host: str, port: int, *, timeout_s: float) -> Outcome:
    """One connection, closed at once."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return failure(f"dial tcp {host}:{port}: i/o timeout")
    except ConnectionRefusedError:
        return failure(f"dial tcp {host}:{port}: connect: connection refused")
    except OSError as error:
        return failure(f"dial tcp {host}:{port}: connect: {(error.strerror or 'failed').lower()}")
    writer.transport.abort()  # nothing was said, so there is nothing to flush
    return success()
