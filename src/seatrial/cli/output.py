"""How commands talk: results on standard output, everything else on standard error.

Colour and movement only where it is a terminal; `NO_COLOR` is honoured by the library.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from seatrial.kit.errors import SeatrialError

# No markup: paths and messages may hold brackets. Styled words are `Text`.
out = Console(highlight=False, soft_wrap=True, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def say_error(error: BaseException) -> None:
    """One clear message, and what to do about it."""
    err.print(Text("error: ", style="bold red") + Text(str(error)))
    remedy = error.remedy if isinstance(error, SeatrialError) else ""
    if remedy:
        err.print(Text("  try: ", style="bold") + Text(remedy))


class Steps:
    """A checklist of what is being done; each step shows its time when the next one begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._name = ""
        self._since = 0.0

    def begin(self, name: str) -> None:
        """The step before has ended; `name` begins."""
        self.end()
        self._name, self._since = name, time.perf_counter()
        self._status.update(name)
        self._status.start()

    def end(self, *, ok: bool = True) -> None:
        """The present step has ended."""
        self._status.stop()
        if self._name:
            mark = Text("✓ ", style="green") if ok else Text("✗ ", style="red")
            took_s = time.perf_counter() - self._since
            self._console.print(mark + Text(f"{self._name} ") + Text(f"{took_s:.2f} s", "dim"))
        self._name = ""


@contextmanager
def steps() -> Iterator[Steps]:
    """Show steps on standard error; a failure marks the one it happened in."""
    shown = Steps(err)
    try:
        yield shown
    except BaseException:
        shown.end(ok=False)
        raise
    shown.end()
