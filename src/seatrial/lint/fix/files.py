"""Mended texts into their files (edge).

Holds: a file that has changed since it was read is not overwritten; mode, links and a byte order
mark stay.
"""

import codecs
from pathlib import Path

from seatrial.kit.errors import SeatrialError
from seatrial.kit.files import write_atomic


class CannotMend(SeatrialError):
    """A file could not be written."""


def rewrite(path: Path, before: str, after: str) -> None:
    """The file's text was `before` and is `after` now. Raises CannotMend."""
    target = path.resolve()
    try:
        raw = target.read_bytes()
        mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        if raw.removeprefix(mark).decode("utf-8") != before:
            raise CannotMend(f"{path} has changed meanwhile", remedy="run it again")
        write_atomic(target, mark + after.encode(), mode=target.stat().st_mode & 0o7777)
    except OSError as error:
        raise CannotMend(f"{path} cannot be written: {error.strerror}") from error
