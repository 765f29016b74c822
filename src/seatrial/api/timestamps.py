"""RFC 3339 timestamps in the API's two precisions: seconds (`Time`), micros (`MicroTime`)."""

from datetime import UTC, datetime

from seatrial.kit.errors import SeatrialError


class TimestampError(SeatrialError):
    """The text is not an RFC 3339 timestamp."""


def render(epoch_s: float) -> str:
    """`2026-07-01T12:00:00Z`: whole seconds, cut off as Kubernetes does."""
    return _utc(int(epoch_s // 1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def render_micro(epoch_s: float) -> str:
    """`2026-07-01T12:00:00.123456Z`."""
    return _utc(epoch_s).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> float:
    """Seconds since the epoch. Raises TimestampError when `text` is no timestamp with a zone."""
    try:
        found = datetime.fromisoformat(_six_digits(text))
    except ValueError as error:
        raise TimestampError(f"{text!r} is not an RFC 3339 timestamp") from error
    if found.tzinfo is None or len(text) < len("2026-07-01T12:00:00Z"):
        raise TimestampError(f"{text!r} is not an RFC 3339 timestamp")
    return found.timestamp()


def is_timestamp(text: str) -> bool:
    """`parse` would take it."""
    try:
        parse(text)
    except TimestampError:
        return False
    return True


def _utc(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, tz=UTC)


def _six_digits(text: str) -> str:
    """Fractions of any length as the standard library reads them (Go writes nine digits)."""
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    zone = tail.lstrip("0123456789")
    digits = tail[: len(tail) - len(zone)]
    return f"{head}.{digits[:6]:0<6}{zone}" if digits else text
