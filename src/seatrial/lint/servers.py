"""How long well-known servers let requests go on after SIGTERM, as their command says.

    gunicorn   --graceful-timeout, GUNICORN_CMD_ARGS                      30 s
    hypercorn  --graceful-timeout                                          3 s
    uvicorn    --timeout-graceful-shutdown, UVICORN_TIMEOUT_GRACEFUL_...   no limit
    granian    --workers-kill-timeout, GRANIAN_WORKERS_KILL_TIMEOUT        no limit
    Spring     SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE                 30 s where it is graceful

Does not: read configuration files; what they say is not known here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import split

from seatrial.lint.commands import programs_in
from seatrial.lint.declared import seconds_in
from seatrial.lint.workload import Container


@dataclass(frozen=True, slots=True)
class Known:
    """One server's knob."""

    option: str
    variable: str = ""  # that holds the seconds
    words_variable: str = ""  # that holds more of the command line
    default_s: float | None = None  # None: it waits for ever
    config_options: tuple[str, ...] = ()  # with one of these a file may say something else


KNOWN: Mapping[str, Known] = {
    "gunicorn": Known(
        "--graceful-timeout",
        words_variable="GUNICORN_CMD_ARGS",
        default_s=30.0,
        config_options=("-c", "--config"),
    ),
    "hypercorn": Known("--graceful-timeout", default_s=3.0, config_options=("-c", "--config")),
    "uvicorn": Known("--timeout-graceful-shutdown", variable="UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"),
    "granian": Known("--workers-kill-timeout", variable="GRANIAN_WORKERS_KILL_TIMEOUT"),
}
SPRING_VARIABLE = "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE"


@dataclass(frozen=True, slots=True)
class Limit:
    """The seconds after which a server cuts what is in flight."""

    server: str
    seconds: float
    said_by: str  # "--graceful-timeout", "" for the server's default


def limit_of(container: Container) -> Limit | None:
    """None where no known server is seen, or where it waits for ever or a file may decide."""
    for name, words in _servers(container):
        known = KNOWN[name]
        more = container.env.get(known.words_variable, "") if known.words_variable else ""
        said = _said(known, (*words, *_split(more)))
        if said is not None:
            return Limit(name, said, known.option)
        by_variable = _seconds(container.env.get(known.variable, ""))
        if by_variable is not None:
            return Limit(name, by_variable, known.variable)
        may_be_in_file = any(word.partition("=")[0] in known.config_options for word in words)
        if known.default_s is not None and not may_be_in_file:
            return Limit(name, known.default_s, "")
    spring_s = _seconds(container.env.get(SPRING_VARIABLE, ""))
    return None if spring_s is None else Limit("Spring", spring_s, SPRING_VARIABLE)


def _servers(container: Container) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Known servers in the command, also as `python -m uvicorn` and behind `seatrial-app run`."""
    for command in programs_in(container.words):
        for at, word in enumerate(command.words):
            name = word.rpartition("/")[2]
            before = command.words[at - 1] if at else ""
            if name in KNOWN and (at == 0 or before in {"-m", "--"}):
                yield name, command.words[at + 1 :]
                break


def _said(known: Known, words: tuple[str, ...]) -> float | None:
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == known.option:
            return _seconds(value if equals else "".join(words[at + 1 : at + 2]))
    return None


def _split(text: str) -> tuple[str, ...]:
    try:
        return tuple(split(text))
    except ValueError:
        return ()  # the server refuses it, too


def _seconds(text: str) -> float | None:
    try:
        return seconds_in(text)
    except ValueError:
        return None
