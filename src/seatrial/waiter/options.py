"""The options of `seatrial wait`: one table, from which parser and help are made.

Does: long and short options, `--option=VALUE`, options after targets, `--`.
Does not: need `argparse`, which takes longer to import than all of this.
Holds: the help is what the other commands' help looks like (a test compares it with theirs).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seatrial.waiter.durations import parse_duration_s
from seatrial.waiter.urls import TargetError

STATUS_CODES = range(100, 600)


class UsageProblem(Exception):
    """The command line is wrong; exit code 2."""


class Option(NamedTuple):
    """One option as the table has it; without `metavar` it is a flag."""

    names: tuple[str, ...]
    help: str
    metavar: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`attempt_timeout` for `--attempt-timeout`."""
        return self.names[-1].lstrip("-").replace("-", "_")

    @property
    def takes_value(self) -> bool:
        """Whether it is no flag."""
        return bool(self.metavar or self.choices)


ABOUT = (
    "Wait until other things are ready: for init containers and scripts.",
    "TARGET is tcp://HOST:PORT, http(s)://..., dns://NAME, postgres://..., redis(s)://..., "
    "pod/[NAMESPACE/]NAME (Ready) or job/[NAMESPACE/]NAME (Complete). All of them have to be "
    "ready; 'A or B' in quotes is an alternative, parentheses group.",
    "Exit code 0: ready, 1: the time limit is reached, 2: wrong usage, or a target that can never "
    "be ready.",
)

OPTIONS = (
    Option(("--any",), "One target is enough."),
    Option(("--timeout",), "Give up after this long; 0: never.", "DURATION", "60s"),
    Option(("--attempt-timeout",), "A single attempt takes at most this.", "DURATION", "5s"),
    Option(("--max-pause",), "Longest pause between two attempts.", "DURATION", "5s"),
    Option(("--status",), "What an HTTP answer's status has to be.", "CODES", "200-399"),
    Option(("--contains",), "What an HTTP answer's body has to hold.", "TEXT"),
    Option(("--ca",), "Trust the authorities in this PEM file.", "FILE"),
    Option(("--insecure",), "Trust every certificate."),
    Option(("-n", "--namespace"), "Of pods and jobs that name none.", "NAME"),
    Option(("--kubeconfig",), "For pods and jobs, outside of a cluster.", "FILE"),
    Option(("--context",), "And this context of it.", "NAME"),
    Option(("-q", "--quiet"), "Say nothing but why it failed."),
    Option(("-v", "--verbose"), "Say something of every attempt."),
    Option(("--format",), "Of what is said on standard error.", "", "text", ("text", "json")),
    Option(("--bundle",), "Write the waiter as one file that python3 runs, and end.", "FILE"),
    Option(("--manifest",), "Print the YAML of an init container for these targets, and end."),
)
HELP = Option(("-h", "--help"), "Show this message and exit.")
USAGE = "Usage: seatrial wait [OPTIONS] TARGET..."


class Settings(NamedTuple):
    """A command line, understood."""

    targets: tuple[str, ...]
    given: dict[str, str]  # by key; a flag that is set is "1"

    def text(self, key: str) -> str:
        """An option's value or default."""
        return self.given.get(key) or DEFAULTS[key]

    def flag(self, key: str) -> bool:
        """Whether a flag is set."""
        return key in self.given

    def duration_s(self, key: str) -> float:
        """Raises UsageProblem for what is none, or negative."""
        name = "--" + key.replace("_", "-")
        try:
            seconds = parse_duration_s(self.text(key))
        except ValueError as error:
            raise UsageProblem(f"Invalid value for '{name}': {error}") from error
        if seconds < 0:
            raise UsageProblem(f"Invalid value for '{name}': {self.text(key)} is negative")
        return seconds


DEFAULTS = {option.key: option.default for option in OPTIONS}
BY_NAME = {name: option for option in (*OPTIONS, HELP) for name in option.names}


def parse_arguments(arguments: Sequence[str]) -> Settings:
    """Raises UsageProblem."""
    targets: list[str] = []
    given: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        if word == "--":
            targets.extend(words)
        elif word.startswith("-") and len(word) > 1:
            take_option(word, words, given)
        else:
            targets.append(word)
    return Settings(tuple(targets), given)


def take_option(word: str, words: Iterator[str], given: dict[str, str]) -> None:
    """One option; its value may be the next word."""
    if word.startswith("--"):
        name, has_value, value = word.partition("=")
    else:  # -nNAME, -qv
        name, value = word[:2], word[2:]
        has_value = value
    option = BY_NAME.get(name)
    if option is None:
        raise UsageProblem(f"No such option: {name}")
    if not option.takes_value:
        take_flag(option, name, value if has_value else None, words, given)
        return
    if not has_value:
        value = next(words, "")
        if not value:
            raise UsageProblem(f"Option '{name}' requires an argument.")
    if option.choices and value not in option.choices:
        known = ", ".join(f"'{choice}'" for choice in option.choices)
        raise UsageProblem(f"Invalid value for '{name}': '{value}' is not one of {known}.")
    given[option.key] = value


def take_flag(
    option: Option, name: str, rest: str | None, words: Iterator[str], given: dict[str, str]
) -> None:
    """`--quiet`, `-q`, and `-qv`."""
    given[option.key] = "1"
    if rest is not None:
        if name.startswith("--"):
            raise UsageProblem(f"Option '{name}' does not take a value.")
        take_option(f"-{rest}", words, given)


def parse_status(text: str) -> tuple[tuple[int, int], ...]:
    """`200,204` and `200-399` as ranges, both ends included. Raises TargetError."""
    ranges = []
    for part in text.split(","):
        low, dash, high = part.partition("-")
        codes = [
            int(code) if code.isascii() and code.isdigit() else 0 for code in (low, high or low)
        ]
        if any(code not in STATUS_CODES for code in codes) or (dash and not high):
            raise TargetError(f"status {text!r} is not like 200, 200,204 or 200-399")
        ranges.append((codes[0], codes[1]))
    return tuple(ranges)


def render_help() -> str:
    """As the other commands' help looks: 80 columns, options beside what they do."""
    import textwrap

    about = "\n\n".join(
        textwrap.fill(text, 78, initial_indent="  ", subsequent_indent="  ") for text in ABOUT
    )
    rows = [(show_names(option), show_meaning(option)) for option in (*OPTIONS, HELP)]
    column = max(len(names) for names, _ in rows) + 4
    lines = [
        textwrap.fill(
            meaning, 78, initial_indent=f"  {names}".ljust(column), subsequent_indent=" " * column
        )
        for names, meaning in rows
    ]
    return "\n".join([USAGE, "", about, "", "Options:", *lines])


def show_names(option: Option) -> str:
    """`-n, --namespace NAME`."""
    value = option.metavar or (f"[{'|'.join(option.choices)}]" if option.choices else "")
    return f"{', '.join(option.names)} {value}".rstrip()


def show_meaning(option: Option) -> str:
    """What it does and what it is without being given."""
    shown = f"  [default: {option.default}]" if option.default and option.metavar else ""
    return option.help + shown
