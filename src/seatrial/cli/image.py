"""`seatrial image`: images without an engine."""

import asyncio
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from seatrial.cli import places
from seatrial.cli.output import err, out
from seatrial.images.interface import ImageConfig
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit.files import private_directory


def _shelf() -> DirectoryShelf:
    return DirectoryShelf(private_directory(places.shelf_dir()))


@click.group("image")
def command() -> None:
    """Images without an engine. One shelf serves all clusters of this user."""


@command.command("load")
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def load(archive: Path) -> None:
    """Take the images of an OCI or docker archive (docker save, buildah, skopeo)."""
    with err.status(Text(f"loading {archive}")):
        names = asyncio.run(_shelf().load(archive))
    for name in names:
        out.print(name)


@command.command("host", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("argv", nargs=-1, type=click.UNPROCESSED)
@click.option("--workdir", default="/", help="The process's working directory.")
@click.option("--env", multiple=True, metavar="NAME=VALUE")
def host(name: str, argv: tuple[str, ...], workdir: str, env: tuple[str, ...]) -> None:
    """Let image NAME mean this machine's own root, with ARGV as its command."""
    environment = dict(pair.partition("=")[::2] for pair in env)
    config = ImageConfig(entrypoint=argv, working_directory=workdir, environment=environment)
    image = asyncio.run(_shelf().add_host(name, config))
    out.print(image.reference)


@command.command("list")
def list_images() -> None:
    """Show the shelf."""
    table = Table("IMAGE", "ID", "KIND", box=None, padding=(0, 3, 0, 0))
    for image in asyncio.run(_shelf().list()):
        table.add_row(image.reference, image.image_id[:19], "host" if image.is_host else "layers")
    out.print(table)


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Take an image from the shelf."""
    asyncio.run(_shelf().remove(name))
