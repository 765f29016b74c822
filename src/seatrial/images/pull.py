"""A pull: from a reference to layers on the shelf and the image they make.

Does: find the manifest for this machine, fetch what the shelf lacks, a few layers at a time.
Does not: name the image; the shelf does, once its layers are there.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from seatrial.images.interface import BrokenImage, PullFailure
from seatrial.images.layout import INDEX_DEPTH_MAX, Packed
from seatrial.images.manifest import (
    ConfigFile,
    Descriptor,
    Manifest,
    Platform,
    choose,
    is_index,
    parse_config,
    parse_index,
    parse_manifest,
)
from seatrial.images.reference import Reference
from seatrial.images.registry import Document, Registry
from seatrial.images.stock import Stock
from seatrial.images.unpack import shelf_failure
from seatrial.kit.backoff import Backoff

# As Docker and containerd do: more hardly helps one connection, fewer waste it.
LAYERS_AT_ONCE_MAX = 3


async def pull_image(
    reference: Reference,
    *,
    auth: Mapping[str, str] | None,
    stock: Stock,
    platform: Platform,
    between_attempts: Backoff,
) -> Packed:
    """Fetch what `stock` lacks of an image. Raises PullFailure, BrokenImage, ShelfFailure."""
    async with Registry(reference, between_attempts, auth=auth) as registry:
        digest, manifest = await _manifest(registry, reference, platform)
        data = await registry.blob(manifest.config)
        config = parse_config(data, what=f"config {manifest.config.digest}")
        if len(config.diff_ids) != len(manifest.layers):
            raise BrokenImage(f"image {reference}: config and manifest differ in their layers")
        await _fetch_layers(registry, manifest, config, stock)
    files = tuple(layer.digest for layer in manifest.layers)
    return Packed((str(reference),), config, data, files, digest)


async def _manifest(
    registry: Registry, reference: Reference, platform: Platform
) -> tuple[str, Manifest]:
    """The manifest for this machine, with the digest of what the reference itself names."""
    top = document = await registry.document(reference.version)
    for _ in range(INDEX_DEPTH_MAX):
        if not is_index(document.data, document.media_type):
            return top.digest, parse_manifest(document.data, what=f"manifest {document.digest}")
        document = await _chosen(registry, document, reference, platform)
    raise BrokenImage(f"image {reference}: indexes are nested deeper than {INDEX_DEPTH_MAX}")


async def _chosen(
    registry: Registry, index: Document, reference: Reference, platform: Platform
) -> Document:
    entries = parse_index(index.data, what=f"index {index.digest}")
    entry = choose(entries, platform)
    if entry is None:
        raise PullFailure(
            f"cannot pull {reference}: no match for platform in manifest: {platform} is not there",
            remedy=f"use an image that is made for {platform}",
        )
    return await registry.document(entry.digest)


async def _fetch_layers(
    registry: Registry, manifest: Manifest, config: ConfigFile, stock: Stock
) -> None:
    turns = asyncio.Semaphore(LAYERS_AT_ONCE_MAX)
    missing = {
        diff_id: layer
        for layer, diff_id in zip(manifest.layers, config.diff_ids, strict=True)
        if not stock.has(diff_id)
    }

    async def fetch(diff_id: str, layer: Descriptor) -> None:
        async with turns:
            await _fetch_layer(registry, layer, diff_id, stock)

    try:
        async with asyncio.TaskGroup() as group:
            for diff_id, layer in missing.items():
                group.create_task(fetch(diff_id, layer), name=f"pull/{layer.digest}")
    except ExceptionGroup as failures:
        # The first failure has cancelled the others; it is the news.
        raise failures.exceptions[0] from failures


async def _fetch_layer(registry: Registry, layer: Descriptor, diff_id: str, stock: Stock) -> None:
    with stock.place_of_work() as place:
        blob: Path = place / "blob"
        try:
            await registry.download(layer, blob, bytes_max=stock.bytes_max)
        except OSError as error:
            raise shelf_failure(error, f"cannot keep layer {layer.digest}") from error
        await asyncio.to_thread(stock.add, diff_id, lambda: blob.open("rb"))
