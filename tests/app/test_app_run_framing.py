"""Where bodies end, and what a connection speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.command.bounds import CHUNK_LINE_BYTES, TRAILERS_BYTES
from seatrial_app.command.framing import ChunkScanner, scanner_for
from seatrial_app.command.head import NO_BODY, UNTIL_CLOSE, Body, Framing, Refused
from seatrial_app.command.sniff import H2_PREFACE, Speech, sniff


def _fed(scanner: ChunkScanner, data: bytes, sizes: list[int]) -> tuple[bytes, bytes]:
    """Feed `data` in pieces; what was taken, and what was left."""
    taken, buffer, waiting = b"", bytearray(), data
    for size in [*sizes, len(data)]:
        buffer += waiting[:size]
        waiting = waiting[size:]
        count = scanner.take(buffer)
        taken += bytes(buffer[:count])
        del buffer[:count]
    return taken, bytes(buffer) + waiting


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from([b"", b";ext=1", b" "]),
    st.sampled_from([b"", b"Trailer: 1\r\n", b"A: b\r\nC: d\r\n"]),
    st.lists(st.integers(1, 9), max_size=60),
    st.binary(max_size=20),
)
def test_chunks_end_where_they_end_however_they_come(
    chunks: list[bytes], extension: bytes, trailers: bytes, sizes: list[int], following: bytes
) -> None:
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(c), extension, c) for c in chunks)
    body += b"0\r\n" + trailers + b"\r\n"
    scanner = ChunkScanner()
    assert _fed(scanner, body + following, sizes) == (body, following)
    assert scanner.done


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x5\r\nhello\r\n",
        b"5\r\nhelloo\r\n",
        b"5\n\r\nhello",
        b"f" * 16 + b"\r\n",
        b"1;" + b"e" * CHUNK_LINE_BYTES,
        b"0\r\n" + b"t: " + b"v" * TRAILERS_BYTES,
    ],
)
def test_chunks_that_are_none_are_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        _fed(ChunkScanner(), body, [])


def test_a_length_is_counted_down_and_no_more_is_taken() -> None:
    scanner = scanner_for(Body(Framing.LENGTH, 5))
    assert (scanner.take(bytearray(b"hel")), scanner.done) == (3, False)
    assert (scanner.take(bytearray(b"lo, next")), scanner.done) == (2, True)
    assert scanner_for(NO_BODY).done
    endless = scanner_for(UNTIL_CLOSE)
    assert (endless.take(bytearray(b"all of it")), endless.done) == (9, False)


@pytest.mark.parametrize(
    ("first", "speech"),
    [
        (b"GET / HTTP/1.1\r\n", Speech.HTTP),
        (b"M-SEARCH * HTTP/1.1\r\nHost", Speech.HTTP),
        (b"GET /", None),
        (b"G", None),
        (b"PRI * HT", None),
        (b"PRINT / HTTP/1.1\r\n", Speech.HTTP),
        (H2_PREFACE + b"\r\nSM", Speech.OPAQUE),
        (b"\x16\x03\x01\x02\x00", Speech.OPAQUE),
        (b"\x00", Speech.OPAQUE),
        (b"GET / HTTP/2.0\r\n", Speech.OPAQUE),
        (b"HELO example.org\r\n", Speech.OPAQUE),
        (b"*1\r\n$4\r\nPING\r\n", Speech.OPAQUE),
        (b"GET / HTTP/1.1\n", Speech.OPAQUE),
        (b" GET / HTTP/1.1\r\n", Speech.OPAQUE),
        (b"A" * 40, Speech.OPAQUE),
    ],
)
def test_the_first_bytes_tell_what_is_spoken(first: bytes, speech: Speech | None) -> None:
    assert sniff(first) is speech


@given(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"GET /a HTTP/1.1\r\nA: b\r\n\r\n", H2_PREFACE + b"\r\n", b"\x16\x03\x01"]
        ),
    ),
    st.binary(max_size=20),
)
def test_more_bytes_never_change_the_answer(first: bytes, more: bytes) -> None:
    speech = sniff(first)
    if speech is not None:
        assert sniff(first + more) is speech
