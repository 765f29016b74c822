"""DNS over a stream: each message behind its length in two bytes."""

import asyncio

# One question and its answer, all tries of all resolvers included.
MESSAGE_LIMIT_S = 10.0


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """The next message; empty at the end of the stream. Raises IncompleteReadError."""
    try:
        size = await reader.readexactly(2)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""
    return await reader.readexactly(int.from_bytes(size, "big"))


async def write_message(writer: asyncio.StreamWriter, message: bytes) -> None:
    """Send one message."""
    writer.write(len(message).to_bytes(2, "big") + message)
    await writer.drain()


async def ask_stream(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes
) -> bytes:
    """Send a question, wait for its answer, and end the connection."""
    try:
        await write_message(writer, message)
        return await read_message(reader)
    finally:
        writer.transport.abort()
