"""Who ends the server when its window is over, and with which code the process ends.

Does: take the signals, have the server stopped by whoever knows how (an integration, or the handler
that was there), and keep the exit code of a second signal.
Does not: keep time, or know what a server is.
Holds: `second_signal` takes no lock. A server is ended once. A signal that never came here is not
handed over: where a parent process told us, the parent ends its workers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable

from seatrial_app.signals import Handler, Interposer
from seatrial_app.state import State
from seatrial_app.waiting import wait

if TYPE_CHECKING:
    from seatrial_app.lifecycle import Lifecycle

EXIT_CODE_OF_SIGNAL = 128  # plus its number: what a shell says of a process that a signal ended
SIGTERM_NUMBER = 15


class Ending:
    """The end of the server of one lifecycle."""

    def __init__(self, life: Lifecycle) -> None:
        self._life = life
        self._exit_code: int | None = None
        self._end_server: Callable[[], None] | None = None
        self._otherwise: Callable[[], None] = self._finish_beside
        self._is_listening = False
        self.signals = Interposer(
            begin=life.begin, leave=self._second_signal, is_window_over=self._is_past_ending
        )

    @property
    def is_forced(self) -> bool:
        """Someone wants to be gone at once."""
        return self._exit_code is not None

    @property
    def exit_code(self) -> int:
        """What the process ends with if it must be ended: 0 if all was done, else 128 + signal."""
        if self._exit_code is not None:
            return self._exit_code
        return 0 if self._life.state is State.STOPPED else EXIT_CODE_OF_SIGNAL + SIGTERM_NUMBER

    def force(self, exit_code: int) -> None:
        """Someone wants to be gone at once, with this code."""
        self._exit_code = exit_code

    def install(self, then: Callable[[], None] | None) -> None:
        """Take the signals; `then` ends the server, or else the handler that was there does."""
        self._end_server = then or self._end_server
        self._take_signals(self._finish_beside, {})

    def interpose(
        self, then: Callable[[], None] | None, *, kept: Mapping[int, Handler] | None = None
    ) -> None:
        """The same, but only if it is here that the signal comes."""

        def repay() -> None:
            if self.signals.is_owed:
                (then or self._finish_beside)()

        self._take_signals(repay, kept or {})

    def may_quit(self) -> bool:
        """Whether the process is ours to end: where signals were taken; after the server's end
        only in a pod, whose end this is."""
        is_serving = self._life.state is not State.STOPPED
        return self.signals.was_installed and (is_serving or self._life.in_kubernetes)

    def _take_signals(self, otherwise: Callable[[], None], kept: Mapping[int, Handler]) -> None:
        self._otherwise = otherwise
        if not self._is_listening:
            self._is_listening = True
            self._life.on_close(lambda: (self._end_server or self._otherwise)())
        if not self.signals.install(kept):
            note = "not in the main thread: call begin() yourself"
            self._life.record.info("signals", note=note)

    def _second_signal(self, signum: int) -> None:
        code = EXIT_CODE_OF_SIGNAL + signum
        self._life.leave(f"signal {signum} again", exit_code=code)
        if self._end_server is None:
            self._life.quit("no server has to be told")

    def _is_past_ending(self) -> bool:
        """Whether the window is over and nobody but the handler that was there ends the server."""
        return self._life.is_closing and self._end_server is None

    def _finish_beside(self) -> None:
        """On a thread of its own: the other callbacks of the same moment need not wait for it."""
        threading.Thread(target=self._finish_and_hand_over, daemon=True).start()

    def _finish_and_hand_over(self) -> None:
        for what in (self._life.requests, self._life.works, self._life.blockers):
            wait(self._life, what)
        if not self.is_forced:  # whoever wants to be gone at once gets the code of that signal
            self.signals.hand_over()
