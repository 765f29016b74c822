"""Interruptions of a command: Ctrl-C, SIGTERM and SIGHUP are one thing and arrive as one.

Does: lets SIGTERM and SIGHUP do what Ctrl-C does at that moment (KeyboardInterrupt, or what a
running event loop makes of it); holds interruptions back while something must not be left half
done.
Does not: lose one: what was held back is raised when the block ends.
Holds: a hang-up that our caller ignores (nohup) stays ignored. For main threads only, as signals
are.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)


def hear_all() -> None:
    """From here on every ending that can be heard is heard as Ctrl-C."""
    for number in LIKE_CTRL_C:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_ctrl_c)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def hear_none() -> None:
    """For the last steps out, when there is nothing left to interrupt."""
    for number in (signal.SIGINT, *LIKE_CTRL_C):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held_back() -> Iterator[None]:
    """Interruptions wait until the block has ended, and are raised then; so keep it bounded."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):  # a shell's background job ignores Ctrl-C, but not SIGTERM
        raise KeyboardInterrupt
    handler(number, frame)
