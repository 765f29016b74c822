"""Heads of HTTP messages: what is read, refused, and written anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.command.head import (
    CHUNKED_BODY,
    NO_BODY,
    UNTIL_CLOSE,
    Body,
    Framing,
    Peer,
    Refused,
    parse_request,
    parse_response,
    render_refusal,
    render_request,
    render_response,
)

GET = parse_request(b"GET / HTTP/1.1\r\nHost: a")
HEAD = parse_request(b"HEAD / HTTP/1.1\r\nHost: a")


def test_a_request_is_read() -> None:
    request = parse_request(b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 12")
    assert (request.method, request.target, request.minor) == (b"POST", b"/a?b=c", 1)
    assert request.body == Body(Framing.LENGTH, 12)
    assert request.keeps_alive
    assert not request.upgrades
    assert not request.may_be_repeated
    assert GET.may_be_repeated


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /\r\nHost: a", 400),
        (b"GET  / HTTP/1.1", 400),
        (b"G(T / HTTP/1.1", 400),
        (b"GET /\x01 HTTP/1.1", 400),
        (b"GET / HTTP/2.0", 400),
        (b"GET / HTTP/1.1\r\nno colon", 400),
        (b"GET / HTTP/1.1\r\n: no name", 400),
        (b"GET / HTTP/1.1\r\nName : blank before the colon", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded", 400),
        (b"GET / HTTP/1.1\r\nA: b\nContent-Length: 5", 400),
        (b"GET / HTTP/1.1\r\nA: zero\0byte", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +5", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5, 5", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: ", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 501),
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_refused(head: bytes, status: int) -> None:
    with pytest.raises(Refused) as refusal:
        parse_request(head)
    assert refusal.value.status == status


def test_what_is_for_one_hop_does_not_go_on_and_the_rest_goes_on_unchanged() -> None:
    request = parse_request(
        b"GET / HTTP/1.1\r\nhOsT: h\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
        b"TE: trailers\r\nAccept:  a \r\nX: \xff\r\nX: 2"
    )
    assert not request.keeps_alive
    assert render_request(request, Peer(b"10.0.0.9")) == (
        b"GET / HTTP/1.1\r\nhOsT: h\r\nAccept: a\r\nX: \xff\r\nX: 2\r\n"
        b"X-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h\r\n\r\n"
    )


def test_connection_cannot_name_away_what_frames_the_body() -> None:
    head = b"POST / HTTP/1.1\r\nConnection: content-length, host\r\nHost: h\r\nContent-Length: 5"
    rendered = render_request(parse_request(head), Peer(None))
    assert b"Content-Length: 5" in rendered
    assert b"Host: h" in rendered


def test_forwarded_is_appended_to_what_others_said() -> None:
    request = parse_request(
        b"GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: outer"
    )
    assert render_request(request, Peer(b"3.3.3.3")) == (
        b"GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n\r\n"
    )


def test_an_upgrade_keeps_what_it_needs() -> None:
    head = b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket"
    request = parse_request(head)
    assert request.upgrades
    rendered = render_request(request, Peer(None))
    assert b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" in rendered
    switched = parse_response(
        b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket", request
    )
    assert render_response(switched, close=True) == (
        b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("head", "body", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5", Body(Framing.LENGTH, 5), True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", NO_BODY, True),
        (b"HTTP/1.1 200\r\nTransfer-Encoding: Chunked", CHUNKED_BODY, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", UNTIL_CLOSE, False),
        (b"HTTP/1.1 200 OK", UNTIL_CLOSE, False),
        (b"HTTP/1.1 204 No Content", NO_BODY, True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5", NO_BODY, True),
        (b"HTTP/1.1 100 Continue", NO_BODY, True),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5",
            Body(Framing.LENGTH, 5),
            False,
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5", Body(Framing.LENGTH, 5), False),
        (
            b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5",
            Body(Framing.LENGTH, 5),
            True,
        ),
    ],
)
def test_a_response_is_framed(head: bytes, body: Body, keeps_alive: bool) -> None:
    response = parse_response(head, GET)
    assert (response.body, response.keeps_alive) == (body, keeps_alive)


def test_a_response_to_head_has_no_body_whatever_it_says() -> None:
    assert parse_response(b"HTTP/1.1 200 OK\r\nContent-Length: 5", HEAD).body == NO_BODY
    assert parse_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", HEAD).body == NO_BODY


@pytest.mark.parametrize(
    "head", [b"SSH-2.0-x", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/3 200"]
)
def test_what_is_no_response_is_a_bad_gateway(head: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        parse_response(head, GET)
    assert refusal.value.status == 502


def test_close_is_said_once_and_chunked_wins_over_a_length() -> None:
    response = parse_response(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 7\r\nServer: s",
        GET,
    )
    assert render_response(response, close=True) == (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: s\r\nConnection: close\r\n\r\n"
    )


def test_a_refusal_is_a_whole_response() -> None:
    head, _, body = render_refusal(503, "not up").partition(b"\r\n\r\n")
    response = parse_response(head, GET)
    assert response.body == Body(Framing.LENGTH, len(body))
    assert body == b"503 Service Unavailable: not up\n"
    assert b"Retry-After: 1" in head


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(head: bytes) -> None:
    statuses = set()
    for attempt in (lambda: parse_request(head), lambda: parse_response(head, GET)):
        try:
            attempt()
        except Refused as refusal:
            statuses.add(refusal.status)
    assert statuses <= {400, 501, 502}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Host", "X-A", "Connection", "TE", "Accept", "x-forwarded-for"]),
            st.text("abc,; ", max_size=8),
        ),
        max_size=8,
    )
)
def test_what_was_passed_on_can_be_passed_on_again(fields: list[tuple[str, str]]) -> None:
    """Nothing is lost at a second hop but what the first one already took."""
    lines = [f"{name}: {value}" for name, value in fields]
    first = parse_request("\r\n".join(["GET / HTTP/1.1", *lines]).encode())
    second = parse_request(render_request(first, Peer(None))[:-4])
    third = parse_request(render_request(second, Peer(None))[:-4])
    assert second.fields == third.fields
