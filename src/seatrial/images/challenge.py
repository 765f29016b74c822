"""What a registry asks for when it says 401: the WWW-Authenticate header, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate: its scheme in lower case ("bearer", "basic") and parameters."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenge(header: str) -> Challenge:
    """The challenge in a header; parameters may be quoted, and a quoted one may have commas."""
    scheme, _, rest = header.strip().partition(" ")
    parameters: dict[str, str] = {}
    while rest := rest.lstrip(" ,"):
        name, equals, rest = rest.partition("=")
        if not equals:
            break
        value, rest = _value(rest.lstrip())
        parameters[name.strip().lower()] = value
    return Challenge(scheme.lower(), parameters)


def _value(text: str) -> tuple[str, str]:
    """The first value of `text`, and what follows it."""
    if not text.startswith('"'):
        value, _, rest = text.partition(",")
        return value.strip(), rest
    letters: list[str] = []
    position = 1
    while position < len(text) and text[position] != '"':
        if text[position] == "\\":
            position += 1
        letters.append(text[position : position + 1])
        position += 1
    return "".join(letters), text[position + 1 :]
