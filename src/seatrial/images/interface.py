"""The contract of the image shelf: names to something a container can be started from.

ImageFailure
├── InvalidImageName      the reference cannot be parsed
├── ImageMissing          not on the shelf and not to be had
├── PullFailure           the registry refused or cannot be reached
├── BrokenImage           an archive, manifest or layer that is not what it says
└── ShelfFailure          the shelf's own disk is full or cannot be written
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from seatrial.kit.errors import SeatrialError


class ImageFailure(SeatrialError):
    """The root of what can go wrong with an image."""


class InvalidImageName(ImageFailure):
    """The reference cannot be parsed."""

    exit_code = 2


class ImageMissing(ImageFailure):
    """Not on the shelf and not to be had."""


class PullFailure(ImageFailure):
    """The registry refused, or cannot be reached."""


class BrokenImage(ImageFailure):
    """An archive, manifest or layer that is not what it says."""

    exit_code = 2


class ShelfFailure(ImageFailure):
    """The shelf's own disk is full, or cannot be written."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says about the process to run (OCI image config, `config`)."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = ""
    user: str = ""  # "", "uid", "name", "uid:gid", "name:group"
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image ready to run: unpacked layers, topmost first; none for a `host` image."""

    reference: str  # normalised: "docker.io/library/busybox:latest"
    image_id: str  # "sha256:..." of its config; "host:NAME" for a host image
    config: ImageConfig
    layers: tuple[Path, ...] = ()
    is_host: bool = False


class ImageSource(Protocol):
    """Where a node gets its images: what is here, and what can be fetched."""

    async def find(self, reference: str) -> Image | None:
        """The image of that name if it is here. Raises InvalidImageName, BrokenImage."""

    async def pull(self, reference: str, *, auth: Mapping[str, str] | None = None) -> Image:
        """Fetch it from its registry and keep it. Raises InvalidImageName, PullFailure,
        BrokenImage.
        """


class Shelf(ImageSource, Protocol):
    """The images of this machine. Several processes may read and write one shelf at a time.

    Everything that writes raises ShelfFailure too.
    """

    async def load(self, archive: Path) -> list[str]:
        """Take the images of an OCI or docker archive; the names they can be used by. Raises
        BrokenImage.
        """

    async def add_host(self, reference: str, config: ImageConfig) -> Image:
        """Let `reference` mean this machine's own root with that command."""

    async def list(self) -> list[Image]: ...

    async def remove(self, reference: str) -> None: ...
