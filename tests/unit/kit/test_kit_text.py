"""Durations as Go reads them and kubectl prints them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.kit.text import human_bytes, human_duration, parse_duration_s, plural


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("5s", 5), ("500ms", 0.5), ("1m30s", 90), ("1.5h", 5400), ("-2s", -2), ("+1s", 1)],
)
def test_go_durations(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1..5s", "5 s", "-", "1m30"])
def test_what_is_no_duration_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration_s(text)


@given(st.integers(0, 10**7))
def test_whole_milliseconds_come_back(milliseconds: int) -> None:
    assert parse_duration_s(f"{milliseconds}ms") == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-1, "0s"),
        (-5, "<invalid>"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (10799, "179m"),
        (10800, "3h"),
        (10860, "3h1m"),
        (28800, "8h"),
        (172799, "47h"),
        (172800, "2d"),
        (176400, "2d1h"),
        (691200, "8d"),
        (63072000, "2y"),
        (63158400, "2y1d"),
    ],
)
def test_ages_as_kubectl_prints_them(seconds: float, shown: str) -> None:
    assert human_duration(seconds) == shown


def test_sizes_and_plurals() -> None:
    assert human_bytes(512) == "512 B"
    assert human_bytes(1536) == "1.5 KiB"
    assert human_bytes(5 * 2**40) == "5.0 TiB"
    assert (plural(1, "pod"), plural(0, "pod"), plural(2, "entry", "entries")) == (
        "1 pod",
        "0 pods",
        "2 entries",
    )
