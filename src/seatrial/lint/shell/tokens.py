"""A script's text → words and operators, each with its place in the text.

Does: quotes, escapes, comments, line continuations, `$(...)`, `${...}` and backticks as parts of a
word.
Does not: expand anything; a word keeps its expansions as they were written. Here-documents are
refused, because what follows them cannot be told from their text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.kit.errors import SeatrialError

OPERATORS = ("&&", "||", ";;", ">>", "<&", ">&", "<>", ">|", ";", "&", "|", "(", ")", "<", ">")
BLANK = " \t\r"
DEPTH_MAX = 50  # expansions inside expansions: more is no script that a person wrote


class ScriptError(SeatrialError):
    """The text is not a script that this reader understands."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, operator or line end."""

    kind: str  # "word", "operator", "end of line"
    text: str  # of a word: without its quotes
    start: int
    end: int
    is_quoted: bool = False  # some of it: then it is no reserved word


def tokens_of(script: str) -> Iterator[Token]:
    """The tokens in order. Raises ScriptError."""
    at = 0
    while at < len(script):
        letter = script[at]
        if letter in BLANK:
            at += 1
        elif script.startswith("\\\n", at):
            at += 2
        elif letter == "#":
            at = _line_end(script, at)
        elif letter == "\n":
            yield Token("end of line", "\n", at, at + 1)
            at += 1
        elif operator := _operator(script, at):
            yield Token("operator", operator, at, at + len(operator))
            at += len(operator)
        else:
            token = _word(script, at)
            yield token
            at = token.end


def _line_end(script: str, at: int) -> int:
    end = script.find("\n", at)
    return len(script) if end < 0 else end


def _operator(script: str, at: int) -> str:
    if script.startswith("<<", at):
        raise ScriptError(f"a here-document at character {at} is not understood")
    return next((each for each in OPERATORS if script.startswith(each, at)), "")


def _word(script: str, start: int) -> Token:
    pieces: list[str] = []
    at, is_quoted = start, False
    while at < len(script) and script[at] not in BLANK + "\n;&|()<>":
        end = _piece_end(script, at)
        piece = script[at:end]
        if script[at] in "'\"\\":
            is_quoted = True
            piece = _unquoted(piece)
        pieces.append(piece)
        at = end
    return Token("word", "".join(pieces), start, at, is_quoted)


def _piece_end(script: str, at: int) -> int:
    """Where the quoted, escaped or expanded piece of a word that begins here ends."""
    match script[at]:
        case "\\":
            return min(at + 2, len(script))
        case "'":
            return _after(script, "'", at + 1)
        case '"':
            return _double_end(script, at)
        case "`":
            return _after(script, "`", at + 1)
        case "$" if script.startswith(("$(", "${"), at):
            return _nested_end(script, at + 1)
        case _:
            return at + 1


def _after(script: str, closing: str, at: int) -> int:
    end = script.find(closing, at)
    if end < 0:
        raise ScriptError(f"no closing {closing} for the one at character {at - 1}")
    return end + 1


def _double_end(script: str, start: int, depth: int = 0) -> int:
    at = start + 1
    while at < len(script):
        if script[at] == '"':
            return at + 1
        if script[at] == "\\":
            at += 2
        elif script.startswith(("$(", "${"), at):
            at = _nested_end(script, at + 1, depth + 1)
        else:
            at += 1
    raise ScriptError(f'no closing " for the one at character {start}')


def _nested_end(script: str, start: int, depth: int = 0) -> int:
    """After the bracket that closes the one at `start`."""
    if depth > DEPTH_MAX:
        raise ScriptError(f"more than {DEPTH_MAX} expansions inside each other")
    opening = script[start]
    closing = {"(": ")", "{": "}"}[opening]
    at = start + 1
    while at < len(script):
        if script[at] == closing:
            return at + 1
        if script[at] == opening:
            at = _nested_end(script, at, depth + 1)
        elif script[at] == '"':
            at = _double_end(script, at, depth + 1)
        else:
            at = _piece_end(script, at) if script[at] in "\\'`" else at + 1
    raise ScriptError(f"no closing {closing} for the one at character {start}")


def _unquoted(piece: str) -> str:
    if piece.startswith("'"):
        return piece[1:-1]
    if piece.startswith("\\"):
        return "" if piece == "\\\n" else piece[1:]
    letters: list[str] = []
    at, end = 1, len(piece) - 1
    while at < end:
        if piece[at] == "\\" and at + 1 < end and piece[at + 1] in '"\\$`\n':
            at += 1
        if piece[at] != "\n" or piece[at - 1] != "\\":
            letters.append(piece[at])
        at += 1
    return "".join(letters)
