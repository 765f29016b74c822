"""Pauses between attempts: they grow, and chance spreads them.

A rollout starts many waiters at one moment; without chance they would all knock at the same moments
on a server that has just come up.
"""

from __future__ import annotations

from typing import NamedTuple

# Doubled at most this often: a long wait cannot overflow a float.
DOUBLINGS_MAX = 32


class Pauses(NamedTuple):
    """`first_s`, then twice as long each time, at most `max_s`; each shortened by up to half."""

    first_s: float = 0.25
    max_s: float = 5.0

    def pause_s(self, attempts: int, chance: float) -> float:
        """The pause after the `attempts`-th attempt (1 is the first); `chance` is in [0, 1)."""
        whole_s = self.first_s * 2.0 ** min(max(attempts - 1, 0), DOUBLINGS_MAX)
        return min(whole_s, self.max_s) * (1.0 - chance / 2.0)
