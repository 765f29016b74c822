"""Taking SIGTERM from a server, and giving it back when the window is over.

Does: put a handler before the one that is there, keep that one, and run it later in the main
thread, as if the signal had come then. That is how a server that stops at once learns to wait
without being changed.
Does not: know which server it is. Servers that listen through their event loop instead of
`signal.signal` are left to their integration.
Does not wake a main thread that waits for a lock (hearing.py): integrations that wait do.
Holds: the handler itself only calls `begin` and `leave`, which take no lock.
Differs from place to place: no thread but the main one may take signals (`install` says False
there); Windows has SIGBREAK instead of a SIGTERM from outside, and no `pthread_kill`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any, Callable, Optional, Union

Handler = Union[Callable[[int, Optional[FrameType]], Any], int, None]

#: What asks a process to stop, as far as this system has it: TERM, INT and, on Windows, BREAK.
STOP_SIGNALS: tuple[int, ...] = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)
)


class Interposer:
    """One handler before those that were there."""

    def __init__(
        self,
        *,
        begin: Callable[[str], None],
        leave: Callable[[int], None],
        is_window_over: Callable[[], bool],
    ) -> None:
        self._begin = begin
        self._leave = leave
        self._is_window_over = is_window_over
        self._previous: dict[int, Handler] = {}
        self._came: int | None = None
        self._is_over = False
        self._was_installed = False

    @property
    def was_installed(self) -> bool:
        """Whether signals were ever taken."""
        return self._was_installed

    def previous(self, signum: int) -> Handler:
        """The handler that was there: a callable, SIG_DFL, SIG_IGN; None if it is not Python's."""
        return self._previous.get(signum)

    @property
    def is_owed(self) -> bool:
        """Whether a signal came here that the handler that was there has not seen yet."""
        return self._came is not None

    def install(self, kept: Mapping[int, Handler] | None = None) -> bool:
        """Take the signals from whoever has them. False where Python forbids it: other threads.

        `kept`: handlers that were taken from somewhere else than `signal.signal` already.
        """
        if threading.current_thread() is not threading.main_thread():
            return False
        for signum in STOP_SIGNALS:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):
                self._take(signum)  # ignored ones stay ignored; those not Python's stay theirs
        self._previous.update(kept or {})
        self._was_installed = True
        return True

    def restore(self) -> None:
        """Give the signals back, unless someone else has taken them meanwhile."""
        if threading.current_thread() is not threading.main_thread():
            return
        for signum, handler in self._previous.items():
            if signal.getsignal(signum) == self._handle and handler is not None:
                signal.signal(signum, handler)
        self._previous.clear()

    def hand_over(self) -> None:
        """From any thread: the handler that was there gets its signal now, in the main thread."""
        self._is_over = True
        _send_to_main_thread(self._came or signal.SIGTERM)

    def _take(self, signum: int) -> None:
        handler = signal.getsignal(signum)
        if handler == self._handle:
            return
        self._previous[signum] = handler
        signal.signal(signum, self._handle)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._is_over:
            self._is_over = False
            _act(self._previous.get(signum, signal.SIG_DFL), signum, frame)
        elif self._came is None:
            is_late = self._is_window_over()  # a parent told us long ago: this is its last word
            self._came = signum
            self._begin(signal.Signals(signum).name)
            if is_late:
                _act(self._previous.get(signum, signal.SIG_DFL), signum, frame)
        else:
            self._leave(signum)


def _act(handler: Handler, signum: int, frame: FrameType | None) -> None:
    """What `handler` would have done; where that is to end the process, it ends with 0."""
    if callable(handler):
        handler(signum, frame)
    elif handler != signal.SIG_IGN:
        raise SystemExit(0)


def _send_to_main_thread(signum: int) -> None:
    ident = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and ident is not None:
        signal.pthread_kill(ident, signum)
    else:
        signal.raise_signal(signum)
