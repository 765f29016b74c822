"""Plain scalars mean what the tools of Kubernetes make of them."""

import math

import pytest

from seatrial.lint.load.scalars import (
    BINARY,
    BOOL,
    FLOAT,
    INT,
    MERGE,
    NULL,
    STR,
    plain,
    tag_of,
    value_of,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True), ("Y", True), ("yes", True), ("on", True), ("TRUE", True),
        ("n", False), ("No", False), ("off", False), ("False", False),
        ("", None), ("~", None), ("null", None), ("NULL", None),
        ("8080", 8080), ("+7", 7), ("-7", -7), ("0", 0), ("-0", 0), ("1_000", 1000),
        ("0x1F", 31), ("0b101", 5), ("0o17", 15), ("017", 15), ("0777", 511), ("-0x10", -16),
        ("9223372036854775807", 2**63 - 1), ("18446744073709551616", 2**64),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("1.5", 1.5), (".5", 0.5), ("-1.5e-3", -0.0015), ("1e3", 1000), ("12e2", 1200),
        ("3.0", 3), ("08", 8), ("09.5", 9.5), ("1.", 1), ("1e22", 1e22),
    ],
)  # fmt: skip
def test_words_and_numbers(text: str, value: object) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "yEs", "tRUE", "nULL", "oN", "web", "1:30", "80:80", "2001-01-01", "2001-01-01T00:00:00Z",
        "1.2.3", "0x", "0b2", "0o8", "1e", "1e999", "-", "+", ".", "..", "1 000", "_1", "._5", "=",
        "100m", "128Mi", "<<", "١٢",
    ],
)  # fmt: skip
def test_all_else_is_text(text: str) -> None:
    assert plain(text) == text


def test_numbers_that_json_does_not_have() -> None:
    assert math.isnan(plain(".nan"))  # type: ignore[arg-type]
    assert plain("-.Inf") == -math.inf


def test_a_number_of_a_thousand_digits_is_left_as_text() -> None:
    assert plain("9" * 1000) == "9" * 1000


@pytest.mark.parametrize(
    ("text", "tag"),
    [("yes", BOOL), ("1", INT), ("1.5", FLOAT), ("~", NULL), ("<<", MERGE), ("web", STR)],
)
def test_tags(text: str, tag: str) -> None:
    assert tag_of(text) == tag


def test_an_explicit_tag_decides() -> None:
    assert value_of(STR, "8080") == "8080"
    assert value_of("!Ref", "8080") == "8080"
    assert value_of(INT, "8080") == 8080
    assert value_of(BINARY, "aGk=") == "hi"
    assert value_of(BINARY, "no base64") == "no base64"
