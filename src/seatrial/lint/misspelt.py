"""Which of some names a name was meant to be, where a machine may put it right.

Does: knows one slip of the fingers: two letters changed places (`wbe`), one is missing, one is too
many, or the wrong one is doubled (`htpp`).
Does not: guess. `web-a` and `web-b`, `http` and `https`, `config-v1` and `config-v2` are names of
different things however alike they are written: one letter replaced, or one more at an end, is no
slip.
"""

from collections.abc import Iterable

SHORTEST_WITH_GAP = 4  # `db` and `d` are not one name


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """The one known name that is a slip away; None for none or for several."""
    found = {each for each in known if each != name and is_one_slip(name, each)}
    return found.pop() if len(found) == 1 else None


def is_one_slip(one: str, other: str) -> bool:
    """`one` was meant to be `other`."""
    if len(one) == len(other):
        return _is_swapped(one, other) or _doubles_the_wrong(one, other)
    shorter, longer = sorted((one, other), key=len)
    is_long_enough = len(longer) - len(shorter) == 1 and len(shorter) >= SHORTEST_WITH_GAP
    return is_long_enough and _lacks_a_letter(shorter, longer)


def _is_swapped(one: str, other: str) -> bool:
    apart = [place for place in range(len(one)) if one[place] != other[place]]
    if len(apart) != 2 or apart[1] != apart[0] + 1:
        return False
    first, second = apart
    letters = one[first] + one[second]
    return letters.isalpha() and letters == other[second] + other[first]


def _doubles_the_wrong(one: str, other: str) -> bool:
    apart = [place for place in range(len(one)) if one[place] != other[place]]
    if len(apart) != 1 or not 0 < apart[0] < len(one) - 1:
        return False
    (place,) = apart
    is_double = one[place] in (one[place - 1], one[place + 1])
    was_double = other[place] in (other[place - 1], other[place + 1])
    return is_double and was_double and one[place].isalpha()


def _lacks_a_letter(shorter: str, longer: str) -> bool:
    return any(
        longer[place].isalpha() and longer[:place] + longer[place + 1 :] == shorter
        for place in range(1, len(longer) - 1)
    )
