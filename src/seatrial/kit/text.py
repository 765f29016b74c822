"""Durations and sizes for people; imports nothing, so that the pure floors may use it."""

_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration_s(text: str) -> float:
    """Seconds in Go's duration notation: "300ms", "1.5s", "2m30s", "0".

    Raises ValueError that quotes the text.
    """
    rest, total_s = text.strip(), 0.0
    if rest in {"0", "+0", "-0"}:
        return 0.0
    sign = -1.0 if rest.startswith("-") else 1.0
    rest = rest.lstrip("+-")
    if not rest:
        raise ValueError(f"{text!r} is not a duration (for example 500ms, 5s, 1m30s)")
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        after = rest[digits:]
        letters = len(after) - len(after.lstrip("nuµmsh"))
        unit = after[:letters]
        if unit not in _UNITS_S or not digits:
            raise ValueError(f"{text!r} is not a duration (for example 500ms, 5s, 1m30s)")
        try:
            total_s += float(rest[:digits]) * _UNITS_S[unit]
        except ValueError as error:
            raise ValueError(f"{text!r} is not a duration (for example 500ms, 5s)") from error
        rest = after[letters:]
    return sign * total_s


def human_duration(seconds: float) -> str:
    """An age as kubectl prints it: 45s, 2m5s, 3h4m, 2d3h, 200d."""
    total = int(seconds)
    if total < 0:
        return "<invalid>" if total < -1 else "0s"
    if total < 120:
        return f"{total}s"
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"


def human_bytes(count: float) -> str:
    """A size in binary units: 512 B, 1.5 KiB, 20.0 MiB."""
    if count < 1024:
        return f"{int(count)} B"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1024:
            return f"{count:.1f} {unit}"
    return f"{count / 1024:.1f} TiB"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 pod`, `2 pods`, `0 pods`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
