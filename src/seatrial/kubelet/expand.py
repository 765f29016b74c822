"""`$(VAR)` in commands, arguments and environment values.

Holds: `$(NAME)` is replaced where NAME is known and stays as it is where it is not; `$$` is one
`$`, so `$$(NAME)` is the text `$(NAME)`; a lone `$` stays.
"""

from collections.abc import Mapping


def expand(text: str, known: Mapping[str, str]) -> str:
    """`text` with its references replaced."""
    out: list[str] = []
    at = 0
    while True:
        dollar = text.find("$", at)
        if dollar < 0 or dollar + 1 == len(text):
            return "".join(out) + text[at:]
        out.append(text[at:dollar])
        piece, at = _reference(text, dollar, known)
        out.append(piece)


def _reference(text: str, dollar: int, known: Mapping[str, str]) -> tuple[str, int]:
    """What stands for the reference that begins at `dollar`, and where the rest begins."""
    follower = text[dollar + 1]
    if follower == "$":
        return "$", dollar + 2
    if follower != "(":
        return "$" + follower, dollar + 2
    close = text.find(")", dollar)
    if close < 0:
        return "$(", dollar + 2
    name = text[dollar + 2 : close]
    return known.get(name, f"$({name})"), close + 1
