"""Python's garbage collector, told to wait."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside; afterwards as before.

    Loading makes a hundred thousand small objects that all stay, and the collector would look at
    them again and again: three times the time for nothing. A command that lints and then ends may
    pause it around the whole run.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
