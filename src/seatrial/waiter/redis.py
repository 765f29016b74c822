"""Redis' AUTH and PING, as bytes: what to say, and what an answer means. Pure.

Holds: without a password in the address, a server that asks for one is ready: it answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.waiter.verdicts import READY, Verdict, not_yet

# A reply to AUTH or PING is one short line.
LINE_BYTES_MAX = 4096


def redis_request(user: str, password: str) -> bytes:
    """AUTH, where there is a password, and PING, in one go."""
    login = [["AUTH", *([user] if user else []), password]] if password else []
    return b"".join(encode_command(words) for words in [*login, ["PING"]])


def encode_command(words: Sequence[str]) -> bytes:
    """An array of bulk strings."""
    encoded = [word.encode() for word in words]
    parts = [b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded]
    return b"*%d\r\n" % len(encoded) + b"".join(parts)


def judge_replies(received: bytes, ended: bool, *, has_password: bool) -> Verdict | None:
    """What the replies so far say; None: not enough yet."""
    *lines, rest = received.split(b"\r\n")
    if len(rest) > LINE_BYTES_MAX or (rest and rest[:1] not in b"+-"):
        return not_yet("it does not speak Redis")
    texts = [line.decode(errors="replace") for line in lines]
    if has_password and texts:
        if texts[0] != "+OK":
            return judge_refusal(texts[0], has_password=True)
        texts = texts[1:]
    if texts:
        return READY if texts[0] == "+PONG" else judge_refusal(texts[0], has_password=has_password)
    return not_yet("the server closed the connection without an answer") if ended else None


def judge_refusal(line: str, *, has_password: bool) -> Verdict:
    """-LOADING, -NOAUTH, -WRONGPASS, -MASTERDOWN, -ERR ..."""
    if not line.startswith("-"):
        return not_yet("it does not speak Redis")
    if line.startswith("-NOAUTH") and not has_password:
        return READY
    return not_yet(line[1:])
