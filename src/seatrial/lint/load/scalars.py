"""A plain scalar's text → its value, as the tools of Kubernetes read it.

Does: tells booleans, numbers and nothing from text by the rules of sigs.k8s.io/yaml, which are
those of YAML 1.1 with a few of its own; dates stay text.
Does not: look at quoted text; that is always text.
Holds: what a number becomes on its way through JSON is what it is here: `3.0` is 3, `08` is 8.
"""

import base64
import math
import re
from functools import lru_cache

_PREFIX = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL, BINARY, MERGE, MAP, SEQ = (
    f"{_PREFIX}{name}"
    for name in ("str", "int", "float", "bool", "null", "binary", "merge", "map", "seq")
)
_RESOLVED = frozenset({INT, FLOAT, BOOL, NULL})

Scalar = str | int | float | bool | None

# Different texts are few: a thousand manifests of one team share most of their words.
_TEXTS_MAX = 1 << 16
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_TAGS = {str: STR, bool: BOOL, int: INT, float: FLOAT, type(None): NULL}
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))", re.ASCII
)
_BASES = (16, 2, 8, 10)
_DIGITS_MAX = 300  # of a whole number: more than a float can hold
_INT64 = 1 << 63  # what is larger goes through a float
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
# From here on Go writes a float with an exponent, and nobody reads it back as an integer.
_WHOLE_MAX = 1e21


@lru_cache(maxsize=_TEXTS_MAX)
def tag_of(text: str) -> str:
    """The tag that a plain scalar has by its text."""
    return MERGE if text == "<<" else _TAGS[type(plain(text))]


@lru_cache(maxsize=_TEXTS_MAX)
def value_of(tag: str, text: str) -> Scalar:
    """The value of a scalar with this tag. Tags that Kubernetes' tools do not know mean text."""
    if tag == BINARY:
        return _decoded(text)
    return plain(text) if tag in _RESOLVED else text


def plain(text: str) -> Scalar:
    """The value of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    found = _INTEGER.fullmatch(digits)
    if found is not None and len(digits) <= _DIGITS_MAX:
        return _integer(found)
    value = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(value) else _whole(value)


def _decoded(text: str) -> str:
    """The text that base64 stands for; as it is where it stands for none."""
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return text


def _integer(found: re.Match[str]) -> int | float:
    sign, *by_base = found.groups()
    digits, base = next((each, base) for each, base in zip(by_base, _BASES, strict=True) if each)
    value = int(digits, base) * (-1 if sign == "-" else 1)
    return value if -_INT64 <= value < _INT64 else _whole(float(value))


def _whole(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < _WHOLE_MAX else value
