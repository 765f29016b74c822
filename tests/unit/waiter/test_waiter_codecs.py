"""Bytes → verdict: PostgreSQL, Redis, HTTP. Whatever way the bytes are cut, the verdict is one."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.waiter.http1 import Body, Head, Malformed, http_request, judge_answer, parse_head
from seatrial.waiter.postgres import judge_startup, startup_message
from seatrial.waiter.redis import judge_replies, redis_request
from seatrial.waiter.targets import Answer, Defaults, Http, Trust, parse_target
from seatrial.waiter.verdicts import READY, Verdict, not_yet


def message(kind: str, body: bytes) -> bytes:
    """A PostgreSQL message."""
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def error(code: str, text: str) -> bytes:
    """A PostgreSQL ErrorResponse."""
    return message("E", f"SFATAL\0VFATAL\0C{code}\0M{text}\0\0".encode())


AUTHENTICATED = message("R", struct.pack("!i", 0))
ASKS_FOR_SCRAM = message("R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0")
PARAMETER = message("S", b"server_version\x0017.2\0")
STARTING = error("57P03", "the database system is starting up")
NO_DATABASE = error("3D000", 'database "shop" does not exist')
NO_RULE = error("28000", "no pg_hba.conf entry")
CROWDED = error("53300", "sorry, too many clients already")

STRANGER = not_yet("it does not speak PostgreSQL")


@pytest.mark.parametrize(
    ("received", "is_named", "verdict"),
    [
        (ASKS_FOR_SCRAM, True, READY),
        (AUTHENTICATED, True, None),
        (AUTHENTICATED + PARAMETER + message("K", b"12345678"), True, None),
        (AUTHENTICATED + PARAMETER + message("Z", b"I"), True, READY),
        (STARTING, False, not_yet("the database system is starting up (57P03)")),
        (CROWDED, False, not_yet("sorry, too many clients already (53300)")),
        (AUTHENTICATED + NO_DATABASE, True, not_yet('database "shop" does not exist (3D000)')),
        (AUTHENTICATED + NO_DATABASE, False, READY),
        (NO_RULE, True, not_yet("no pg_hba.conf entry (28000)")),
        (NO_RULE, False, READY),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, STRANGER),
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, STRANGER),
        (message("T", b"row"), True, STRANGER),
        (b"", True, None),
        (ASKS_FOR_SCRAM[:-1], True, None),
    ],
)
def test_postgres_says(received: bytes, is_named: bool, verdict: Verdict | None) -> None:
    assert judge_startup(received, False, is_named=is_named) == verdict


def test_a_start_up_that_ends_early_is_not_yet() -> None:
    verdict = judge_startup(AUTHENTICATED, True, is_named=False)
    assert verdict == not_yet("the server closed the connection during start-up")


def test_the_first_message_counts_itself_and_names_user_and_database() -> None:
    said = startup_message("app", "shop")
    assert struct.unpack("!ii", said[:8]) == (len(said), 3 << 16)
    assert said[8:] == b"user\0app\0database\0shop\0application_name\0seatrial wait\0\0"
    assert b"database" not in startup_message("", "")


@pytest.mark.parametrize(
    ("received", "has_password", "verdict"),
    [
        (b"+PONG\r\n", False, READY),
        (b"+OK\r\n+PONG\r\n", True, READY),
        (b"+OK\r\n", True, None),
        (b"+PON", False, None),
        (b"-NOAUTH Authentication required.\r\n", False, READY),
        (b"+OK\r\n-NOAUTH no\r\n", True, not_yet("NOAUTH no")),
        (b"-WRONGPASS invalid\r\n-NOAUTH\r\n", True, not_yet("WRONGPASS invalid")),
        (b"-LOADING Redis is loading\r\n", False, not_yet("LOADING Redis is loading")),
        (b"+OK\r\n-LOADING wait\r\n", True, not_yet("LOADING wait")),
        (b"-MASTERDOWN Link\r\n", False, not_yet("MASTERDOWN Link")),
        (b"HTTP/1.1 400", False, not_yet("it does not speak Redis")),
        (b"+OK\r\n", False, not_yet("it does not speak Redis")),
        (b"+" + b"x" * 5000, False, not_yet("it does not speak Redis")),
    ],
)
def test_redis_says(received: bytes, has_password: bool, verdict: Verdict | None) -> None:
    assert judge_replies(received, False, has_password=has_password) == verdict


def test_redis_is_asked_in_one_go() -> None:
    assert redis_request("", "") == b"*1\r\n$4\r\nPING\r\n"
    said = redis_request("me", "p\u00e4ss")
    assert said.startswith(b"*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$5\r\np\xc3\xa4ss\r\n*1\r\n")


def page(contains: str = "", status: str = "200-399") -> Http:
    """A target with these wishes."""
    return Http("http://a/", "a", 80, "/", False, Answer(status, contains), Trust())


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MEASURED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
NO_HELLO = not_yet("status 200 OK, but the body does not contain 'hello'")


@pytest.mark.parametrize(
    ("received", "target", "verdict"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", page(), READY),
        (b"HTTP/1.1 200\r\n\r\n", page(), READY),
        (b"HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n", page(), READY),
        (b"HTTP/1.1 503 Busy\r\n\r\n", page(), not_yet("status 503 Busy, wanted 200-399")),
        (b"HTTP/1.1 503 Busy\r\n\r\n", page(status="503"), READY),
        (b"HTTP/1.1 100 Continue\r\n\r\n", page(), None),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 None\r\n\r\n", page(), READY),
        (b"HTTP/1.1 204 None\r\n\r\n", page("x"), not_yet(
            "status 204 None, but the body does not contain 'x'")),
        (MEASURED, page("hello"), READY),
        (MEASURED[:-1], page("hello"), None),
        (MEASURED + b"hello", page("ohe"), not_yet(
            "status 200 OK, but the body does not contain 'ohe'")),
        (CHUNKED + b"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", page("hello"), READY),
        (CHUNKED + b"3\r\nhel\r\n0\r\n\r\n", page("hello"), NO_HELLO),
        (CHUNKED + b"3\r\nhel\r\n", page("hello"), None),
        (CHUNKED + b"-1\r\n", page("hello"), not_yet("it does not speak HTTP")),
        (b"HTTP/1.1 200 OK\r\n\r\nhel", page("hello"), None),
        (b"SSH-2.0-OpenSSH\r\n", page(), not_yet("it does not speak HTTP")),
        (b"HTTP/1.1 ok\r\n\r\n", page(), not_yet("it does not speak HTTP")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", page("y"),
            not_yet("it does not speak HTTP")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, page(), not_yet("it does not speak HTTP")),
    ],
)  # fmt: skip
def test_http_says(received: bytes, target: Http, verdict: Verdict | None) -> None:
    assert judge_answer(received, False, target) == verdict


def test_an_http_answer_that_ends_early_is_not_yet() -> None:
    nothing = judge_answer(b"", True, page())
    assert nothing == not_yet("the server closed the connection without an answer")
    assert judge_answer(MEASURED[:-1], True, page("hello")) == NO_HELLO
    assert judge_answer(b"HTTP/1.1 200 OK\r\n\r\nhello", True, page("hello")) == READY


def test_an_endless_body_is_read_so_far_and_no_further() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_048_577
    assert judge_answer(endless, False, page("hello")) == NO_HELLO


def test_a_request_says_host_and_login() -> None:
    target = parse_target("http://me:pass@a:8080/x?y=1", Defaults())
    assert isinstance(target, Http)
    first, *fields = http_request(target).decode().split("\r\n")
    assert first == "GET /x?y=1 HTTP/1.1"
    assert {"Host: a:8080", "Connection: close", "Authorization: Basic bWU6cGFzcw=="} <= set(fields)
    assert http_request(target).endswith(b"\r\n\r\n")


@dataclass(frozen=True)
class Dialogue:
    """A whole answer and its judge."""

    received: bytes
    judge: Callable[[bytes, bool], Verdict | None]


DIALOGUES = [
    Dialogue(
        AUTHENTICATED + PARAMETER + message("Z", b"I"),
        lambda data, ended: judge_startup(data, ended, is_named=True),
    ),
    Dialogue(STARTING, lambda data, ended: judge_startup(data, ended, is_named=True)),
    Dialogue(
        b"+OK\r\n-LOADING wait\r\n",
        lambda data, ended: judge_replies(data, ended, has_password=True),
    ),
    Dialogue(
        CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        lambda data, ended: judge_answer(data, ended, page("hello")),
    ),
    Dialogue(MEASURED, lambda data, ended: judge_answer(data, ended, page("no"))),
]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_a_beginning_never_says_otherwise_than_the_whole(dialogue: Dialogue) -> None:
    whole = dialogue.judge(dialogue.received, False)
    assert whole is not None
    for length in range(len(dialogue.received)):
        assert dialogue.judge(dialogue.received[:length], False) in (None, whole)


@given(st.binary(max_size=60), st.booleans())
def test_no_bytes_break_a_judge(data: bytes, ended: bool) -> None:
    for dialogue in DIALOGUES:
        for start in (b"", dialogue.received[:9], dialogue.received[:40]):
            verdict = dialogue.judge(start + data, ended)
            assert verdict is None or isinstance(verdict, Verdict)
            assert verdict is not None or not ended


@given(st.lists(st.binary(max_size=9), max_size=5), st.data())
def test_a_chunked_body_is_the_same_however_it_is_cut(
    pieces: list[bytes], data: st.DataObject
) -> None:
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece]
    raw = b"".join(chunks) + b"0\r\n\r\n"
    cut = data.draw(st.integers(0, len(raw)))
    body = Body(Head(200, "OK", {"transfer-encoding": "chunked"}))
    assert body.feed(raw[:cut]) + body.feed(raw[cut:]) == b"".join(pieces)
    assert body.is_whole


def test_a_length_that_is_none_is_malformed() -> None:
    with pytest.raises(Malformed):
        Body(Head(200, "OK", {"content-length": "-5"}))
    with pytest.raises(Malformed):
        parse_head(b"ICY 200 OK\r\n\r\n")
