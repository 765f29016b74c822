"""HTTP/1.1, as bytes: a GET, and what an answer means. Pure.

Does: bodies with a length, in chunks, or up to the connection's end.
Does not: follow redirects (as kubelet's probes, any status from 200 to 399 will do), unpack.
Differs from Kubernetes: unlike a probe, sends no header fields of the user's, and may want a text
in the body.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.waiter.targets import Http
from seatrial.waiter.verdicts import READY, Verdict, not_yet

HEAD_BYTES_MAX = 65_536
# A text that is looked for has to come within this much of a body.
BODY_BYTES_MAX = 1_048_576
STRANGER_TO_HTTP = "it does not speak HTTP"


class Malformed(ValueError):
    """What came is no HTTP answer."""


class Head(NamedTuple):
    """Status line and header fields; their names in lower case."""

    status: int
    reason: str
    fields: dict[str, str]


def get_request(path: str, authority: str, *headers: tuple[str, str]) -> bytes:
    """A GET on a connection of its own."""
    fields = [
        ("Host", authority),
        ("User-Agent", "seatrial-wait"),
        ("Connection", "close"),
        *headers,
    ]
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode()


def http_request(target: Http) -> bytes:
    """The request for a target, with its login if it has one."""
    headers = [("Accept", "*/*")]
    if target.user or target.password:
        from binascii import b2a_base64

        login = b2a_base64(f"{target.user}:{target.password}".encode(), newline=False)
        headers.append(("Authorization", f"Basic {login.decode()}"))
    return get_request(target.path, target.authority, *headers)


def judge_answer(received: bytes, ended: bool, target: Http) -> Verdict | None:
    """What the answer so far says; None: not enough yet."""
    try:
        found = parse_head(received)
        if found is None:
            return not_yet("the server closed the connection without an answer") if ended else None
        head, rest = found
        if not target.wanted.accepts(head.status):
            return not_yet(f"{show_status(head)}, wanted {target.wanted.status}")
        if not target.wanted.contains:
            return READY
        return judge_body(head, rest, ended, target.wanted.contains)
    except Malformed:
        return not_yet(STRANGER_TO_HTTP)


def judge_body(head: Head, rest: bytes, ended: bool, wanted: str) -> Verdict | None:
    """Whether the body holds the text; None: it is not whole yet."""
    body = Body(head)
    content = body.feed(rest)
    if wanted.encode() in content:
        return READY
    if body.is_whole or ended or len(content) > BODY_BYTES_MAX:
        return not_yet(f"{show_status(head)}, but the body does not contain {wanted!r}")
    return None


def show_status(head: Head) -> str:
    """`status 503 Service Unavailable`."""
    return f"status {head.status} {head.reason}".rstrip()


def parse_head(received: bytes) -> tuple[Head, bytes] | None:
    """The final answer's head and what follows it; None: not there yet. Raises Malformed."""
    while True:
        if not b"HTTP/".startswith(received[:5]):
            raise Malformed(received[:40])
        text, end, rest = received.partition(b"\r\n\r\n")
        if not end:
            if len(text) > HEAD_BYTES_MAX:
                raise Malformed("endless head")
            return None
        head = parse_lines(text.decode("latin-1").split("\r\n"))
        if head.status >= 200:
            return head, rest
        received = rest  # 1xx: the real one follows


def parse_lines(lines: list[str]) -> Head:
    """A status line and fields. Raises Malformed."""
    _version, _, status_line = lines[0].partition(" ")
    status, _, reason = status_line.partition(" ")
    if len(status) != 3 or not status.isdigit():
        raise Malformed(lines[0])
    pairs = (line.partition(":") for line in lines[1:])
    return Head(int(status), reason, {key.lower(): value.strip() for key, _, value in pairs})


class Body:
    """Takes what came after a head, piece by piece, and gives the content."""

    def __init__(self, head: Head) -> None:
        """Raises Malformed for a length that is none."""
        self.is_whole = head.status in (204, 304)
        self._is_chunked = head.fields.get("transfer-encoding", "").lower().endswith("chunked")
        length = head.fields.get("content-length", "")
        if length and not length.isdigit():
            raise Malformed(length)
        self._left = int(length) if length and not self._is_chunked else None
        self._raw = b""

    def feed(self, data: bytes) -> bytes:
        """The content that `data` brings. Raises Malformed."""
        if self._is_chunked:
            self._raw += data
            return b"".join(self._chunks())
        if self._left is None:
            return data
        content = data[: self._left]
        self._left -= len(content)
        self.is_whole = self.is_whole or self._left == 0
        return content

    def _chunks(self) -> list[bytes]:
        chunks: list[bytes] = []
        while not self.is_whole:
            line, end, rest = self._raw.partition(b"\r\n")
            if not end:
                break
            size = chunk_size(line)
            self.is_whole = size == 0
            if len(rest) < size + 2:
                break
            chunks.append(rest[:size])
            self._raw = rest[size + 2 :]
        return chunks


def chunk_size(line: bytes) -> int:
    """Hexadecimal, perhaps with an extension. Raises Malformed."""
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise Malformed(line[:40])
    return int(digits, 16)
