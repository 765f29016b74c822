"""Messages between the node's process and its spawner: one JSON value a packet, and descriptors.

Holds: a packet is whole or not there (SOCK_SEQPACKET); a value larger than INLINE_BYTES_MAX travels
in a memory file, so that a long environment cannot exceed a socket's buffer.
"""

import json
import os
import socket
from array import array
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

INLINE_BYTES_MAX = 32 * 1024  # a socket's default send buffer holds several of these
DESCRIPTORS_MAX = 8  # more than any message of ours carries


def encode(message: Message) -> tuple[bytes, int | None]:
    """The packet; a large message comes as a memory file instead (the caller's to close)."""
    data = json.dumps(message).encode()
    if len(data) <= INLINE_BYTES_MAX:
        return data, None
    memory = os.memfd_create("message", os.MFD_CLOEXEC)
    with os.fdopen(memory, "wb", closefd=False) as stream:
        stream.write(data)
    return b"", memory


def send(connection: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Send one message. Raises BlockingIOError when a non-blocking socket is full."""
    data, memory = encode(message)
    try:
        carried = array("i", [*descriptors, *(() if memory is None else (memory,))])
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)] if carried else []
        # An empty packet could not be told from the end of the connection.
        connection.sendmsg([data or b"+"], control, socket.MSG_NOSIGNAL)
    finally:
        if memory is not None:
            os.close(memory)


def receive(connection: socket.socket) -> tuple[Message, list[int]] | None:
    """The next message and its descriptors (the caller's to close); None at the end."""
    data, ancillary, _, _ = connection.recvmsg(
        INLINE_BYTES_MAX + 1,
        socket.CMSG_LEN(DESCRIPTORS_MAX * array("i").itemsize),
        socket.MSG_CMSG_CLOEXEC,
    )
    if not data:
        return None
    descriptors = array("i")
    for _, _, payload in ancillary:
        descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
    carried = list(descriptors)
    if data == b"+":
        with os.fdopen(carried.pop(), "rb") as stream:
            stream.seek(0)
            data = stream.read()
    message: Message = json.loads(data)
    return message, carried
