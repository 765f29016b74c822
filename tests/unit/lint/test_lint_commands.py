"""A container's command, taken apart."""

import pytest

from seatrial.lint.commands import (
    Launch,
    container_launch,
    launch_of,
    programs_in,
    word_path,
)
from seatrial.lint.workload import Container


def launch(line: str) -> Launch:
    return launch_of(tuple(line.split()))


@pytest.mark.parametrize(
    ("line", "program", "init", "tells_all"),
    [
        ("app --x", "app", "", False),
        ("/usr/bin/env A=1 app", "app", "", False),
        ("env -u HOME nice -n 5 app", "app", "", False),
        ("gosu www-data app", "app", "", False),
        ("/sbin/tini -- app", "app", "tini", False),
        ("tini -g -p SIGTERM -- app", "app", "tini", True),
        ("dumb-init app", "app", "dumb-init", True),
        ("dumb-init -c -- app -g", "app", "dumb-init", False),
        ("tini app -g", "app", "tini", False),
        ("poetry -C /x run -- app", "app", "", False),
        ("uv run --with x app", "app", "", False),
        ("uv sync", "uv", "", False),
        ("env", "", "", False),
    ],
)
def test_what_is_left(line: str, program: str, init: str, tells_all: bool) -> None:
    found = launch(line)
    assert (found.program, found.init, found.init_tells_all) == (program, init, tells_all)


@pytest.mark.parametrize(
    ("line", "runner"),
    [
        ("npm start", "npm"),
        ("tini -- yarn run serve", "yarn"),
        ("go run .", "go"),
        ("go version", ""),
        ("bun server.ts", ""),
        ("corepack pnpm start", "corepack"),
        ("./gradlew bootRun", "gradlew"),
        ("pipenv run app", ""),
        ("node server.js", ""),
    ],
)
def test_package_runners(line: str, runner: str) -> None:
    assert launch(line).runner == runner


@pytest.mark.parametrize(
    ("words", "shell", "text", "index"),
    [
        (("sh", "-c", "a b"), "sh", "a b", 2),
        (("/bin/bash", "-euo", "pipefail", "-c", "a"), "bash", "a", 4),
        (("bash", "-lc", "a", "name"), "bash", "a", 2),
        (("busybox", "sh", "-c", "a"), "sh", "a", 3),
        (("tini", "--", "sh", "-c", "--", "a"), "sh", "a", 5),
    ],
)
def test_the_script_of_a_shell(words: tuple[str, ...], shell: str, text: str, index: int) -> None:
    script = launch_of(words).script
    assert script is not None
    assert (script.shell, script.text, script.index) == (shell, text, index)


@pytest.mark.parametrize("line", ["sh /start.sh", "bash", "sh -c", "sh -x start.sh"])
def test_a_shell_without_script_in_its_words(line: str) -> None:
    assert launch(line).script is None


def test_a_script_that_is_not_understood_has_no_tree() -> None:
    script = launch_of(("sh", "-c", "if a")).script
    assert script is not None
    assert script.items is None
    assert list(programs_in(("sh", "-c", "if a"))) == []


def test_programs_are_told_from_behind_their_wrappers() -> None:
    found = [each.words for each in programs_in(("sh", "-c", "a && exec env X=1 b c"))]
    assert found == [("a",), ("b", "c")]
    assert [each.words for each in programs_in(("nice", "a"))] == [("a",)]


def test_a_command_and_its_args_are_one() -> None:
    container = Container({"command": ["sh", "-c"], "args": ["exec a"]}, ("c", 0), "main")
    found = container_launch(container)
    assert found is not None
    assert found.script is not None
    assert word_path(container, found.script.index) == ("c", 0, "args", 0)
    assert word_path(container, 1) == ("c", 0, "command", 1)


def test_without_a_command_the_image_decides() -> None:
    assert container_launch(Container({"args": ["sh", "-c", "a"]}, (), "main")) is None


def test_wrappers_without_end_are_given_up() -> None:
    assert launch_of(("env",) * 1000).program == "env"
