"""Lifecycle hooks, with what can be told of how long they take.

Does: reads `sleep` actions and the sleeps of commands.
Holds: `sleeps_s` is a lower bound: only sleeps that surely run, one after the other, are counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from seatrial.lint.commands import launch_of, programs_in
from seatrial.lint.manifest import FieldPath, sequence
from seatrial.lint.shell.tree import Item, Items, Simple
from seatrial.lint.workload import Container, handler_of

HookName = Literal["postStart", "preStop"]
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Hook:
    """A postStart or preStop hook."""

    name: HookName
    value: Mapping[str, Any]
    path: FieldPath

    @property
    def handler(self) -> tuple[str, Mapping[str, Any]]:
        """`("exec", {...})`; `("", {})` without one."""
        return handler_of(self.value)

    @property
    def words(self) -> tuple[str, ...]:
        """The command of an exec hook; () of others."""
        name, value = self.handler
        return tuple(map(str, sequence(value.get("command")))) if name == "exec" else ()

    @property
    def commands(self) -> tuple[Simple, ...]:
        """Every command of an exec hook, those of its script too."""
        return tuple(programs_in(self.words))

    @property
    def sleeps_s(self) -> float:
        """How long it takes at least."""
        name, value = self.handler
        if name == "sleep":
            seconds = value.get("seconds")
            return float(seconds) if isinstance(seconds, int) and seconds > 0 else 0.0
        return sleeps_of(self.words)

    @property
    def only_sleeps_s(self) -> float | None:
        """How long it takes where sleeping is all it does; else None."""
        if self.words and all(each.program == "sleep" for each in self.commands):
            return self.sleeps_s or None
        return None


def hook_of(container: Container, name: HookName) -> Hook | None:
    """The hook; None without one."""
    value = container.hook(name)
    return None if value is None else Hook(name, value, container.hook_path(name))


def hooks_of(container: Container) -> Iterator[Hook]:
    """Both, those that there are."""
    names: tuple[HookName, ...] = ("postStart", "preStop")
    for name in names:
        hook = hook_of(container, name)
        if hook is not None:
            yield hook


def sleeps_of(words: tuple[str, ...]) -> float:
    """Seconds that the command surely sleeps, by `sleep N` in a row."""
    launch = launch_of(words)
    if launch.script is None:
        return sleep_s(launch.words)
    return sum(map(sleep_s, _certain(launch.script.items or ())))


def _certain(items: Items) -> Iterator[tuple[str, ...]]:
    """The words of the commands that run whatever the others come to."""
    for item in items:
        first = _only_simple(item)
        if first is not None and not item.is_background:
            yield launch_of(first.words).words
        if first is not None and first.program in {"exec", "exit"}:
            return


def _only_simple(item: Item) -> Simple | None:
    """The first command of the item: the others depend on it."""
    commands = item.pipelines[0].commands
    return commands[0] if len(commands) == 1 and isinstance(commands[0], Simple) else None


def sleep_s(words: tuple[str, ...]) -> float:
    """The seconds of `sleep 5`, `sleep 1m 30s`; 0 of anything else, and of what cannot be read."""
    if not words or words[0].rpartition("/")[2] != "sleep":
        return 0.0
    return sum(map(_operand_s, words[1:]))


def _operand_s(text: str) -> float:
    if text == "infinity":
        return inf
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS_S else (text, "s")
    is_number = number.isascii() and number.replace(".", "", 1).isdecimal()
    return float(number) * _UNITS_S[unit] if is_number else 0.0
