"""Cutting output into lines does not depend on how it was read."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.runtime.log_format import LINE_BYTES_MAX, LineCutter

chunks = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([b"\n", b"x" * LINE_BYTES_MAX, b"y" * (LINE_BYTES_MAX - 1)]),
    )
)


def cut(parts: list[bytes]) -> list[tuple[bytes, bool]]:
    cutter = LineCutter()
    return [piece for part in parts for piece in cutter.feed(part)] + cutter.finish()


@given(chunks)
def test_safety_however_it_is_read(parts: list[bytes]) -> None:
    assert cut(parts) == cut([b"".join(parts)])


@given(chunks)
def test_nothing_is_lost_and_nothing_is_too_long(parts: list[bytes]) -> None:
    pieces = cut(parts)
    text = b"".join(line + (b"" if partial else b"\n") for line, partial in pieces)
    written = b"".join(parts)
    ends_well = not written or written.endswith(b"\n")
    assert text == (written if ends_well else written + b"\n")
    assert all(len(line) <= LINE_BYTES_MAX for line, _ in pieces)
