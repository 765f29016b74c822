"""Servers whose command line we can read: one small pure parser each, in one table.

Does: find the public address in a server's own options, its environment or its defaults, and write
the same command with a private address instead.
Does not: read configuration files: where one may hold the address, `public` is None and `--listen`
must say it (the private address goes on the command line, which outranks a file).
Holds: what is not about the address stays as it was, in its order.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Callable

from seatrial_app.command.endpoint import Endpoint, parse_endpoint, parse_port
from seatrial_app.command.options import has_option, take_option


class Unclear(Exception):
    """The address is there in a form that cannot be moved; says which."""


@dataclass(frozen=True)
class Seen:
    """What a parser may look at: arguments after the server's name, environment, files by name."""

    arguments: tuple[str, ...]
    environ: Mapping[str, str]
    has_file: Callable[[str], bool]
    private: Endpoint


@dataclass(frozen=True)
class Moved:
    """The public address if it could be found, and the new arguments after the server's name."""

    public: Endpoint | None
    arguments: tuple[str, ...]


def uvicorn(seen: Seen) -> Moved:
    _refuse(seen.arguments, "--uds", "--fd")
    return _host_and_port(seen, Endpoint("127.0.0.1", 8000), prefix="UVICORN_")


def granian(seen: Seen) -> Moved:
    _refuse(seen.arguments, "--uds")
    return _host_and_port(seen, Endpoint("127.0.0.1", 8000), prefix="GRANIAN_")


def daphne(seen: Seen) -> Moved:
    _refuse(seen.arguments, "-u", "--unix-socket", "--fd", "-e", "--endpoint")
    return _host_and_port(
        seen, Endpoint("127.0.0.1", 8000), hosts=("-b", "--bind"), ports=("-p", "--port")
    )


def flask(seen: Seen) -> Moved:
    """`flask [--app X] run [options]`"""
    before, run = _split_at(seen.arguments, "run")
    hosts, ports = ("-h", "--host"), ("-p", "--port")
    default = Endpoint("127.0.0.1", 5000)
    moved = _host_and_port(_with(seen, run), default, hosts=hosts, ports=ports, prefix="FLASK_RUN_")
    return Moved(moved.public, (*before, *moved.arguments))


def fastapi(seen: Seen) -> Moved:
    """`fastapi run|dev [options]`"""
    command = "dev" if "dev" in seen.arguments else "run"
    before, after = _split_at(seen.arguments, command)
    default = Endpoint("127.0.0.1" if command == "dev" else "0.0.0.0", 8000)
    moved = _host_and_port(_with(seen, after), default)
    return Moved(moved.public, (*before, *moved.arguments))


def gunicorn(seen: Seen) -> Moved:
    extra = tuple(shlex.split(seen.environ.get("GUNICORN_CMD_ARGS", "")))
    found = take_option(seen.arguments, "-b", "--bind")
    elsewhere = take_option(extra, "-b", "--bind")
    arguments = ("--bind", str(seen.private), *found.rest)
    binds = found.values or elsewhere.values
    if binds:
        return Moved(_one_bind(binds, "-b", default_port=8000), arguments)
    has_config = has_option((*seen.arguments, *extra), "-c", "--config")
    if has_config or seen.has_file("gunicorn.conf.py"):
        return Moved(None, arguments)
    if port := seen.environ.get("PORT"):
        return Moved(Endpoint("0.0.0.0", parse_port(port, f"PORT={port}")), arguments)
    return Moved(Endpoint("127.0.0.1", 8000), arguments)


def hypercorn(seen: Seen) -> Moved:
    _refuse(seen.arguments, "--insecure-bind", "--quic-bind")
    found = take_option(seen.arguments, "-b", "--bind")
    arguments = ("--bind", str(seen.private), *found.rest)
    if found.values:
        return Moved(_one_bind(found.values, "-b", default_port=8000), arguments)
    if has_option(seen.arguments, "-c", "--config"):
        return Moved(None, arguments)
    return Moved(Endpoint("127.0.0.1", 8000), arguments)


def waitress(seen: Seen) -> Moved:
    _refuse(seen.arguments, "--unix-socket")
    listen = take_option(seen.arguments, "--listen")
    host = take_option(listen.rest, "--host")
    port = take_option(host.rest, "--port")
    arguments = (f"--listen={seen.private}", *port.rest)
    if listen.values:
        public = _one_bind(tuple(" ".join(listen.values).split()), "--listen", default_port=8080)
    else:
        text = port.last or "8080"
        public = Endpoint(_any(host.last or "0.0.0.0"), parse_port(text, f"--port {text}"))
    return Moved(public, arguments)


def runserver(seen: Seen) -> Moved:
    """Django's `manage.py runserver [options] [ADDRPORT]`"""
    before, after = _split_at(seen.arguments, "runserver")
    places = [word for word in after if _looks_like_addrport(word)]
    public = Endpoint("127.0.0.1", 8000)
    if places:
        public = parse_endpoint(places[-1], host="127.0.0.1")
    rest = tuple(word for word in after if word not in places)
    return Moved(public, (*before, *rest, str(seen.private)))


def http_server(seen: Seen) -> Moved:
    """`python -m http.server [-b ADDRESS] [PORT]`"""
    found = take_option(seen.arguments, "-b", "--bind")
    ports = [word for word in found.rest if word.isdigit()]
    rest = tuple(word for word in found.rest if word not in ports)
    public = Endpoint(_any(found.last or ""), parse_port(ports[-1]) if ports else 8000)
    return Moved(public, (*rest, "--bind", seen.private.host, str(seen.private.port)))


Parser = Callable[[Seen], Moved]

BY_NAME: Mapping[str, Parser] = {
    "uvicorn": uvicorn,
    "gunicorn": gunicorn,
    "hypercorn": hypercorn,
    "granian": granian,
    "daphne": daphne,
    "waitress-serve": waitress,
    "waitress": waitress,
    "flask": flask,
    "fastapi": fastapi,
    "manage.py": runserver,
    "django-admin": runserver,
    "django": runserver,
    "http.server": http_server,
}
"""Program or module name → its parser. A new server: one function above, one line here."""

SUBCOMMANDS: Mapping[Parser, tuple[str, ...]] = {
    flask: ("run",),
    fastapi: ("run", "dev"),
    runserver: ("runserver",),
}
"""Programs that do other things too: only with one of these words do they serve."""

ONLY_AS_MODULE = frozenset(("http.server", "waitress", "django"))
"""Names that mean a server only after `-m`."""


def _host_and_port(
    seen: Seen,
    default: Endpoint,
    *,
    hosts: tuple[str, ...] = ("--host",),
    ports: tuple[str, ...] = ("--port",),
    prefix: str | None = None,
) -> Moved:
    """Servers with one option for the host and one for the port."""
    host = take_option(seen.arguments, *hosts)
    port = take_option(host.rest, *ports)
    environ = seen.environ if prefix is not None else {}
    host_text = host.last or environ.get(f"{prefix}HOST") or default.host
    port_text = port.last or environ.get(f"{prefix}PORT") or str(default.port)
    private = (hosts[-1], seen.private.host, ports[-1], str(seen.private.port))
    public = Endpoint(_any(host_text), parse_port(port_text, f"{ports[-1]} {port_text}"))
    return Moved(public, (*private, *port.rest))


def _one_bind(binds: Sequence[str], option: str, *, default_port: int) -> Endpoint:
    if len(binds) > 1:
        raise Unclear(f"{option} is given {len(binds)} times")
    if binds[0].startswith(("unix:", "fd://", "fd:")):
        raise Unclear(f"{option} {binds[0]} is not a host and a port")
    found = parse_endpoint(binds[0].replace("tcp://", ""), port=default_port)
    return Endpoint(_any(found.host), found.port)


def _refuse(arguments: Sequence[str], *names: str) -> None:
    for name in names:
        if has_option(arguments, name):
            raise Unclear(f"{name} is not a host and a port")


def _split_at(arguments: Sequence[str], word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    at = tuple(arguments).index(word) + 1
    return tuple(arguments[:at]), tuple(arguments[at:])


def _with(seen: Seen, arguments: tuple[str, ...]) -> Seen:
    return Seen(arguments, seen.environ, seen.has_file, seen.private)


def _looks_like_addrport(word: str) -> bool:
    """Django's own positional: PORT, HOST:PORT or [V6]:PORT."""
    return not word.startswith("-") and word.rpartition(":")[2].isdigit()


def _any(host: str) -> str:
    return "" if host == "*" else host
