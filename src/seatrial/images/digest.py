"""Digests: "sha256:" and 64 hexadecimal figures; and streams that are checked as they are read."""

import hashlib
from typing import BinaryIO

from seatrial.images.interface import BrokenImage

_HEX = frozenset("0123456789abcdef")
_LENGTHS = {"sha256": 64, "sha512": 128}


def is_digest(text: str) -> bool:
    """Whether `text` is a digest that can be checked here."""
    algorithm, _, figures = text.partition(":")
    return len(figures) == _LENGTHS.get(algorithm, -1) and set(figures) <= _HEX


def digest_of(data: bytes) -> str:
    """The sha256 digest of `data`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def check(data: bytes, digest: str, *, what: str) -> bytes:
    """`data`, if it has that digest. Raises BrokenImage that names `what`."""
    found = Sum(digest, what=what)
    found.add(data)
    found.close()
    return data


class Sum:
    """A digest on its way: bytes are added, then it is compared."""

    def __init__(self, expected: str, *, what: str) -> None:
        """Raises BrokenImage when `expected` is no digest."""
        if not is_digest(expected):
            raise BrokenImage(f"{what} has {expected!r} for a digest")
        self._algorithm = expected.partition(":")[0]
        self._expected = expected
        self._what = what
        self._hash = hashlib.new(self._algorithm)

    def add(self, data: bytes) -> None:
        """The next bytes."""
        self._hash.update(data)

    def close(self) -> None:
        """All bytes are there. Raises BrokenImage when they are others than expected."""
        found = f"{self._algorithm}:{self._hash.hexdigest()}"
        if found != self._expected:
            raise BrokenImage(f"{self._what} has digest {found}, it should be {self._expected}")


class Checked:
    """A readable stream that adds up what is read from it."""

    def __init__(self, stream: BinaryIO, total: Sum) -> None:
        self._stream = stream
        self._total = total

    def read(self, size: int = -1) -> bytes:
        """As the stream's own."""
        data = self._stream.read(size)
        self._total.add(data)
        return data
