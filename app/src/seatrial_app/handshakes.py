"""Asks of the Linux kernel that stopping a listener needs: turn away new ones, count unfinished.

Does: attaches a classic BPF program that drops a SYN without ACK (new connections) and passes all
else, so that handshakes under way can end; counts request sockets through sock_diag. Both need no
privilege. A Unix socket is shut down for reading, which refuses new ones and leaves the waiting.

Does not: undo. A listener that turns new connections away is about to be closed.

Holds: where the platform or the kernel cannot, OSError; nothing is left attached by a failure.
Connections accepted afterwards inherit the filter, which never matches a packet of theirs.
"""

from __future__ import annotations

import array
import errno
import os
import socket
import struct
import sys

SO_ATTACH_FILTER = 26
SO_DETACH_FILTER = 27
TCP_FLAGS_AT = 13
"""Offset of the flags in the TCP header, which is where a TCP socket's filter begins to look."""

SYN, ACK = 0x02, 0x10

# A listener's own states are left out: only requests that have had a SYN-ACK and no ACK yet.
DIAG_SYN_RECV = 1 << 3
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NETLINK_SOCK_DIAG = 4
DIAG_ANSWER_BYTES = 65536

_BPF_LD_BYTE, _BPF_AND, _BPF_JEQ, _BPF_RET = 0x30, 0x54, 0x15, 0x06
_DROP, _PASS = 0, 0xFFFFFFFF

DROP_NEW = (
    (_BPF_LD_BYTE, 0, 0, TCP_FLAGS_AT),
    (_BPF_AND, 0, 0, SYN | ACK),
    (_BPF_JEQ, 0, 1, SYN),
    (_BPF_RET, 0, 0, _DROP),
    (_BPF_RET, 0, 0, _PASS),
)
"""The program as (code, jump if true, jump if false, operand)."""


class LinuxKernel:
    """The real side; on another system every ask is an OSError."""

    def refuse_new(self, listening: socket.socket) -> None:
        if listening.family == getattr(socket, "AF_UNIX", None):
            listening.shutdown(socket.SHUT_RD)
            return
        if sys.platform != "linux":
            raise OSError(errno.ENOTSUP, f"{sys.platform} has no SO_ATTACH_FILTER")
        code = array.array("B", b"".join(struct.pack("HBBI", *step) for step in DROP_NEW))
        program = struct.pack("HL", len(DROP_NEW), code.buffer_info()[0])
        listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def under_way(self, listening: socket.socket) -> int | None:
        if listening.family == getattr(socket, "AF_UNIX", None):
            return 0  # a Unix connect is one step
        if sys.platform != "linux":
            return None
        port = listening.getsockname()[1]
        # A dual-stack listener's IPv4 requests are listed under IPv4.
        return sum(_count(family, port) for family in (socket.AF_INET, socket.AF_INET6))


KERNEL = LinuxKernel()


def _count(family: int, port: int) -> int:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as diag:  # type: ignore[attr-defined,unused-ignore]
        diag.settimeout(1.0)  # the kernel answers at once; a sandbox may not
        diag.sendto(request(family, port), (0, 0))
        found = 0
        while True:
            some, done = count_answers(diag.recv(DIAG_ANSWER_BYTES))
            found += some
            if done:
                return found


def request(family: int, port: int) -> bytes:
    """The netlink message that asks for every unfinished handshake on a local port."""
    sockid = struct.pack("!HH", port, 0) + bytes(32) + struct.pack("=III", 0, 0, 0)
    body = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, DIAG_SYN_RECV) + sockid
    flags = NLM_F_REQUEST | NLM_F_DUMP
    return struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, flags, 1, 0) + body


def count_answers(data: bytes) -> tuple[int, bool]:
    """How many sockets one datagram of the answer lists, and whether it was the last one."""
    found, at = 0, 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", data, at + 16)[0]
            raise OSError(code, f"sock_diag: {os.strerror(code)}")
        if kind == NLMSG_DONE:
            return found, True
        found += kind == SOCK_DIAG_BY_FAMILY
        at += max(16, (length + 3) & ~3)
    return found, False
