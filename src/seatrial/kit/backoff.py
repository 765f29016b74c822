"""Delays that grow: a value, not a loop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """`first_s`, then times `factor` for each further failure, never above `max_s`."""

    first_s: float
    factor: float = 2.0
    max_s: float = 300.0

    def delay_s(self, failures: int) -> float:
        """The wait after the `failures`-th failure in a row (1 is the first); 0 for none."""
        if failures <= 0:
            return 0.0
        # The exponent is bounded so that a very long run of failures cannot overflow a float.
        return min(self.first_s * self.factor ** min(failures - 1, 64), self.max_s)
