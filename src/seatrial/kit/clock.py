"""Wall time; the only file that may read a wall clock.

Durations come from the running loop (`asyncio.sleep`, `asyncio.timeout`, `loop.time()`). A loop
with
an `epoch_s` attribute (virtual time) has wall time = epoch + loop time; any other has the
machine's.
"""

import asyncio
import time


def wall_time_s() -> float:
    """Seconds since the Unix epoch, as the running loop (or without one, the machine) sees it."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return time.time()
    epoch_s: float | None = getattr(loop, "epoch_s", None)
    return time.time() if epoch_s is None else epoch_s + loop.time()
