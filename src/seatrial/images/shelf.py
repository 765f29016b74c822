"""The images of this machine, in a directory that many processes share. (edge)

    index.json    every name, with its config and layers; replaced whole, under index.lock
    blobs/        configs, by digest
    layers/       unpacked layers, by digest of their plain bytes
    work/         layers on their way in

Does: load archives, pull from registries, remember host images, find what a name means.
Does not: keep compressed layers; an image is here to be run, not to be pushed on.

Holds: a name in the index can be run: its layers came before it. Layers that no name needs are
deleted when a process opens the shelf and nobody else has it open, so never under a running
container.

Differs from Kubernetes: images are removed by people, not by disk pressure.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from seatrial.images import archive as archives
from seatrial.images.digest import is_digest
from seatrial.images.interface import (
    BrokenImage,
    Image,
    ImageConfig,
    ImageMissing,
    InvalidImageName,
)
from seatrial.images.layout import Packed, images_of, name_from_file
from seatrial.images.locks import alone, open_lock, share, try_alone
from seatrial.images.manifest import Platform, this_platform
from seatrial.images.records import ImageRecord, decode, encode, look_up
from seatrial.images.reference import parse_reference
from seatrial.images.stock import Stock
from seatrial.images.unpack import Limits, shelf_failure
from seatrial.kit.backoff import Backoff
from seatrial.kit.files import private_directory, write_atomic

# Between the attempts of one request to a registry.
BETWEEN_ATTEMPTS = Backoff(first_s=0.5, max_s=5.0)

_Records = dict[str, ImageRecord]
# `list` means a method inside of the class.
Images = list[Image]
Names = list[str]
_Stamp = tuple[int, int, int]


class DirectoryShelf:
    """A Shelf in a directory."""

    def __init__(
        self,
        root: Path,
        *,
        platform: Platform | None = None,
        limits: Limits | None = None,
        between_attempts: Backoff = BETWEEN_ATTEMPTS,
    ) -> None:
        """Open the shelf in `root`, made when it is missing. Raises UsageError, MachineError,
        BrokenImage, ShelfFailure.
        """
        self._root = private_directory(root)
        self._blobs = private_directory(root / "blobs" / "sha256")
        self._platform = platform or this_platform()
        self._stock = Stock(root, limits or Limits())
        # One at a time, as the kubelet pulls; a second pull of the same image then finds layers.
        self._taking = asyncio.Lock()
        self._between_attempts = between_attempts
        self._known: tuple[_Stamp, _Records] | None = None
        self._presence = open_lock(root / "use.lock")
        self._sweep_when_alone()
        share(self._presence)

    def close(self) -> None:
        """Let others delete what no name needs; also happens when the process ends."""
        if self._presence >= 0:
            os.close(self._presence)
            self._presence = -1

    async def find(self, reference: str) -> Image | None:
        record = look_up(self._records(), parse_reference(reference))
        return None if record is None else self._image(record)

    async def list(self) -> Images:
        return [self._image(record) for _, record in sorted(self._records().items())]

    async def load(self, archive: Path) -> Names:
        async with self._taking:
            return await asyncio.to_thread(self._load, archive)

    async def pull(self, reference: str, *, auth: Mapping[str, str] | None = None) -> Image:
        # Imported at the first pull: the HTTP client costs every start a tenth of a second.
        from seatrial.images.pull import pull_image

        wanted = parse_reference(reference)
        async with self._taking:
            pulled = await pull_image(
                wanted,
                auth=auth,
                stock=self._stock,
                platform=self._platform,
                between_attempts=self._between_attempts,
            )
            return await asyncio.to_thread(self._keep, pulled, [str(wanted)])

    async def add_host(self, reference: str, config: ImageConfig) -> Image:
        name = str(parse_reference(reference))
        record = ImageRecord(name, f"host:{name}", config, is_host=True)
        await asyncio.to_thread(self._change, lambda records: records.update({name: record}))
        return self._image(record)

    async def remove(self, reference: str) -> None:
        wanted = parse_reference(reference)

        def drop(records: _Records) -> None:
            record = look_up(records, wanted)
            if record is None:
                raise ImageMissing(f"image {wanted} is not on the shelf")
            del records[record.reference]

        await asyncio.to_thread(self._change, drop)

    def _load(self, path: Path) -> Names:
        default_name = name_from_file(path.name.partition(".")[0])
        with (
            self._stock.place_of_work() as scratch,
            archives.opened(path, scratch=scratch) as archive,
        ):
            found = images_of(archive, platform=self._platform, default_name=default_name)
            wanted = [(image, _whole(image.names)) for image in found]
            for image in found:
                self._unpack(archive, image)
        for image, names in wanted:
            self._keep(image, names)
        return [name for _, names in wanted for name in names]

    def _unpack(self, archive: archives.Archive, image: Packed) -> None:
        for name, diff_id in zip(image.layers, image.config.diff_ids, strict=True):
            self._stock.add(diff_id, partial(archive.open, name))

    def _keep(self, image: Packed, names: Names) -> Image:
        """Name an image whose layers are here."""
        records = {
            name: ImageRecord(
                reference=name,
                image_id=image.image_id,
                config=image.config.config,
                layers=tuple(reversed(image.config.diff_ids)),
                manifest_digest=image.manifest_digest,
            )
            for name in names
        }
        write_atomic(self._blobs / image.image_id.partition(":")[2], image.config_bytes)
        self._change(lambda known: known.update(records))
        return self._image(records[names[0]])

    def _image(self, record: ImageRecord) -> Image:
        layers = tuple(self._stock.path(diff_id) for diff_id in record.layers)
        for layer in layers:
            if not layer.is_dir():
                raise BrokenImage(
                    f"image {record.reference} lacks its layer {layer.name}",
                    remedy="load or pull the image again",
                )
        return Image(record.reference, record.image_id, record.config, layers, record.is_host)

    @property
    def _index(self) -> Path:
        return self._root / "index.json"

    def _records(self) -> _Records:
        """What the index says now; read again only when the file is another one."""
        known = self._known
        try:
            status = self._index.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if known is None or known[0] != stamp:
                known = (stamp, decode(self._index.read_bytes(), what=str(self._index)))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise shelf_failure(error, f"cannot read {self._index}") from error
        self._known = known
        return known[1]

    def _change(self, change: Callable[[_Records], None]) -> None:
        """Replace the index by a changed one; other processes wait their turn."""
        with alone(self._root / "index.lock"):
            records = dict(self._records())
            change(records)
            write_atomic(self._index, encode(records))

    def _sweep_when_alone(self) -> None:
        if not try_alone(self._presence):
            return
        records = self._records().values()
        self._stock.sweep({diff_id for record in records for diff_id in record.layers})
        configs = {record.image_id.partition(":")[2] for record in records}
        for blob in sorted(self._blobs.iterdir()):
            if is_digest(f"sha256:{blob.name}") and blob.name not in configs:
                blob.unlink()


def _whole(names: Sequence[str]) -> Names:
    """An archive's names in full. Raises BrokenImage."""
    try:
        return [str(parse_reference(name)) for name in names]
    except InvalidImageName as error:
        raise BrokenImage(
            f"the archive's {error}", remedy="save the image under a valid name"
        ) from error
