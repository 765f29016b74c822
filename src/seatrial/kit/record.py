"""Structured event log: an event name and fields, one line per unit of work.

    record = get_record("kubelet")
    record.info("pod.started", pod="default/web-7f", took_s=0.031)

Built on `logging`, so that handlers and capture in tests are the usual ones. `error` is for what
should not happen: in tests an unexpected error line fails the run.
"""

import logging
import sys
from typing import Any, TextIO

ROOT = "seatrial"


class Record:
    """The event log of one part."""

    def __init__(self, part: str) -> None:
        self._log = logging.getLogger(f"{ROOT}.{part}")

    def debug(self, event: str, **fields: Any) -> None:
        """For those who debug the part itself."""
        self._say(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """One unit of work was done."""
        self._say(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something failed that will be tried again or done without."""
        self._say(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Something happened that should not."""
        self._say(logging.ERROR, event, fields)

    def _say(self, level: int, event: str, fields: dict[str, Any]) -> None:
        if self._log.isEnabledFor(level):
            self._log.log(level, event, extra={"event": event, "fields": fields})


def get_record(part: str) -> Record:
    """The event log of `part` (dotted, without our package's name)."""
    return Record(part)


class LineFormatter(logging.Formatter):
    """`2026-01-02T03:04:05.678 INFO kubelet pod.started pod=default/web-7f took_s=0.031`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {})
        words = [
            self.formatTime(record),
            record.levelname,
            record.name.removeprefix(f"{ROOT}."),
            record.getMessage(),
            *(f"{key}={_quoted(value)}" for key, value in fields.items()),
        ]
        line = " ".join(words)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _quoted(value: Any) -> str:
    text = str(value)
    return repr(text) if " " in text or not text else text


def set_up(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send our event log to `stream` (default: standard error); for programs, not for libraries."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger(ROOT)
    root.handlers = [handler]
    root.setLevel(level)
    root.propagate = False
