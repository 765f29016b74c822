"""What a program needs beside itself: its dynamic loader and shared libraries. (edge)

Does: read the loader's name from the program (ELF), and ask that loader for the libraries.
Does not: find what a program opens by itself later.
"""

import struct
import subprocess
from pathlib import Path

from seatrial.images.interface import BrokenImage

LOADER_LIMIT_S = 10.0
_PT_INTERP = 3


def needed_files(program: Path) -> list[Path]:
    """The loader and libraries, in name order; none for a static program. Raises BrokenImage."""
    loader = loader_of(program.read_bytes(), what=str(program))
    if not loader:
        return []
    try:
        listing = subprocess.run(
            [loader, "--list", program],
            capture_output=True,
            check=True,
            timeout=LOADER_LIMIT_S,
            text=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BrokenImage(f"cannot ask {loader} what {program} needs: {error}") from error
    return sorted({Path(loader), *libraries_in(listing.stdout)})


def libraries_in(listing: str) -> list[Path]:
    """The paths in a loader's listing: "libc.so.6 => /lib/libc.so.6 (0x7f...)"."""
    words = [word for line in listing.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/")]


def loader_of(program: bytes, *, what: str) -> str:
    """The dynamic loader that an ELF program names; empty for a static one. Raises BrokenImage."""
    if program[:4] != b"\x7fELF":
        raise BrokenImage(f"{what} is no program of this machine (no ELF file)")
    is_64, order = program[4] == 2, "<" if program[5] == 1 else ">"
    try:
        return _interpreter(program, is_64=is_64, order=order)
    except struct.error as error:
        raise BrokenImage(f"{what} is cut off") from error


def _interpreter(program: bytes, *, is_64: bool, order: str) -> str:
    table = struct.unpack_from(f"{order}Q" if is_64 else f"{order}I", program, 32 if is_64 else 28)
    size, count = struct.unpack_from(f"{order}HH", program, 54 if is_64 else 42)
    # Where a program header keeps the offset and length of what it describes.
    layout, offset_at, length_at = ("Q", 8, 32) if is_64 else ("I", 4, 16)
    for n in range(count):
        start = table[0] + n * size
        (kind,) = struct.unpack_from(f"{order}I", program, start)
        if kind == _PT_INTERP:
            (offset,) = struct.unpack_from(order + layout, program, start + offset_at)
            (length,) = struct.unpack_from(order + layout, program, start + length_at)
            return program[offset : offset + length].rstrip(b"\0").decode()
    return ""
