"""Where the public address is, where the child shall listen instead, and its new command. Pure.

Does: choose between the ways in which this can be known, in this order: `--to`; `{port}` in the
command; a server that is known; `$PORT` in the environment. Says in one sentence what it moved.
Does not: bind, look for free ports, or start anything.
Holds: a command it does not understand is refused with the three ways out, never guessed at.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Callable

from seatrial_app.command.endpoint import Address, Endpoint, parse_endpoint, parse_port, shown
from seatrial_app.command.known import (
    BY_NAME,
    ONLY_AS_MODULE,
    SUBCOMMANDS,
    Parser,
    Seen,
    Unclear,
)

PLACEHOLDER = "{port}"
PORT_VARIABLE = "PORT"
SHELLS = frozenset(("sh", "bash", "dash", "ash", "zsh"))
SHELL_WORDS = frozenset("$;&|<>()`*?[]#~\n\\{}")

THREE_WAYS = (
    "say it in one of three ways: "
    "(1) --listen HOST:PORT and {port} where the command takes its port, "
    "(2) PORT in the environment, if the server listens on $PORT, "
    "(3) --listen HOST:PORT --to HOST:PORT, if the server listens elsewhere already"
)


class NotFound(Exception):
    """It cannot be told where the command listens; the message names the ways to say it."""


@dataclass(frozen=True)
class Asked:
    """What the user asked for. `private` is a free endpoint that the child may have."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    private: Endpoint
    listen: Endpoint | None = None
    to: Address | None = None
    has_file: Callable[[str], bool] = lambda _name: False


@dataclass(frozen=True)
class Plan:
    """Listen on `public`, start `command` with `environ` added, forward to `target`."""

    public: Endpoint
    target: Address
    command: tuple[str, ...]
    note: str
    environ: Mapping[str, str] = field(default_factory=dict)


def plan_move(asked: Asked) -> Plan:
    """Raises NotFound, or ValueError for a port that is none."""
    if asked.to is not None:
        return _to_elsewhere(asked, asked.to)
    if any(PLACEHOLDER in word for word in asked.command):
        return _by_placeholder(asked)
    known = _by_known_server(asked)
    return known if known is not None else _by_variable(asked)


def _to_elsewhere(asked: Asked, target: Address) -> Plan:
    if asked.listen is None:
        raise NotFound(
            "--to says where the server listens; --listen HOST:PORT must say where we do"
        )
    note = f"listening on {asked.listen}, forwarding to {shown(target)}; the command is unchanged"
    return Plan(asked.listen, target, asked.command, note)


def _by_placeholder(asked: Asked) -> Plan:
    public = asked.listen or _from_variable(asked.environ)
    if public is None:
        raise NotFound(f"{PLACEHOLDER} is the server's port; --listen HOST:PORT must say ours")
    port = str(asked.private.port)
    command = tuple(word.replace(PLACEHOLDER, port) for word in asked.command)
    how = f"{PLACEHOLDER} in the command is {port}"
    return _plan(asked, public, command, how, {PORT_VARIABLE: port})


def _by_variable(asked: Asked) -> Plan:
    public = _from_variable(asked.environ)
    if public is None:
        word = PurePath(asked.command[0]).name
        raise NotFound(f"cannot tell where {word!r} listens; {THREE_WAYS}")
    port = str(asked.private.port)
    how = f"{PORT_VARIABLE} of the server is {port}"
    return _plan(asked, asked.listen or public, asked.command, how, {PORT_VARIABLE: port})


def _by_known_server(asked: Asked) -> Plan | None:
    command = unwrap_shell(asked.command)
    at = _server_at(command)
    if at is None:
        return None
    name = PurePath(command[at]).name
    seen = Seen(command[at + 1 :], asked.environ, asked.has_file, asked.private)
    try:
        moved = BY_NAME[name](seen)
    except Unclear as unclear:
        raise NotFound(f"cannot move {name}: {unclear}; {THREE_WAYS}") from unclear
    public = asked.listen or moved.public
    if public is None:
        raise NotFound(f"{name} takes its address from a file; --listen HOST:PORT must say it")
    rewritten = (*command[: at + 1], *moved.arguments)
    was = f" from {moved.public}" if moved.public else ""
    return _plan(asked, public, rewritten, f"{name} was moved{was} to {asked.private}", {})


def _plan(
    asked: Asked,
    public: Endpoint,
    command: tuple[str, ...],
    how: str,
    environ: Mapping[str, str],
) -> Plan:
    target = (asked.private.host, asked.private.port)
    note = f"listening on {public}, forwarding to {asked.private}; {how}: {shlex.join(command)}"
    return Plan(public, target, command, note, environ)


def _from_variable(environ: Mapping[str, str]) -> Endpoint | None:
    port = environ.get(PORT_VARIABLE, "")
    return Endpoint("", parse_port(port, f"{PORT_VARIABLE}={port}")) if port else None


def unwrap_shell(command: Sequence[str]) -> tuple[str, ...]:
    """`sh -c 'exec uvicorn m:app'` as words, where the shell would do nothing else with them."""
    if len(command) != 3 or PurePath(command[0]).name not in SHELLS or command[1] != "-c":
        return tuple(command)
    if SHELL_WORDS & set(command[2]):
        return tuple(command)
    try:
        words = shlex.split(command[2])
    except ValueError:
        return tuple(command)
    if words and words[0] == "exec":
        words = words[1:]
    is_plain = bool(words) and "=" not in words[0]
    return tuple(words) if is_plain else tuple(command)


def _server_at(command: Sequence[str]) -> int | None:
    """The place of the first word that is a server's name; wrappers before it are passed over."""
    for at, word in enumerate(command):
        name = PurePath(word).name
        parser = BY_NAME.get(name)
        is_module = at > 0 and command[at - 1] == "-m"
        if parser is None or (name in ONLY_AS_MODULE and not is_module):
            continue
        if _serves(parser, command[at + 1 :]):
            return at
    return None


def _serves(parser: Parser, arguments: Sequence[str]) -> bool:
    words = SUBCOMMANDS.get(parser)
    return words is None or any(word in arguments for word in words)


def parse_target(text: str) -> Address:
    """`--to`: `HOST:PORT`, `PORT`, or `unix:PATH`."""
    if text.startswith("unix:"):
        return text[len("unix:") :]
    found = parse_endpoint(text, host="127.0.0.1")
    return (found.host or "127.0.0.1", found.port)
