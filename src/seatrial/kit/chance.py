"""Seeded chance for names, uids, jitter and sampling; the only file that may import `random`.

A loop with a `chance` attribute (a `random.Random`) makes every draw repeatable; any other loop
draws from one generator seeded by the operating system.
"""

import asyncio
import random
import uuid

# Kubernetes' alphabet for generated names: no vowels and no look-alikes, so no words, no confusion.
NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

_machine = random.Random()


def _source() -> random.Random:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return _machine
    seeded: random.Random | None = getattr(loop, "chance", None)
    return _machine if seeded is None else seeded


def name_suffix(length: int = 5) -> str:
    """A suffix as `metadata.generateName` makes it."""
    return "".join(_source().choices(NAME_ALPHABET, k=length))


def uid() -> str:
    """A random UUID (version 4) in its usual text form."""
    return str(uuid.UUID(int=_source().getrandbits(128), version=4))


def uniform(low: float, high: float) -> float:
    """A float between `low` and `high`."""
    return _source().uniform(low, high)
