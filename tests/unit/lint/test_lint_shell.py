"""Shell scripts: tokens, tree, and what becomes of the shell."""

import pytest

from seatrial.lint.shell.ending import Fate, ending_of
from seatrial.lint.shell.parse import LENGTH_MAX, parse_script
from seatrial.lint.shell.tokens import ScriptError, tokens_of
from seatrial.lint.shell.tree import Choice, Function, Loop, commands_in, simple_commands


def words(script: str) -> list[tuple[str, ...]]:
    return [each.words for each in simple_commands(parse_script(script))]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("app --port 80", [("app", "--port", "80")]),
        ("app 'a b' \"c $X\" d\\ e", [("app", "a b", "c $X", "d e")]),
        ('echo "a\\"b\\\\c\\n"', [("echo", 'a"b\\c\\n')]),
        ("a;b&&c||d|e&", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("a # not this\nb", [("a",), ("b",)]),
        ("a#b", [("a#b",)]),
        ("a \\\n b", [("a", "b")]),
        ('echo $(date +"%s;x") `uptime; x`', [("echo", '$(date +"%s;x")', "`uptime; x`")]),
        ("a >/dev/null 2>&1 b", [("a", "b")]),
        (">/log a", [("a",)]),
        ("A=1 B+=2 app C=3", [("app", "C=3")]),
        ('"while" x', [("while", "x")]),
        ("if a; then b; elif c; then d; else e; fi", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ('case "$1" in a|(b) x;; *) y; esac', [("x",), ("y",)]),
        ("f() { a; }\nfunction g { b; }\nf", [("a",), ("b",), ("f",)]),
        ("for i in 1 2; do a $i; done", [("a", "$i")]),
        ("! (a; b) && { c; }", [("a",), ("b",), ("c",)]),
    ],
)
def test_words(script: str, expected: list[tuple[str, ...]]) -> None:
    assert words(script) == expected


def test_a_command_knows_its_place() -> None:
    script = "cd /app && exec  gunicorn app"
    (_, last) = simple_commands(parse_script(script))
    assert script[last.start : last.end] == "exec  gunicorn app"


def test_the_kinds_of_commands() -> None:
    script = "f() { a; }; until b; do if c; then d; fi; done"
    kinds = [type(each) for each in commands_in(parse_script(script))]
    assert [kind for kind in kinds if kind in {Function, Loop, Choice}] == [Function, Loop, Choice]


@pytest.mark.parametrize(
    "script",
    [
        "echo 'a", 'echo "a', "echo $(a", "echo ${a", "echo `a", "if a; then b", "done", "a;;",
        "cat <<END\nx\nEND", "a |", "( a", "a >", "for i", "case x", "case x in a", "a)",
        "$(" * 1000, '"$(' * 1000, "{ " * 1000, "a " * LENGTH_MAX,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(script: str) -> None:
    with pytest.raises(ScriptError):
        parse_script(script)


def test_tokens_tell_quoted_words() -> None:
    quoted = {token.text: token.is_quoted for token in tokens_of("'a' b \\c")}
    assert quoted == {"a": True, "b": False, "c": True}


@pytest.mark.parametrize(
    ("script", "fate", "program"),
    [
        ("exec app", Fate.REPLACED, "exec"),
        ("migrate && exec app", Fate.REPLACED, "exec"),
        ("if [ a ]; then exec a; else exec b; fi", Fate.REPLACED, "exec"),
        ("(while true; do a; done) & exec b", Fate.REPLACED, "exec"),
        ("app", Fate.LAST, "app"),
        ("cd / && app >/log", Fate.LAST, "app"),
        ("set -e\nmigrate\napp\n", Fate.LAST, "app"),
        ("app; echo ended", Fate.STAYS, "app"),
        ("app || exit 1", Fate.STAYS, "app"),
        ("app | tee /log", Fate.STAYS, "app"),
        ("nginx & wait", Fate.STAYS, "nginx"),
        ("nginx &\ntail -f /dev/null", Fate.STAYS, "nginx"),
        ("while true; do a; sleep 1; done", Fate.STAYS, None),
        ("exec 2>&1; app", Fate.LAST, "app"),
        ("trap 'kill $!' TERM; app & wait", Fate.UNKNOWN, None),
        ("trap stop EXIT; app; echo x", Fate.UNKNOWN, None),
        ("trap : HUP; app; echo x", Fate.STAYS, "app"),
        (". /env.sh; app; echo x", Fate.UNKNOWN, None),
        ("main() { exec app; }; main", Fate.UNKNOWN, None),
        ("app &", Fate.UNKNOWN, None),
        ("", Fate.UNKNOWN, None),
    ],
)
def test_what_becomes_of_the_shell(script: str, fate: Fate, program: str | None) -> None:
    ending = ending_of(parse_script(script))
    assert ending.fate is fate
    assert (ending.program.program if ending.program else None) == program
