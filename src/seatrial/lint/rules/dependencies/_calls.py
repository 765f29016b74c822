"""Commands that call another host, taken apart: what does `pg_isready -h db` ask?

Does: knows the usual clients and how each is told its host.
Does not: follow scripts in files, or programs that read their host elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from seatrial.lint.texts import hosts_in

# Client → scheme for `seatrial wait`, its usual port, and how it is told its host.
_BY_OPTION: Mapping[str, tuple[str, int, tuple[str, ...]]] = {
    "clickhouse-client": ("tcp", 9000, ("-h", "--host")),
    "etcdctl": ("tcp", 2379, ("--endpoints",)),
    "grpc_health_probe": ("tcp", 50051, ("-addr", "--addr")),
    "kafka-broker-api-versions.sh": ("tcp", 9092, ("--bootstrap-server",)),
    "kafka-topics.sh": ("tcp", 9092, ("--bootstrap-server",)),
    "mariadb": ("tcp", 3306, ("-h", "--host")),
    "mariadb-admin": ("tcp", 3306, ("-h", "--host")),
    "mongo": ("tcp", 27017, ("--host",)),
    "mongosh": ("tcp", 27017, ("--host",)),
    "mysql": ("tcp", 3306, ("-h", "--host")),
    "mysqladmin": ("tcp", 3306, ("-h", "--host")),
    "pg_isready": ("postgres", 5432, ("-h", "--host")),
    "psql": ("postgres", 5432, ("-h", "--host")),
    "redis-cli": ("redis", 6379, ("-h", "-u")),
    "valkey-cli": ("redis", 6379, ("-h", "-u")),
}
_PORT_OPTIONS = ("-p", "-P", "--port")
_HTTP = frozenset({"curl", "wget", "http", "https"})
_TCP = frozenset({"nc", "ncat", "netcat", "telnet"})
_TCP_WITH_VALUE = frozenset({"-w", "-i", "-p", "-s", "-q", "-G", "-x", "-X"})
_NAMES = frozenset({"nslookup", "host", "dig", "getent", "ping"})
_NOT_NAMES = frozenset({"hosts", "ahosts", "ahostsv4", "A", "AAAA", "SRV"})
# Options by which one try is given a limit.
_LIMITS: Mapping[str, tuple[str, ...]] = {
    "curl": ("-m", "--max-time", "--connect-timeout"),
    "wget": ("-T", "--timeout", "--connect-timeout"),
    "nc": ("-w", "-G"),
    "ncat": ("-w", "--wait"),
    "netcat": ("-w",),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One command that asks a host."""

    program: str
    scheme: str  # tcp, http, https, dns, postgres, redis
    host: str
    port: int | None = None
    has_limit: bool = True  # the try itself ends by itself

    @property
    def is_local(self) -> bool:
        """The pod itself, or something that only the running shell knows."""
        return (
            self.host in {"", "localhost", "::1", "0.0.0.0"}
            or self.host.startswith("127.")
            or "$" in self.host
        )

    @property
    def url(self) -> str:
        """As `seatrial wait` is told it."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def call_in(words: tuple[str, ...], env: Mapping[str, str]) -> Call | None:
    """What the command asks; None where it is no client that is known, or names no host."""
    if not words:
        return None
    program = words[0].rpartition("/")[2]
    rest = tuple(expanded(word, env) for word in words[1:])
    if program in _HTTP:
        call = _http(program, rest)
    elif program in _TCP:
        call = _tcp(program, rest)
    elif program in _NAMES:
        call = _name(program, rest)
    elif program in _BY_OPTION:
        call = _by_option(program, rest)
    else:
        return None
    limits = _LIMITS.get(program)
    has_limit = limits is None or any(word.startswith(limits) for word in rest)
    return replace(call, has_limit=has_limit) if call is not None else None


def expanded(word: str, env: Mapping[str, str]) -> str:
    """The word with the variables that the manifest gives a plain value."""
    if "$" not in word:
        return word
    for name in sorted(env, key=len, reverse=True):
        for form in (f"${{{name}}}", f"$({name})", f"${name}"):
            word = word.replace(form, env[name])
    return word


def _http(program: str, words: tuple[str, ...]) -> Call | None:
    plain = [word for word in words if not word.startswith("-")]
    urls = [word for word in plain if "://" in word] or plain[-1:]
    for host in hosts_in(urls[0] if urls else ""):
        return Call(program, host.scheme or "http", host.name, host.port)
    return None


def _tcp(program: str, words: tuple[str, ...]) -> Call | None:
    plain: list[str] = []
    skips = False
    for word in words:
        if skips or word.startswith("-"):
            skips = not skips and word in _TCP_WITH_VALUE
        else:
            plain.append(word)
    if not plain:
        return None
    port = plain[1] if len(plain) > 1 else ""
    return Call(program, "tcp", plain[0].lower(), int(port) if _is_number(port) else None)


def _name(program: str, words: tuple[str, ...]) -> Call | None:
    plain = [word for word in words if not word.startswith(("-", "+")) and word not in _NOT_NAMES]
    return Call(program, "dns", plain[0].lower().rstrip(".")) if plain else None


def _by_option(program: str, words: tuple[str, ...]) -> Call | None:
    scheme, port, names = _BY_OPTION[program]
    told = next(_values(words, names), "") or next((w for w in words if "://" in w), "")
    for host in hosts_in(told):
        own = next(_values(words, _PORT_OPTIONS), "")
        number = host.port or (int(own) if _is_number(own) else port)
        return Call(program, scheme, host.name, number)
    return None


def _values(words: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    """What the options are given: `-h db`, `-hdb` is not read, `--host=db`."""
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            yield from (value,) if equals else words[index + 1 : index + 2]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6
