"""Durations in Go's notation, as everywhere in Kubernetes.

Holds: reads exactly what `seatrial.kit.text.parse_duration_s` reads (a test compares them), for
nothing of ours may be imported here.
"""

from __future__ import annotations

UNITS_S = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
UNIT_LETTERS = "nu\u00b5msh"


def parse_duration_s(text: str) -> float:
    """Seconds: "300ms", "1.5s", "2m30s", "0". Raises ValueError that quotes the text."""
    rest, total_s = text.strip(), 0.0
    if rest in {"0", "+0", "-0"}:
        return 0.0
    sign = -1.0 if rest.startswith("-") else 1.0
    rest = rest.lstrip("+-")
    if not rest:
        raise ValueError(not_a_duration(text))
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        letters = len(rest[digits:]) - len(rest[digits:].lstrip(UNIT_LETTERS))
        number, unit = rest[:digits], rest[digits : digits + letters]
        if unit not in UNITS_S or number.count(".") > 1 or not number.strip("."):
            raise ValueError(not_a_duration(text))
        total_s += float(number) * UNITS_S[unit]
        rest = rest[digits + letters :]
    return sign * total_s


def not_a_duration(text: str) -> str:
    """The refusal; a bare number is what most people try first."""
    example = f"{text}s" if text.isdigit() else "500ms, 5s, 1m30s"
    return f"{text!r} is not a duration (for example {example})"


def show_duration(seconds: float) -> str:
    """Short, for people: 500ms, 5s, 1.5s, 2m, 1m30s."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60 or seconds % 1:
        return f"{seconds:g}s"
    minutes, rest_s = divmod(int(seconds), 60)
    return f"{minutes}m{rest_s}s" if rest_s else f"{minutes}m"
