"""Puts the images that an application names onto a shelf: from seatrial.toml, plus the driver's."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from seatrial.images.interface import ImageConfig, Shelf
from seatrial.kit.errors import UsageError
from seatrial.trials.application import Application
from seatrial.trials.settings import ArchiveImage, HostImage, ImageSource
from seatrial.trials.traffic.plan import HOST_DRIVER_IMAGE


def host_path() -> str:
    """PATH inside `host` images: the Python that runs us first, then the caller's own."""
    own = str(Path(sys.base_prefix) / "bin")
    return os.pathsep.join([own, os.environ.get("PATH", os.defpath)])


async def prepare_images(shelf: Shelf, application: Application) -> None:
    """Raises what `images.interface` draws for archives that are missing or broken."""
    environment = {"PATH": host_path()}
    await shelf.add_host(HOST_DRIVER_IMAGE, ImageConfig(environment=environment))
    await _prepare(shelf, application.images, environment)


async def _prepare(
    shelf: Shelf, images: Mapping[str, ImageSource], environment: Mapping[str, str]
) -> None:
    for name, source in images.items():
        if isinstance(source, HostImage):
            config = ImageConfig(
                entrypoint=source.command,
                working_directory=source.workdir,
                environment={**environment, **source.environment},
            )
            await shelf.add_host(name, config)
        elif isinstance(source, ArchiveImage):
            await _load(shelf, name, source.path)
        # A registry's image is pulled by the kubelet when a pod asks for it.


async def _load(shelf: Shelf, name: str, archive: Path) -> None:
    names = await shelf.load(archive)
    if await shelf.find(name) is None:
        raise UsageError(
            f"{archive} holds {', '.join(names)}, not {name}",
            remedy="name the image in seatrial.toml as the archive does",
        )
