"""What is wrong with a document, in one line for its author.

Does: puts libyaml's findings into words that name what stands there and what to do.
"""

import re

import yaml

from seatrial.findings.model import Place
from seatrial.lint.load.slices import Slice
from seatrial.lint.manifest import Source
from seatrial.lint.model import BadInput

# At the beginning of a line or of a value, where YAML itself would not have it.
_TEMPLATE = re.compile(r"^[ \t]*(?:- )?(\{[{%])|[:-][ \t]+(\{\{)", re.MULTILINE)
_RENDER = (
    "render it first (`helm template NAME CHART | seatrial lint -`), or name the chart's directory"
)
# What libyaml says → what is meant.
_WORDS = {
    "mapping values are not allowed in this context": (
        "a second `: ` in one line, or a line that is indented wrongly",
        "quote a value that contains `: `",
    ),
    "did not find expected ',' or ']'": ("a `[` that is never closed, or a missing comma", ""),
    "did not find expected ',' or '}'": ("a `{` that is never closed, or a missing comma", ""),
    "did not find expected node content": ("a value is missing in `[ ]` or `{ }`", ""),
    "did not find expected key": ("a line that is indented wrongly, or a quote too many", ""),
    "could not find expected ':'": ("a key without `: `", ""),
    "did not find expected '-' indicator": ("a line that is indented wrongly in a list", ""),
    "found unexpected end of stream": ("a quote that is never closed", ""),
    "found unexpected document indicator": ("a quote that is never closed", ""),
}
# Noticed at the end of a document; what the author looks for is where it was opened.
_UNCLOSED = frozenset({
    "found unexpected end of stream", "found unexpected document indicator",
    "did not find expected ',' or ']'", "did not find expected ',' or '}'",
})  # fmt: skip


def complaint_of(error: yaml.YAMLError, source: Source, document: Slice) -> BadInput:
    """About a document that does not parse."""
    if (template := template_in(source, document)) is not None:
        return template
    problem = getattr(error, "problem", None) or str(error)
    opened = getattr(error, "context_mark", None) if problem in _UNCLOSED else None
    mark = opened or mark_of(error)
    message, remedy = _explained(problem, source.text[mark.index :] if mark else "")
    place = Place(source.name, mark.line + 1, mark.column + 1) if mark else Place(source.name)
    return BadInput(place, message, remedy)


def template_in(source: Source, document: Slice) -> BadInput | None:
    """About a document that does not parse because it is a template; None when it is none."""
    found = _TEMPLATE.search(source.text, document.start, document.end)
    if found is None:
        return None
    return unrendered(place_at(source, found.start(found.lastindex or 0)))


def unrendered(place: Place) -> BadInput:
    """About a template where a manifest should be."""
    return BadInput(place, "looks like a helm template that was not rendered", _RENDER)


def mark_of(error: yaml.YAMLError) -> yaml.Mark | None:
    """Where the error is, as far as it says."""
    mark: yaml.Mark | None = getattr(error, "problem_mark", None)
    return mark or getattr(error, "context_mark", None)


def place_at(source: Source, offset: int) -> Place:
    """Line and column of an offset."""
    before = source.text[:offset]
    return Place(source.name, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _explained(problem: str, rest: str) -> tuple[str, str]:
    word = re.match(r"[^\s,\[\]{}]*", rest)
    here = word.group() if word else ""
    if problem == "found undefined alias":
        return f"{here} has no anchor &{here[1:]} above it in this document", ""
    if "tab character" in problem or rest.startswith("\t"):
        return "not YAML: a tab where YAML takes blanks only", "indent with blanks"
    if problem == "found character that cannot start any token":
        return f"not YAML: a value cannot begin with {rest[:1]!r}", "put it into quotes"
    message, remedy = _WORDS.get(problem, (problem, ""))
    return f"not YAML: {message}" if not problem.startswith("it ") else problem, remedy
