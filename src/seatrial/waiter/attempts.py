"""One look at a target, over the network (edge).

Holds: an attempt ends by its limit (name look-ups apart) and never raises for what a network or a
server does: that is a verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from seatrial.waiter.cluster import Api, Report, follow
from seatrial.waiter.connection import Connection, Deadline, client_tls, explain, resolve
from seatrial.waiter.http1 import http_request, judge_answer
from seatrial.waiter.postgres import SSL_REQUEST, STRANGER, judge_startup, startup_message
from seatrial.waiter.redis import judge_replies, redis_request
from seatrial.waiter.targets import Http, Name, Object, Postgres, Redis, Target, Tcp, Trust
from seatrial.waiter.verdicts import READY, Verdict, not_yet

# Takes what came so far and whether it has ended; gives a verdict, or None: more is needed.
Judge = Callable[[bytes, bool], "Verdict | None"]


def attempt(target: Target, limit_s: float, *, api: Api | None, report: Report) -> Verdict:
    """The last word of one attempt; `report` takes what an attempt that lasts says before."""
    try:
        if isinstance(target, Object):
            assert api is not None, "an object's API server is known before it is waited for"
            return follow(target, api, limit_s, report)
        return look_at(target, Deadline(limit_s))
    except OSError as error:
        return not_yet(explain(error))
    except ValueError as error:
        return not_yet(f"it answers nonsense: {error}")


def look_at(target: Target, deadline: Deadline) -> Verdict:
    """A target that takes one connection or none. Raises OSError."""
    if isinstance(target, Name):
        resolve(target.host)
        return READY
    assert not isinstance(target, Object)
    with Connection(target.host, target.port, deadline) as connection:
        if isinstance(target, Tcp):
            return READY
        if isinstance(target, Http):
            return ask_http(target, connection)
        if isinstance(target, Redis):
            return ask_redis(target, connection)
        return ask_postgres(target, connection)


def ask_http(target: Http, connection: Connection) -> Verdict:
    """One GET."""
    if target.is_secure:
        connection.secure(client_tls(target.trust), target.host)
    connection.send(http_request(target))
    return listen(connection, partial(judge_http, target))


def judge_http(target: Http, received: bytes, ended: bool) -> Verdict | None:
    """`judge_answer` with its target in front."""
    return judge_answer(received, ended, target)


def ask_redis(target: Redis, connection: Connection) -> Verdict:
    """AUTH and PING."""
    if target.is_secure:
        connection.secure(client_tls(target.trust), target.host)
    connection.send(redis_request(target.user, target.password))
    return listen(connection, partial(judge_replies, has_password=bool(target.password)))


def ask_postgres(target: Postgres, connection: Connection) -> Verdict:
    """Start-up, inside TLS if both sides want it."""
    judge = partial(judge_startup, is_named=bool(target.user or target.database))
    if target.ssl_mode not in ("disable", "allow"):
        connection.send(SSL_REQUEST)
        answer = connection.receive(1)
        if answer == b"S":
            context = client_tls(
                postgres_trust(target), checks_name=target.ssl_mode == "verify-full"
            )
            connection.secure(context, target.host)
        elif answer == b"E":
            return listen(connection, judge, received=answer)
        elif answer != b"N":
            return not_yet(STRANGER if answer else "the server closed the connection")
        elif target.ssl_mode != "prefer":
            return not_yet(f"it does no TLS, which sslmode={target.ssl_mode} wants")
    connection.send(startup_message(target.user, target.database))
    return listen(connection, judge)


def postgres_trust(target: Postgres) -> Trust:
    """As libpq: prefer and require verify nothing unless authorities are given."""
    is_verified = target.ssl_mode.startswith("verify") or bool(target.trust.ca)
    return target.trust if is_verified else Trust(is_insecure=True)


def listen(connection: Connection, judge: Judge, *, received: bytes = b"") -> Verdict:
    """Receive until the judge has heard enough. Raises OSError."""
    while True:
        data = connection.receive()
        received += data
        verdict = judge(received, not data)
        if verdict is not None:
            return verdict
