"""The images of an archive: OCI's image layout, and what `docker save` writes.

Does: find the images, their names, configs and layers, and check every document's digest.
Does not: read layers; it says where each one is and what its bytes must add up to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.images.archive import Archive, read
from seatrial.images.digest import check, digest_of
from seatrial.images.interface import BrokenImage
from seatrial.images.manifest import (
    DOCUMENT_BYTES_MAX,
    ConfigFile,
    Descriptor,
    Platform,
    choose,
    is_index,
    parse_config,
    parse_index,
    parse_json,
    parse_manifest,
)
from seatrial.images.reference import DEFAULT_TAG

# An index may point to an index (one for each name, then one for each platform), not deeper.
INDEX_DEPTH_MAX = 3


@dataclass(frozen=True, slots=True)
class Packed:
    """One image of an archive. `layers` are names of files, lowest first, as `diff_ids` are."""

    names: tuple[str, ...]
    config: ConfigFile
    config_bytes: bytes
    layers: tuple[str, ...]
    manifest_digest: str = ""

    @property
    def image_id(self) -> str:
        """The digest of its config."""
        return digest_of(self.config_bytes)


def images_of(archive: Archive, *, platform: Platform, default_name: str) -> list[Packed]:
    """The images that this machine can run; one without a name gets `default_name`.

    Raises BrokenImage, also when there is none.
    """
    # What docker writes has both forms; only its own lists an image's names as people wrote them.
    if archive.has("manifest.json"):
        found = _docker(archive, default_name)
    elif archive.has("index.json"):
        found = _oci(archive, platform, default_name)
    else:
        raise BrokenImage(
            "the archive has neither index.json (OCI) nor manifest.json (docker)",
            remedy="make it with: docker save, podman save, skopeo copy, buildah push",
        )
    if not found:
        raise BrokenImage("the archive holds no image")
    for image in found:
        _check_platform(image, platform)
    return found


def _docker(archive: Archive, default_name: str) -> list[Packed]:
    what = "manifest.json"
    entries = parse_json(read(archive, what, bytes_max=DOCUMENT_BYTES_MAX), what=what)
    if not isinstance(entries, list):
        raise BrokenImage(f"{what} is not a list")
    return [_docker_image(archive, entry, default_name) for entry in entries]


def _docker_image(archive: Archive, entry: Any, default_name: str) -> Packed:
    if not isinstance(entry, dict):
        raise BrokenImage("manifest.json: an entry is not an object")
    name, layers = entry.get("Config"), entry.get("Layers")
    if not isinstance(name, str) or not isinstance(layers, list):
        raise BrokenImage("manifest.json: an entry has no Config or no Layers")
    data = read(archive, name, bytes_max=DOCUMENT_BYTES_MAX)
    tags = tuple(str(tag) for tag in entry.get("RepoTags") or ())
    files = tuple(str(layer) for layer in layers)
    return _packed(tags or (default_name,), data, files, what=name)


def _oci(archive: Archive, platform: Platform, default_name: str) -> list[Packed]:
    what = "index.json"
    data = read(archive, what, bytes_max=DOCUMENT_BYTES_MAX)
    by_names: dict[tuple[str, ...], list[Descriptor]] = {}
    for entry in parse_index(data, what=what):
        by_names.setdefault(tuple(_whole_names(entry.names, default_name)), []).append(entry)
    found = []
    for names, entries in by_names.items():
        chosen = _resolve(archive, entries, platform)
        if chosen is not None:
            found.append(_oci_image(archive, names, *chosen))
    if by_names and not found:
        raise BrokenImage(f"the archive holds no image for {platform}")
    return found


def _whole_names(names: Iterable[str], default_name: str) -> Sequence[str]:
    """OCI's own annotation may be a whole name, or only a tag."""
    stem = default_name.rpartition(":")[0]
    whole = [name if "/" in name or ":" in name else f"{stem}:{name}" for name in names]
    return whole or [default_name]


def _resolve(
    archive: Archive, entries: Sequence[Descriptor], platform: Platform
) -> tuple[Descriptor, bytes] | None:
    """The manifest for that platform, down through nested indexes."""
    for _ in range(INDEX_DEPTH_MAX):
        chosen = choose(entries, platform)
        if chosen is None:
            return None
        data = _blob(archive, chosen)
        if not is_index(data, chosen.media_type):
            return chosen, data
        entries = parse_index(data, what=f"index {chosen.digest}")
    raise BrokenImage(f"the archive's indexes are nested deeper than {INDEX_DEPTH_MAX}")


def _oci_image(
    archive: Archive, names: tuple[str, ...], descriptor: Descriptor, data: bytes
) -> Packed:
    manifest = parse_manifest(data, what=f"manifest {descriptor.digest}")
    config = _blob(archive, manifest.config)
    files = tuple(_path(layer.digest) for layer in manifest.layers)
    return _packed(
        names,
        config,
        files,
        what=f"config {manifest.config.digest}",
        manifest_digest=descriptor.digest,
    )


def _packed(
    names: tuple[str, ...],
    data: bytes,
    files: tuple[str, ...],
    *,
    what: str,
    manifest_digest: str = "",
) -> Packed:
    config = parse_config(data, what=what)
    if len(config.diff_ids) != len(files):
        raise BrokenImage(
            f"{what} speaks of {len(config.diff_ids)} layers, its manifest of {len(files)}"
        )
    return Packed(names, config, data, files, manifest_digest)


def _blob(archive: Archive, descriptor: Descriptor) -> bytes:
    data = read(archive, _path(descriptor.digest), bytes_max=DOCUMENT_BYTES_MAX)
    return check(data, descriptor.digest, what=f"blob {descriptor.digest}")


def _path(digest: str) -> str:
    algorithm, _, figures = digest.partition(":")
    return f"blobs/{algorithm}/{figures}"


def _check_platform(image: Packed, platform: Platform) -> None:
    made_for = image.config.platform
    if made_for.architecture not in {"", platform.architecture} or made_for.system != "linux":
        raise BrokenImage(
            f"image {', '.join(image.names)} is made for {made_for}, this machine is {platform}",
            remedy=f"save the image for {platform}",
        )


def name_from_file(stem: str) -> str:
    """A name for an image that has none, after its archive's file: "busybox:latest"."""
    return f"{stem.lower()}:{DEFAULT_TAG}"
