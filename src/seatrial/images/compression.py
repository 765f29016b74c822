"""Layers as they come, plain, gzip or zstd, read as plain tar bytes.

Differs from Kubernetes: zstd layers need Python 3.14, whose standard library can read them.
"""

import gzip
import importlib
import zlib
from typing import BinaryIO, cast

from seatrial.images.interface import BrokenImage

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

# What reading a damaged compressed stream may raise.
DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)


def plain(stream: BinaryIO, *, what: str) -> BinaryIO:
    """The uncompressed bytes of a seekable stream; closing `stream` stays the caller's business.

    Raises BrokenImage for what cannot be read here.
    """
    position = stream.tell()
    magic = stream.read(4)
    stream.seek(position)
    if magic.startswith(GZIP_MAGIC):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))
    return _zstd(stream, what) if magic == ZSTD_MAGIC else stream


def _zstd(stream: BinaryIO, what: str) -> BinaryIO:
    try:
        zstd = importlib.import_module("compression.zstd")
    except ModuleNotFoundError as error:
        raise BrokenImage(
            f"{what} is compressed with zstd, which this Python cannot read",
            remedy="use Python 3.14 or later, or push the image with gzip layers",
        ) from error
    return cast("BinaryIO", zstd.ZstdFile(stream, "rb"))
