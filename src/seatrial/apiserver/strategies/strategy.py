"""The rules of a kind as a value; kinds without rules of their own have the default.

Holds: the functions change only the object that they are given as new.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.api.objects import Object


def _nothing(_new: Object) -> None:
    return


def _nothing_to_update(_new: Object, _old: Object) -> None:
    return


def _no_grace(_obj: Object, _wanted_s: int | None) -> int | None:
    return None


def spec_differs(new: Object, old: Object) -> bool:
    """The usual sense of a generation."""
    return bool(new.get("spec") != old.get("spec"))


def never_differs(_new: Object, _old: Object) -> bool:
    """Kinds without a generation."""
    return False


@dataclass(frozen=True, slots=True)
class Strategy:
    """The rules of one kind."""

    # Sets what a new object begins with (a pod's phase), after defaults.
    prepare_create: Callable[[Object], None] = _nothing
    # Restores what an update of the main resource must not touch.
    prepare_update: Callable[[Object, Object], None] = _nothing_to_update
    # Does this update ask for something new? Then metadata.generation grows.
    asks_anew: Callable[[Object, Object], bool] = never_differs
    has_generation: bool = False
    # PUT makes the object when it is not there.
    created_by_update: bool = False
    # Seconds between the wish to delete and the removal; None: the kind knows no grace.
    grace_s: Callable[[Object, int | None], int | None] = _no_grace
    # A deletion answers with the object instead of a Status.
    shows_deleted: bool = False


GENERATIONAL = Strategy(asks_anew=spec_differs, has_generation=True)
