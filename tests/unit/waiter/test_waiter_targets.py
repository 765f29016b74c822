"""Targets and options: what words mean, and how nonsense is refused."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.kit.text import parse_duration_s as kit_duration_s
from seatrial.waiter.durations import parse_duration_s, show_duration
from seatrial.waiter.options import UsageProblem, parse_arguments, parse_status
from seatrial.waiter.targets import (
    Answer,
    Defaults,
    Http,
    Name,
    Object,
    Postgres,
    Redis,
    Target,
    Tcp,
    Trust,
    parse_target,
)
from seatrial.waiter.urls import TargetError, decode_percent, encode_percent, parse_url

NONE = Defaults()
ANY = Trust()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("tcp://db:5432", Tcp("tcp://db:5432", "db", 5432)),
        ("TCP://[::1]:80/", Tcp("tcp://[::1]:80", "::1", 80)),
        ("dns://db.shop.svc", Name("dns://db.shop.svc", "db.shop.svc")),
        ("http://a", Http("http://a", "a", 80, "/", False, Answer(), ANY)),
        (
            "https://me:p%40ss@a:8443/x y?q=1#status=204,301&contains=o%26k",
            Http(
                "https://a:8443/x y", "a", 8443, "/x%20y?q=1", True,
                Answer("204,301", "o&k"), ANY, "me", "p@ss",
            ),
        ),
        ("postgres://db", Postgres("postgres://db", "db", 5432, "", "", "prefer", ANY)),
        (
            "postgresql://app:s:e@db:6432/shop?sslmode=require",
            Postgres("postgresql://db:6432/shop", "db", 6432, "app", "shop", "require", ANY),
        ),
        ("redis://cache", Redis("redis://cache", "cache", 6379, False, ANY)),
        (
            "rediss://:hush@cache:7000/2",
            Redis("rediss://cache:7000/2", "cache", 7000, True, ANY, "", "hush"),
        ),
        ("pod/db-0", Object("pod/db-0", "pod", "", "db-0")),
        ("jobs/shop/migrate", Object("jobs/shop/migrate", "job", "shop", "migrate")),
    ],
)  # fmt: skip
def test_a_target_is_read(text: str, target: Target) -> None:
    assert parse_target(text, NONE) == target


def test_defaults_are_for_those_that_say_nothing_themselves() -> None:
    defaults = Defaults(Answer("200", "up"), Trust("ca.pem"), "shop")
    plain = parse_target("https://a/", defaults)
    assert isinstance(plain, Http)
    assert (plain.wanted, plain.trust) == (Answer("200", "up"), Trust("ca.pem"))
    own = parse_target("https://a/#status=204", defaults)
    assert isinstance(own, Http)
    assert own.wanted == Answer("204", "up")
    assert parse_target("pod/a", defaults) == Object("pod/a", "pod", "shop", "a")
    assert parse_target("pod/x/a", defaults) == Object("pod/x/a", "pod", "x", "a")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("db:5432", "did you mean tcp://db:5432?"),
        ("db", "'db' is no target"),
        ("ftp://db", "ftp:// is not known"),
        ("tcp://db", "tcp://db has no port"),
        ("tcp://:80", "has no host"),
        ("tcp://db:0", "port '0' is not a number between 1 and 65535"),
        ("tcp://db:65536", "port '65536'"),
        ("tcp://db:http", "port 'http'"),
        ("tcp://db:80/x", "takes a host and a port only"),
        ("tcp://::1:80", "an IPv6 address is written [ADDRESS]:PORT"),
        ("tcp://[::1:80", "an IPv6 address is written [ADDRESS]:PORT"),
        ("dns://db:53", "takes a name only"),
        ("http://", "has no host"),
        ("http://a/#status=99", "status '99' is not like"),
        ("http://a/#state=1", "#state is not known"),
        ("postgres://db?sslmode=maybe", "sslmode 'maybe' is not one of"),
        ("pod/", "is not pod/NAME"),
        ("pod/a/b/c", "is not pod/NAME"),
        ("pod//a", "is not pod/NAME"),
        ("pod/UPPER", "is not pod/NAME"),
        ("job/-x", "is not job/NAME"),
        ("service/a", "is no target"),
    ],
)
def test_nonsense_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(TargetError, match=re.escape(why)):
        parse_target(text, NONE)


@pytest.mark.parametrize(
    "text", ["postgres://me:secret@:1/", "redis://:secret@h:x", "http://me:secret@h:0/"]
)
def test_a_refusal_does_not_repeat_a_password(text: str) -> None:
    with pytest.raises(TargetError) as refused:
        parse_target(text, NONE)
    assert "secret" not in str(refused.value)


@given(st.text(st.characters(codec="ascii", exclude_characters="/?#"), max_size=20))
def test_any_password_comes_through_in_percents(password: str) -> None:
    written = "".join(f"%{byte:02x}" for byte in password.encode())
    assert parse_url(f"redis://:{written}@h").password == password
    assert decode_percent(encode_percent(password.replace("%", "%25"))) == password


@given(st.text(alphabet="0123456789.smhnu\u00b5-+ x", max_size=8))
def test_durations_are_those_of_the_house(text: str) -> None:
    def read(parse: object) -> float | None:
        assert callable(parse)
        try:
            return float(parse(text))
        except ValueError:
            return None

    ours, theirs = read(parse_duration_s), read(kit_duration_s)
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert math.isclose(ours, theirs)


def test_a_bare_number_is_told_its_unit() -> None:
    with pytest.raises(ValueError, match=re.escape("'60' is not a duration (for example 60s)")):
        parse_duration_s("60")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.25, "250ms"), (1, "1s"), (1.5, "1.5s"), (60, "1m"), (90, "1m30s"), (75.3, "75.3s")],
)
def test_a_duration_is_shown(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown


def test_a_status_is_codes_and_ranges() -> None:
    assert parse_status("200,204-206") == ((200, 200), (204, 206))
    assert [Answer("200,300-399").accepts(code) for code in (200, 204, 301)] == [True, False, True]
    for text in ("", "200-", "ok", "600", "200,,", "-200"):
        with pytest.raises(TargetError):
            parse_status(text)


def test_options_stand_anywhere_and_in_every_form() -> None:
    words = ["a", "--timeout=2m", "-n", "shop", "b", "-vnx", "--format", "json", "--", "--any"]
    settings = parse_arguments(words)
    assert settings.targets == ("a", "b", "--any")
    assert settings.duration_s("timeout") == 120
    assert settings.duration_s("attempt_timeout") == 5
    assert settings.text("namespace") == "x"
    assert settings.text("format") == "json"
    assert settings.flag("verbose")
    assert not settings.flag("any")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--tmeout", "1s"], "No such option: --tmeout"),
        (["-x"], "No such option: -x"),
        (["--timeout"], "Option '--timeout' requires an argument."),
        (["--any=1"], "Option '--any' does not take a value."),
        (["--format", "xml"], "'xml' is not one of 'text', 'json'."),
    ],
)
def test_a_wrong_option_is_refused(words: list[str], why: str) -> None:
    with pytest.raises(UsageProblem, match=re.escape(why)):
        parse_arguments(words)


@pytest.mark.parametrize("value", ["soon", "-1s", "60"])
def test_a_wrong_duration_names_its_option(value: str) -> None:
    with pytest.raises(UsageProblem, match="Invalid value for '--attempt-timeout'"):
        parse_arguments([f"--attempt-timeout={value}"]).duration_s("attempt_timeout")
