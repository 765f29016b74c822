"""PostgreSQL's start-up, as bytes: what to say, and what an answer means. Pure.

Does: protocol 3.0 up to the first message that tells whether the server takes connections.
Does not: log in: a server that asks for a password takes connections.
Holds: what the address does not name is not judged: without a user or a database in it, a server
that refuses just those is ready (as for pg_isready).
"""

from __future__ import annotations

import struct

from seatrial.waiter.verdicts import READY, Verdict, not_yet

PROTOCOL_3 = 196608
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# No message before a server is ready is longer; another protocol's bytes would say so.
MESSAGE_BYTES_MAX = 65_536
# The server is up but does not take us: no rule, no such role, no such database.
REFUSALS_OF_THE_UNNAMED = ("28", "3D")
# AuthenticationOk, ParameterStatus, BackendKeyData, NoticeResponse, NegotiateProtocolVersion.
PASSED_OVER = b"SKNv"
STRANGER = "it does not speak PostgreSQL"


def startup_message(user: str, database: str) -> bytes:
    """The first message; an empty user is the server's usual one."""
    fields = [("user", user or "postgres"), ("application_name", "seatrial wait")]
    if database:
        fields.insert(1, ("database", database))
    text = b"".join(f"{key}\0{value}\0".encode() for key, value in fields) + b"\0"
    return struct.pack("!ii", len(text) + 8, PROTOCOL_3) + text


def judge_startup(received: bytes, ended: bool, *, is_named: bool) -> Verdict | None:
    """What the server's messages so far say; None: not enough yet.

    `is_named`: the address names a user or a database, so their refusal counts.
    """
    while len(received) >= 5:
        kind, length = received[:1], int.from_bytes(received[1:5], "big")
        if not 4 <= length <= MESSAGE_BYTES_MAX:
            return not_yet(STRANGER)
        body, is_whole = received[5 : length + 1], len(received) > length
        if not is_whole:
            break
        verdict = judge_message(kind, body, is_named=is_named)
        if verdict is not None:
            return verdict
        received = received[length + 1 :]
    return not_yet("the server closed the connection during start-up") if ended else None


def judge_message(kind: bytes, body: bytes, *, is_named: bool) -> Verdict | None:
    """One message; None: the next one tells."""
    if kind == b"Z" or (kind == b"R" and body[:4] != b"\0\0\0\0"):
        return READY
    if kind == b"E":
        return judge_error(error_fields(body), is_named=is_named)
    return None if kind == b"R" or kind in PASSED_OVER else not_yet(STRANGER)


def judge_error(fields: dict[str, str], *, is_named: bool) -> Verdict:
    """57P03 is "the database system is starting up", in the server's own language."""
    code, text = fields.get("C", ""), fields.get("M", "it refuses without a reason")
    if not is_named and code[:2] in REFUSALS_OF_THE_UNNAMED:
        return READY
    return not_yet(f"{text} ({code})" if code else text)


def error_fields(body: bytes) -> dict[str, str]:
    """An ErrorResponse: each field is a letter and a text, ended by zero bytes."""
    parts = body.split(b"\0")
    return {part[:1].decode("latin-1"): part[1:].decode(errors="replace") for part in parts if part}
