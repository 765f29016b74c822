"""The docstring of a rule, taken apart: its page, `seatrial explain`, and its first tests.

<one paragraph: what it finds>

Why it hurts: <a paragraph>

Prove it: <how a trial shows it>

Bad:
    <YAML>

Good:
    <YAML>
"""

from dataclasses import dataclass
from inspect import cleandoc
from textwrap import dedent

HEADINGS = ("Why it hurts", "Prove it", "Bad", "Good")


@dataclass(frozen=True, slots=True)
class Story:
    """Five pieces of text; `bad` and `good` are YAML."""

    finds: str
    hurts: str
    proof: str
    bad: str
    good: str


def story_of(docstring: str | None) -> Story:
    """The story in a docstring. Raises ValueError that names the heading which is missing."""
    pieces: dict[str, list[str]] = {"": []}
    heading = ""
    for line in cleandoc(docstring or "").splitlines():
        name, colon, rest = line.partition(":")
        if colon and name in HEADINGS:
            heading = name
            pieces[heading] = [rest.strip()]
        else:
            pieces[heading].append(line)
    absent = [name for name in ("", *HEADINGS) if not "".join(pieces.get(name, ())).strip()]
    if absent:
        raise ValueError(f"docstring without {absent[0] or 'a first paragraph'!r}")
    return Story(
        finds=_prose(pieces[""]),
        hurts=_prose(pieces["Why it hurts"]),
        proof=_prose(pieces["Prove it"]),
        bad=_example(pieces["Bad"]),
        good=_example(pieces["Good"]),
    )


def _prose(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _example(lines: list[str]) -> str:
    return dedent("\n".join(lines)).strip("\n") + "\n"
