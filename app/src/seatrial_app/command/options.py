"""Options of another program's command line: find them, take them out. Pure.

Does: read `--name value`, `--name=value`, `-n value` and `-nvalue`; give the rest without them.
Does not: know which options exist; an option whose value looks like one of those asked for is read
as the option, as the program itself would refuse it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """Values in order of their appearance, and the arguments without those options."""

    values: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def last(self) -> str | None:
        """What programs take when an option is given twice."""
        return self.values[-1] if self.values else None


def take_option(arguments: Sequence[str], *names: str) -> Found:
    """Take the options called `names` out of `arguments`; nothing is taken after a lone `--`."""
    values: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
            break
        value = _value_within(argument, names)
        if value is not None:
            values.append(value)
        elif argument in names:
            values += [following] if (following := next(waiting, None)) is not None else []
        else:
            rest.append(argument)
    return Found(tuple(values), tuple(rest))


def has_option(arguments: Sequence[str], *names: str) -> bool:
    return any(argument in names or _value_within(argument, names) for argument in arguments)


def _value_within(argument: str, names: Sequence[str]) -> str | None:
    for name in names:
        if name.startswith("--"):
            if argument.startswith(name + "="):
                return argument[len(name) + 1 :]
        elif (
            argument.startswith(name)
            and len(argument) > len(name)
            and not argument.startswith("--")
        ):
            return argument[len(name) :].lstrip("=")
    return None
