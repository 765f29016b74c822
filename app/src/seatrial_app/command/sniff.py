"""What a connection speaks, from its first bytes: HTTP/1.x, or something to pass on unread.

Does: tell a request line of HTTP/1.x from all else (TLS, the preface of HTTP/2, any protocol).
Does not: validate the request; once it is HTTP/1.x, faults are answered as HTTP.
Holds: with more bytes an answer never changes.
"""

from __future__ import annotations

import enum

from seatrial_app.command.head import TOKEN

H2_PREFACE = b"PRI * HTTP/2.0\r\n"
METHOD_MAX = 32
"""No method is longer; what has no blank by then is not HTTP."""


class Speech(enum.Enum):
    """What the client speaks."""

    HTTP = "HTTP/1.x"
    OPAQUE = "something else"


def sniff(first: bytes | bytearray) -> Speech | None:
    """None: too few bytes to tell."""
    first = bytes(first)
    if first.startswith(H2_PREFACE):
        return Speech.OPAQUE
    if H2_PREFACE.startswith(first):
        return None
    method, blank, rest = first.partition(b" ")
    if method.translate(None, TOKEN) or len(method) > METHOD_MAX or (blank and not method):
        return Speech.OPAQUE
    if not blank:
        return None
    line, end, _ = rest.partition(b"\r\n")
    if end:
        return Speech.HTTP if line.rpartition(b" ")[2].startswith(b"HTTP/1.") else Speech.OPAQUE
    return None if _may_become_http(line) else Speech.OPAQUE


def _may_become_http(line: bytes | bytearray) -> bool:
    """Printable so far: a request line whose end is still on its way."""
    return not any(byte < 0x20 and byte != 0x0D for byte in line)
