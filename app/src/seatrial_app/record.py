"""Log lines and hooks: one line an event, through the standard `logging`, fields beside it.

Does: write `event key=value ...` (or one JSON object, by choice) to the logger `seatrial_app`, with
`event` and `fields` as attributes of the log record for those who format by themselves, and tell
the hooks.
Does not: configure logging. Where nobody has, Python shows warnings and errors and keeps the rest.
Holds: never raises; a hook that fails is logged and the next one is told.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

if TYPE_CHECKING:
    from logging import Logger

LOGGER_NAME = "seatrial_app"
INFO, WARNING, ERROR = 20, 30, 40  # as in `logging`, which is loaded at the first line only

FORMAT_VARIABLE = "SEATRIAL_LOG"  # "json": one JSON object a line; else words

Hook = Callable[["Event"], None]


class Event(NamedTuple):
    """Something that happened: a dotted name and its fields."""

    name: str
    fields: Mapping[str, Any]
    level: int = INFO


def render_words(event: Event) -> str:
    """`drain.begun reason=SIGTERM window_s=5.0`"""
    return " ".join([event.name, *(f"{key}={_word(value)}" for key, value in event.fields.items())])


def render_json(event: Event) -> str:
    """One JSON object, `event` first."""
    import json  # only those who want JSON pay for it

    return json.dumps({"event": event.name, **event.fields}, default=str)


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        value = ",".join(str(part) for part in value)
    text = str(value)
    return repr(text) if not text or " " in text or "=" in text else text


def _logger() -> Logger:
    import logging  # a third of what importing this library would cost

    return logging.getLogger(LOGGER_NAME)


class Recorder:
    """Where a lifecycle writes what happens to it."""

    def __init__(self, *, json_lines: bool = False, logger: Logger | None = None) -> None:
        self._render = render_json if json_lines else render_words
        self._logger = logger
        self._hooks: list[Hook] = []

    def add_hook(self, hook: Hook) -> None:
        """`hook(event)` is called for every event, on the thread where it happens."""
        self._hooks.append(hook)

    def info(self, name: str, **fields: object) -> None:
        self._write(Event(name, fields))

    def warning(self, name: str, **fields: object) -> None:
        self._write(Event(name, fields, WARNING))

    def error(self, name: str, error: BaseException, **fields: object) -> None:
        """An event with the exception that made it; the traceback goes to the log."""
        self._write(Event(name, {**fields, "error": repr(error)}, ERROR), error)

    def _write(self, event: Event, error: BaseException | None = None) -> None:
        self._log(event, error)
        for hook in tuple(self._hooks):
            self._call(hook, event)

    def _call(self, hook: Hook, event: Event) -> None:
        try:
            hook(event)
        except Exception as failure:  # noqa: BLE001 - what a hook raises must not reach the server
            self._log(Event("hook.failed", {"hook": repr(hook)}, ERROR), failure)

    def _log(self, event: Event, error: BaseException | None) -> None:
        try:
            extra = {"event": event.name, "fields": dict(event.fields)}
            self._logger = self._logger or _logger()
            self._logger.log(event.level, "%s", self._render(event), exc_info=error, extra=extra)
        except Exception:  # noqa: BLE001 - a broken log handler must not break the shutdown
            sys.stderr.write(f"{event.name} (its log handler failed)\n")
