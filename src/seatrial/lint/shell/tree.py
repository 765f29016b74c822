"""A script as a tree of commands: the values, and walks over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class Simple:
    """`A=1 app --port 8080 >/log`: its words only; () where it only assigns or redirects."""

    words: tuple[str, ...]
    start: int  # of the first word (of the assignments before it, if any) in the script
    end: int
    has_assignments: bool = False

    @property
    def program(self) -> str:
        """The last part of the first word's path; "" without words."""
        return self.words[0].rpartition("/")[2] if self.words else ""


@dataclass(frozen=True, slots=True)
class Group:
    """`{ ...; }`, `( ... )`: `is_subshell` for the second."""

    body: "Items"
    is_subshell: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """`while`, `until`, `for`. A `for` has no condition."""

    word: str
    condition: "Items"
    body: "Items"


@dataclass(frozen=True, slots=True)
class Choice:
    """`if` or `case`: `tests` are run first, then at most one of `branches`."""

    tests: tuple["Items", ...]
    branches: tuple["Items", ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A definition: nothing is run."""

    name: str
    body: "Command"


Command = Simple | Group | Loop | Choice | Function


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One command, or several joined by `|`."""

    commands: tuple[Command, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Pipelines joined by `&&` and `||`, up to a `;`, `&` or the end of the line."""

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]  # between them: one less
    is_background: bool


Items = tuple[Item, ...]


def simple_commands(items: Items) -> Iterator[Simple]:
    """Every simple command of the script, at any depth, in the order of the text."""
    for command in commands_in(items):
        if isinstance(command, Simple):
            yield command


def commands_in(items: Items) -> Iterator[Command]:
    """Every command at any depth, outer ones first."""
    for item in items:
        for pipeline in item.pipelines:
            for command in pipeline.commands:
                yield command
                yield from _below(command)


def _below(command: Command) -> Iterator[Command]:
    match command:
        case Group():
            yield from commands_in(command.body)
        case Loop():
            yield from commands_in(command.condition)
            yield from commands_in(command.body)
        case Choice():
            for test, branch in zip_longest(command.tests, command.branches, fillvalue=()):
                yield from commands_in(test)
                yield from commands_in(branch)
        case Function():
            yield command.body
            yield from _below(command.body)
        case Simple():
            return
