"""Which of some names a misspelt one was meant to be. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

ALIKE = 0.78  # the least likeness of a misspelling: of `Name` and `names` it is 0.67
AHEAD = 0.08  # how much more alike than the next one it must be to be the only one


@dataclass(frozen=True, slots=True)
class Near:
    """The most likely name."""

    name: str
    is_only: bool  # no other comes close


def nearest(name: str, known: Iterable[str]) -> Near | None:
    """The one that is written alike, if there is one; case does not count."""
    low = name.lower()
    scored = sorted(((_likeness(low, each.lower()), each) for each in known), reverse=True)
    if not scored or scored[0][0] < ALIKE:
        return None
    (best, found), *others = scored
    runner_up = others[0][0] if others else 0.0
    return Near(found, is_only=best - runner_up >= AHEAD or best == 1.0)


def _likeness(one: str, other: str) -> float:
    """0 to 1; a missing or extra s at the end hardly counts (`port` and `ports`)."""
    if one == other:
        return 1.0
    if one.rstrip("s") == other.rstrip("s"):
        return 0.95
    return SequenceMatcher(None, one, other).ratio()
