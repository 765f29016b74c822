"""JSON that is no YAML: several objects without a separator, escaped surrogates, very long keys.

Holds: data is exact; places are those of the object, because Python's reader of JSON keeps none.
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from seatrial.findings.model import Place
from seatrial.lint.load.nodes import DEPTH_MAX
from seatrial.lint.load.scalars import MAP, plain
from seatrial.lint.manifest import Source

_BLANK = " \t\r\n"


class NoJson(Exception):
    """The text is no stream of JSON values; `place` is where that shows."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


def looks_like_json(text: str) -> bool:
    """It begins as an object or a list does (and not as a template does)."""
    start = text.lstrip(_BLANK)[:2]
    return start[:1] in {"{", "["} and start != "{{"


def json_values(source: Source) -> Iterator[tuple[Any, yaml.MappingNode]]:
    """Each value of the stream, with a node that knows where it begins. Raises NoJson."""
    text = source.text
    decoder = json.JSONDecoder(parse_float=plain, parse_int=plain)
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
            json.dumps(value, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            place = Place(source.name, error.lineno, error.colno)
            raise NoJson(place, f"not JSON: {error.msg.lower()}") from error
        except UnicodeEncodeError as error:
            raise NoJson(Place(source.name, 1, 1), "it escapes half a character") from error
        except RecursionError as error:
            message = f"it is nested deeper than {DEPTH_MAX} levels"
            raise NoJson(Place(source.name, 1, 1), message) from error
        yield value, yaml.MappingNode(MAP, [], _mark(text, at), _mark(text, end))
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _mark(text: str, at: int) -> yaml.Mark:
    line_start = text.rfind("\n", 0, at) + 1
    return yaml.Mark("", at, text.count("\n", 0, at), at - line_start, None, 0)
