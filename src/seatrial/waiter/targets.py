"""What can be waited for: `parse_target` makes a value of each kind of target.

What belongs to one target alone stands in it: `https://a/#status=204&contains=ok` overrides the
options for this one (a fragment is never sent to a server).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Union

from seatrial.waiter.options import parse_status
from seatrial.waiter.urls import (
    TargetError,
    Url,
    encode_percent,
    parse_pairs,
    parse_url,
    show_address,
)

POSTGRES_PORT = 5432
REDIS_PORT = 6379
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class Trust(NamedTuple):
    """Whose certificates are believed: the system's authorities, a file's, or anybody's."""

    ca: str = ""
    is_insecure: bool = False


class Answer(NamedTuple):
    """What an HTTP answer has to be."""

    status: str = "200-399"
    contains: str = ""

    def accepts(self, code: int) -> bool:
        """Whether this status is one of those asked for."""
        return any(low <= code <= high for low, high in parse_status(self.status))


class Defaults(NamedTuple):
    """What a target means that does not say otherwise."""

    answer: Answer = Answer()
    trust: Trust = Trust()
    namespace: str = ""


class Tcp(NamedTuple):
    """A port that takes connections."""

    label: str
    host: str
    port: int


class Http(NamedTuple):
    """A page that answers; `path` with its query, ready to be sent."""

    label: str
    host: str
    port: int
    path: str
    is_secure: bool
    wanted: Answer
    trust: Trust
    user: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """The Host header: without a port that the scheme implies."""
        usual = 443 if self.is_secure else 80
        return show_address(self.host, None if self.port == usual else self.port)


class Name(NamedTuple):
    """A name that resolves."""

    label: str
    host: str


class Postgres(NamedTuple):
    """A PostgreSQL server that takes connections; empty user or database: any."""

    label: str
    host: str
    port: int
    user: str
    database: str
    ssl_mode: str
    trust: Trust


class Redis(NamedTuple):
    """A Redis server that answers PING."""

    label: str
    host: str
    port: int
    is_secure: bool
    trust: Trust
    user: str = ""
    password: str = ""


class Object(NamedTuple):
    """A pod that is Ready, a job that is Complete; empty namespace: the waiter's own."""

    label: str
    kind: str
    namespace: str
    name: str


Target = Union[Tcp, Http, Name, Postgres, Redis, Object]  # noqa: UP007 - Python 3.9 evaluates it


def parse_target(text: str, defaults: Defaults) -> Target:
    """Raises TargetError that names the target and what is wrong with it."""
    kind, slash, name = text.partition("/")
    if "://" in text:
        return parse_address(text, defaults)
    if slash and kind in OBJECT_KINDS:
        return parse_object(text, OBJECT_KINDS[kind], name, defaults)
    known = f"{', '.join(f'{scheme}://' for scheme in SCHEMES)}, pod/NAME or job/NAME"
    remedy = f"; did you mean tcp://{text}?" if ":" in text and not slash else ""
    raise TargetError(f"{text!r} is no target: it is one of {known}{remedy}")


def parse_address(text: str, defaults: Defaults) -> Target:
    """A target with a scheme."""
    scheme = text.partition("://")[0].lower()
    if scheme not in SCHEMES:
        known = ", ".join(f"{each}://" for each in SCHEMES)
        raise TargetError(f"{scheme}:// is not known: it is one of {known}")
    return SCHEMES[scheme](parse_url(text), defaults)


def tcp(url: Url, _defaults: Defaults) -> Target:
    """`tcp://HOST:PORT`."""
    if url.port is None:
        raise TargetError(f"{url.shown} has no port")
    if url.path.strip("/") or url.query:
        raise TargetError(f"{url.shown}: tcp:// takes a host and a port only")
    return Tcp(f"tcp://{show_address(url.host, url.port)}", url.host, url.port)


def http(url: Url, defaults: Defaults) -> Target:
    """`http://HOST[:PORT]/PATH`, https."""
    is_secure = url.scheme == "https"
    more = parse_pairs(url.fragment)
    unknown = set(more) - {"status", "contains"}
    if unknown:
        raise TargetError(f"{url.shown}: #{min(unknown)} is not known, only #status and #contains")
    wanted = Answer(
        more.get("status", defaults.answer.status), more.get("contains", defaults.answer.contains)
    )
    parse_status(wanted.status)
    path = encode_percent((url.path or "/") + (f"?{url.query}" if url.query else ""))
    port = url.port or (443 if is_secure else 80)
    return Http(
        url.shown, url.host, port, path, is_secure, wanted, defaults.trust, url.user, url.password
    )


def dns(url: Url, _defaults: Defaults) -> Target:
    """`dns://NAME`."""
    if url.port is not None or url.path.strip("/"):
        raise TargetError(f"{url.shown}: dns:// takes a name only")
    return Name(f"dns://{url.host}", url.host)


def postgres(url: Url, defaults: Defaults) -> Target:
    """`postgres://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?sslmode=MODE]`, as libpq reads it."""
    mode = parse_pairs(url.query).get("sslmode", "prefer")
    if mode not in SSL_MODES:
        raise TargetError(f"{url.shown}: sslmode {mode!r} is not one of {', '.join(SSL_MODES)}")
    port = url.port or POSTGRES_PORT
    return Postgres(url.shown, url.host, port, url.user, url.path.strip("/"), mode, defaults.trust)


def redis(url: Url, defaults: Defaults) -> Target:
    """`redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`; rediss is with TLS."""
    is_secure = url.scheme == "rediss"
    port = url.port or REDIS_PORT
    return Redis(url.shown, url.host, port, is_secure, defaults.trust, url.user, url.password)


def parse_object(text: str, kind: str, rest: str, defaults: Defaults) -> Object:
    """`pod/NAME` or `pod/NAMESPACE/NAME`."""
    namespace, slash, name = rest.rpartition("/")
    parts = [name, namespace] if slash else [name]
    if not all(is_object_name(part) for part in parts):
        raise TargetError(f"{text!r} is not {kind}/NAME or {kind}/NAMESPACE/NAME")
    return Object(text, kind, namespace or defaults.namespace, name)


def is_object_name(text: str) -> bool:
    """Whether Kubernetes could have an object of that name (DNS-1123 subdomain)."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    return bool(text) and set(text) <= allowed and text[0].isalnum() and text[-1].isalnum()


SCHEMES: dict[str, Callable[[Url, Defaults], Target]] = {
    "tcp": tcp,
    "http": http,
    "https": http,
    "dns": dns,
    "postgres": postgres,
    "postgresql": postgres,
    "redis": redis,
    "rediss": redis,
}
OBJECT_KINDS = {"pod": "pod", "pods": "pod", "po": "pod", "job": "job", "jobs": "job"}
