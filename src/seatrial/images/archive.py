"""Named files in a tar archive or a directory, behind one protocol. (edge)

Does: open OCI and docker archives (plain or gzipped tar) and OCI directories for reading by name.
Does not: know what the files mean.

Holds: a name never leads out of the archive or directory.
"""

import contextlib
import gzip
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from seatrial.images.compression import DAMAGE, GZIP_MAGIC
from seatrial.images.interface import BrokenImage, ShelfFailure
from seatrial.kit.files import explain_os_error

COPY_BYTES = 1024 * 1024
# A gzipped archive's plain copy; a few hundred bytes can claim to be any size.
EXPANDED_BYTES_MAX = 64 * 1024**3


class Archive(Protocol):
    """Files by name."""

    def has(self, name: str) -> bool: ...

    def open(self, name: str) -> BinaryIO:
        """The file of that name. Raises BrokenImage when it is not there."""


@contextmanager
def opened(path: Path, *, scratch: Path) -> Iterator[Archive]:
    """The archive or directory `path`; `scratch` takes a gzipped archive's plain copy.

    Raises BrokenImage, ShelfFailure.
    """
    with contextlib.ExitStack() as stack:
        try:
            archive = _open(path, scratch, stack)
        except (tarfile.TarError, *DAMAGE) as error:
            raise BrokenImage(
                f"{path} is no image archive: {error}",
                remedy="make one with: docker save, podman save, skopeo copy, buildah push",
            ) from error
        except OSError as error:
            cause = explain_os_error(error, f"cannot read {path}")
            raise ShelfFailure(str(cause), remedy=cause.remedy) from error
        yield archive


def read(archive: Archive, name: str, *, bytes_max: int) -> bytes:
    """A whole small file. Raises BrokenImage when it is missing or larger than `bytes_max`."""
    with archive.open(name) as stream:
        data = stream.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise BrokenImage(f"{name} is larger than {bytes_max} bytes")
    return data


def _open(path: Path, scratch: Path, stack: contextlib.ExitStack) -> Archive:
    if path.is_dir():
        return _Directory(path)
    stream: IO[bytes] = stack.enter_context(path.open("rb"))
    magic = stream.read(len(GZIP_MAGIC))
    stream.seek(0)
    if magic == GZIP_MAGIC:
        stream = stack.enter_context(_expanded(stream, scratch))
    return _Tar(stack.enter_context(tarfile.open(fileobj=stream, mode="r:")))


@contextmanager
def _expanded(stream: IO[bytes], scratch: Path) -> Iterator[IO[bytes]]:
    """Reading by name goes to and fro, which gzip can only do by starting again each time."""
    with tempfile.TemporaryFile(dir=scratch) as copy:
        with gzip.GzipFile(fileobj=stream) as expanded:
            while piece := expanded.read(COPY_BYTES):
                if copy.write(piece) and copy.tell() > EXPANDED_BYTES_MAX:
                    raise BrokenImage(f"the archive expands beyond {EXPANDED_BYTES_MAX} bytes")
        copy.seek(0)
        yield copy


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {member.name.removeprefix("./"): member for member in tar}

    def has(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str) -> BinaryIO:
        member = self._members.get(name)
        try:
            stream = self._tar.extractfile(member) if member else None
        except KeyError:  # a link to nothing
            stream = None
        if stream is None:
            raise BrokenImage(f"the archive has no file {name!r}")
        return cast("BinaryIO", stream)


class _Directory:
    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def open(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except (FileNotFoundError, IsADirectoryError) as error:
            raise BrokenImage(f"the directory {self._root} has no file {name!r}") from error

    def _path(self, name: str) -> Path:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise BrokenImage(f"file {name!r} leads out of the directory {self._root}")
        return path
