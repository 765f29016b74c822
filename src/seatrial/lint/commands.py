"""A container's command, taken apart: who is PID 1, and what does it start?

Does: looks through inits (tini, dumb-init), programs that replace themselves (env, exec, gosu) and
`sh -c SCRIPT`; knows the package runners.
Does not: know an image's entry point; where `command` is absent there is nothing to say.
Differs from Kubernetes: `$(VAR)` in a command stays as it is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from seatrial.lint.manifest import FieldPath, sequence
from seatrial.lint.shell.parse import parse_script
from seatrial.lint.shell.tokens import ScriptError
from seatrial.lint.shell.tree import Items, Simple, simple_commands
from seatrial.lint.workload import Container

# An init → its options that take a word after them.
INITS = {
    "tini": frozenset({"-p", "-e"}),
    "docker-init": frozenset({"-p", "-e"}),
    "dumb-init": frozenset({"-r", "--rewrite"}),
    "catatonit": frozenset[str](),
}
# A program that becomes another one → its options that take a word, and how many words follow
# before the command itself.
REPLACERS: dict[str, tuple[frozenset[str], int]] = {
    "env": (frozenset({"-u", "-C", "--unset", "--chdir"}), 0),
    "exec": (frozenset({"-a"}), 0),
    "nice": (frozenset({"-n"}), 0),
    "ionice": (frozenset({"-c", "-n"}), 0),
    "nohup": (frozenset(), 0),
    "stdbuf": (frozenset({"-i", "-o", "-e"}), 0),
    "setpriv": (frozenset(), 0),
    "gosu": (frozenset(), 1),
    "su-exec": (frozenset(), 1),
    "chpst": (frozenset({"-u", "-U", "-e", "-n"}), 0),
    "setuidgid": (frozenset(), 1),
}
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
# They start the application below themselves, and leave before it has ended, or never pass it on.
NPM_LIKE = frozenset({"npm", "npx", "yarn", "yarnpkg", "pnpm", "pnpx", "corepack", "bun", "bunx"})
RUNNERS = NPM_LIKE | {"nodemon", "go", "mvn", "mvnw", "gradle", "gradlew", "dotnet", "make", "just"}
_RUN_WORDS = {
    "go": {"run"},
    "dotnet": {"run", "watch"},
    "bun": {"run", "x"},
    "corepack": {"yarn", "pnpm", "npm"},
}
# They take the application's place, or hand SIGTERM on and wait: poetry and pipenv exec on POSIX,
# uv forwards since 0.5.
GOOD_RUNNERS: dict[str, frozenset[str]] = {
    "poetry": frozenset({"-C", "--directory", "-P", "--project"}),
    "pipenv": frozenset({"--python"}),
    "uv": frozenset({"--with", "--python", "-p", "--extra", "--group", "--directory", "--project"}),
}
DEPTH_MAX = 10  # programs that start programs, in one command line
LAUNCHES_KEPT = 1000  # a dozen rules ask for each command, one after the other


@dataclass(frozen=True, slots=True)
class Script:
    """`sh -c TEXT`."""

    shell: str  # "sh"
    text: str
    index: int  # of the text among the words
    items: Items | None  # None: not understood


@dataclass(frozen=True, slots=True)
class Launch:
    """What runs when these words are executed as PID 1."""

    words: tuple[str, ...]  # of the program that is left after inits and replacers
    init: str = ""  # "tini"; "" where the program itself is PID 1
    init_tells_all: bool = False  # it signals its whole process group
    runner: str = ""  # "npm": a package runner that stays above the application
    script: Script | None = None

    @property
    def program(self) -> str:
        """The name without its folder; "" where nothing is left."""
        return self.words[0].rpartition("/")[2] if self.words else ""


@lru_cache(maxsize=LAUNCHES_KEPT)
def launch_of(words: tuple[str, ...]) -> Launch:
    """The words taken apart."""
    init, tells_all = "", False
    left = words
    for _ in range(DEPTH_MAX):
        program = left[0].rpartition("/")[2] if left else ""
        if program in INITS:
            init = program
            tells_all = program == "dumb-init" and not _has(left, "-c", "--single-child")
            tells_all = tells_all or (program != "dumb-init" and _has(left, "-g"))
            left = _after_options(left[1:], INITS[program])
        elif program in REPLACERS:
            options, skipped = REPLACERS[program]
            left = _after_assignments(_after_options(left[1:], options)[skipped:])
        elif program in GOOD_RUNNERS:
            inner = _after_run(left, GOOD_RUNNERS[program])
            if inner is None:
                break
            left = inner
        else:
            break
    index = len(words) - len(left)
    return Launch(left, init, tells_all, _runner(left), _script(left, index))


def _has(words: tuple[str, ...], *options: str) -> bool:
    """One of the options stands before the command."""
    before = words[1 : len(words) - len(_after_options(words[1:], frozenset()))]
    return any(each in options for each in before)


def _after_options(words: tuple[str, ...], with_value: frozenset[str]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return words[at + 1 :]
        at += 2 if words[at] in with_value else 1
    return words[at:]


def _after_assignments(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].partition("=")[0].isidentifier() and "=" in words[at]:
        at += 1
    return words[at:]


def _after_run(words: tuple[str, ...], with_value: frozenset[str]) -> tuple[str, ...] | None:
    """The command of `poetry run COMMAND`."""
    rest = _after_options(words[1:], with_value)
    return _after_options(rest[1:], with_value) if rest[:1] == ("run",) else None


def _runner(words: tuple[str, ...]) -> str:
    program = words[0].rpartition("/")[2] if words else ""
    wanted = _RUN_WORDS.get(program)
    runs = wanted is None or any(each in wanted for each in words[1:2])
    return program if program in RUNNERS and runs else ""


def _script(words: tuple[str, ...], index: int) -> Script | None:
    """The script of `sh -c`, `bash -euo pipefail -c`, `sh -lc`."""
    shell = words[0].rpartition("/")[2] if words else ""
    if shell == "busybox" and words[1:2] and words[1] in SHELLS:
        shell, words, index = words[1], words[1:], index + 1
    if shell not in SHELLS:
        return None
    at, has_c = 1, False
    while at < len(words) and words[at][:1] in {"-", "+"} and words[at] not in {"-", "--"}:
        is_cluster = not words[at].startswith("--")
        has_c = has_c or (is_cluster and words[at].startswith("-") and "c" in words[at])
        at += 2 if is_cluster and words[at].endswith("o") else 1
    at += 1 if words[at : at + 1] == ("--",) else 0
    if not has_c or at >= len(words):
        return None
    return Script(shell, words[at], index + at, _parsed(words[at]))


def _parsed(text: str) -> Items | None:
    try:
        return parse_script(text)
    except ScriptError:
        return None  # a rule that cannot read it has nothing to say


# Of containers and hooks


def container_launch(container: Container) -> Launch | None:
    """What the container's command runs; None where the image's entry point decides."""
    return launch_of(container.words) if sequence(container.value.get("command")) else None


def word_path(container: Container, index: int) -> FieldPath:
    """Where the word of this index of `container.words` stands."""
    count = len(sequence(container.value.get("command")))
    field, place = ("command", index) if index < count else ("args", index - count)
    return (*container.path, field, place)


def programs_in(words: tuple[str, ...]) -> Iterator[Simple]:
    """Every command that the words run: of a script each of its commands, else the one itself.

    What stands behind `exec`, `env`, `nice`, `timeout` and their like is told, not these.
    """
    launch = launch_of(words)
    if launch.script is None:
        if launch.words:
            yield Simple(launch.words, 0, 0)
    elif launch.script.items is not None:
        for command in simple_commands(launch.script.items):
            yield Simple(launch_of(command.words).words, command.start, command.end)
