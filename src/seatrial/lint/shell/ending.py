"""What becomes of a shell that runs a script: does the program take its place, or stay below it?

Does: follows the script to the command it ends with, the one that lasts.
Holds: where several ways are possible the kindest is told, so that nobody is accused in doubt.

Tried with dash 0.5.12, bash 5.2 and busybox 1.36: after `exec` the program is the process in all of
them. A last command without `exec` becomes the process in busybox, in bash where nothing else is
left to do, and never in dash, which is /bin/sh of Debian and Ubuntu. A loop, a pipeline, or
anything that follows keeps the shell in all of them.
"""

import enum
from dataclasses import dataclass

from seatrial.lint.shell.tree import (
    Choice,
    Command,
    Function,
    Group,
    Item,
    Items,
    Loop,
    Pipeline,
    Simple,
    simple_commands,
)

# They end at once: as a script's last command they tell that what came before is what lasts.
BRIEF = frozenset({"echo", "printf", "exit", "true", "false", ":", "return", "rm", "touch", "date"})
# They last, but only because something in the background does the work.
IDLE = frozenset({"wait", "sleep", "tail"})
_UNKNOWN = frozenset({"eval", ".", "source"})


class Fate(enum.IntEnum):
    """Of the shell; the kindest first."""

    REPLACED = 0  # by `exec`
    UNKNOWN = 1
    LAST = 2  # the last command is a program: it depends on the shell
    STAYS = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """The fate, and what it is about."""

    fate: Fate
    program: Simple | None = None  # the command that lasts, where one can be named
    because: str = ""  # of STAYS, what the shell does: "pipes 'app'", "runs a 'while' loop"


UNKNOWN = Ending(Fate.UNKNOWN)


def ending_of(items: Items) -> Ending:
    """Of a shell that runs the script."""
    if any(_handles_signals(each) for each in simple_commands(items)):
        return UNKNOWN
    functions = {
        pipeline.commands[0].name
        for item in items
        for pipeline in item.pipelines
        if isinstance(pipeline.commands[0], Function)
    }
    if any(each.program in functions | _UNKNOWN for each in simple_commands(items)):
        return UNKNOWN
    return _of_items(items)


def _handles_signals(command: Simple) -> bool:
    """`trap ... TERM`: the script's author knows; `trap : HUP` says nothing of SIGTERM."""
    signals = {word.upper().removeprefix("SIG") for word in command.words[2:]}
    return command.program == "trap" and bool(signals & {"TERM", "15", "EXIT", "0", "$SIGNALS"})


def _of_items(items: Items) -> Ending:
    for item in items:
        if not item.is_background and (ending := _replaced(item)) is not None:
            return ending
    if not items:
        return UNKNOWN
    ending = _of_item(items[-1])
    program = ending.program
    if program is None or ending.fate is not Fate.LAST:
        return ending
    if program.program in BRIEF and (before := _lasting_before(items)) is not None:
        return _followed(before, program)
    if program.program in IDLE and (behind := _in_background(items)) is not None:
        because = f"runs {behind.program!r} in the background"
        return Ending(Fate.STAYS, behind, because)
    return ending


def _replaced(item: Item) -> Ending | None:
    """The ending of an item that may `exec` something on its way; None for others."""
    for pipeline in item.pipelines:
        if len(pipeline.commands) > 1 or isinstance(pipeline.commands[0], Function):
            continue
        command = pipeline.commands[0]
        below = simple_commands((Item((pipeline,), (), is_background=False),))
        found = next((each for each in below if each.program == "exec" and each.words[1:]), None)
        if found is not None and not (isinstance(command, Group) and command.is_subshell):
            return Ending(Fate.REPLACED, found)
    return None


def _of_item(item: Item) -> Ending:
    if item.is_background:
        return UNKNOWN  # the shell ends at once, and so does its container
    ending = _of_pipeline(item.pipelines[-1])
    is_brief = ending.program is not None and ending.program.program in BRIEF
    if len(item.pipelines) > 1 and is_brief and ending.fate is Fate.LAST:
        before = _first_simple(Item(item.pipelines[-2:-1], (), is_background=False))
        if before is not None and before.program not in BRIEF and ending.program is not None:
            return _followed(before, ending.program)
    return ending


def _of_pipeline(pipeline: Pipeline) -> Ending:
    first = pipeline.commands[0]
    if len(pipeline.commands) > 1:
        return _around(first, "pipes")
    if pipeline.is_negated:
        return _around(first, "negates")
    return _of_command(first)


def _of_command(command: Command) -> Ending:
    match command:
        case Simple(words=()) | Function():
            return UNKNOWN
        case Simple():
            return Ending(Fate.LAST, command)
        case Group():
            return _of_items(command.body)
        case Loop():
            return Ending(Fate.STAYS, None, f"runs a {command.word!r} loop")
        case Choice():
            return min(map(_of_items, command.branches), key=lambda each: each.fate)


def _around(command: Command, does: str) -> Ending:
    program = command if isinstance(command, Simple) else None
    what = repr(program.program) if program is not None else "several commands"
    return Ending(Fate.STAYS, program, f"{does} {what}")


def _followed(program: Simple, by: Simple) -> Ending:
    return Ending(Fate.STAYS, program, f"runs {by.program!r} after {program.program!r}")


def _lasting_before(items: Items) -> Simple | None:
    """The last command before the end that is not brief itself and runs in the foreground."""
    for item in reversed(items[:-1]):
        found = _first_simple(item)
        if found is not None and not item.is_background and found.program not in BRIEF | _SETTING:
            return found
    return None


# They set something up: not what the container is for.
_SETTING = frozenset({"set", "cd", "export", "umask", "ulimit", "mkdir", "chmod", "chown", "cp"})


def _in_background(items: Items) -> Simple | None:
    found = (_first_simple(item) for item in items if item.is_background)
    return next((each for each in found if each is not None), None)


def _first_simple(item: Item) -> Simple | None:
    return next((each for each in simple_commands((item,)) if each.words), None)
