"""Manifests, indexes and configs of images: bytes to values.

Does: read OCI's and Docker's (version 2, schema 2) documents, choose the entry for this machine.
Does not: fetch or check blobs.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from seatrial.images.digest import is_digest
from seatrial.images.interface import BrokenImage, ImageConfig

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = (OCI_INDEX, DOCKER_LIST)
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)

# Documents are read into memory whole; registries refuse larger ones too.
DOCUMENT_BYTES_MAX = 4 * 1024 * 1024
LAYERS_MAX = 512

_MACHINES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "i686": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """What a program needs to run: "linux/amd64"."""

    system: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.system, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A blob that a document points to. `size` in bytes."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    # The name that an archive's index gives to an image, if any.
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image: its config and its layers, lowest first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What an image's config says: how to run it, and each layer's uncompressed digest."""

    config: ImageConfig
    diff_ids: tuple[str, ...]
    platform: Platform


def this_platform() -> Platform:
    """The platform of this machine."""
    machine = platform.machine()
    return Platform("linux", _MACHINES.get(machine, machine))


def parse_json(data: bytes, *, what: str) -> Any:
    """The JSON value in `data`. Raises BrokenImage."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BrokenImage(f"{what} is not JSON: {error}") from error


def parse_index(data: bytes, *, what: str) -> tuple[Descriptor, ...]:
    """The images of an OCI index or Docker manifest list. Raises BrokenImage."""
    document = _mapping(parse_json(data, what=what), what)
    return tuple(
        _descriptor(entry, f"{what}: manifests[{n}]")
        for n, entry in enumerate(_sequence(document.get("manifests"), f"{what}: manifests"))
    )


def parse_manifest(data: bytes, *, what: str) -> Manifest:
    """A manifest. Raises BrokenImage."""
    document = _mapping(parse_json(data, what=what), what)
    if document.get("schemaVersion") == 1:
        raise BrokenImage(f"{what} is a manifest of Docker's schema 1, which nobody makes any more")
    config = _descriptor(document.get("config"), f"{what}: config")
    layers = _sequence(document.get("layers"), f"{what}: layers")
    if len(layers) > LAYERS_MAX:
        raise BrokenImage(f"{what} has {len(layers)} layers, at most {LAYERS_MAX} are allowed")
    return Manifest(
        config,
        tuple(_descriptor(layer, f"{what}: layers[{n}]") for n, layer in enumerate(layers)),
    )


def is_index(data: bytes, media_type: str = "") -> bool:
    """Whether a document is an index; its own words count before the label it came with."""
    document = parse_json(data, what="manifest")
    if not isinstance(document, dict):
        return False
    said = document.get("mediaType") or media_type
    return said in INDEXES or (said not in MANIFESTS and "manifests" in document)


def parse_config(data: bytes, *, what: str) -> ConfigFile:
    """An image's config. Raises BrokenImage."""
    document = _mapping(parse_json(data, what=what), what)
    root = _mapping(document.get("rootfs") or {}, f"{what}: rootfs")
    diff_ids = _texts(root.get("diff_ids"), f"{what}: rootfs.diff_ids")
    for diff_id in diff_ids:
        if not is_digest(diff_id):
            raise BrokenImage(f"{what}: rootfs.diff_ids has {diff_id!r}, which is no digest")
    return ConfigFile(
        config=_run_config(_mapping(document.get("config") or {}, f"{what}: config"), what),
        diff_ids=diff_ids,
        platform=_platform(document),
    )


def choose(descriptors: Sequence[Descriptor], wanted: Platform) -> Descriptor | None:
    """The entry for a machine of that kind: the exact one, else one that does not say."""
    images = [entry for entry in descriptors if entry.media_type in (*MANIFESTS, *INDEXES)]
    fitting = [entry for entry in images if entry.platform and _fits(entry.platform, wanted)]
    silent = [entry for entry in images if entry.platform is None]
    # Of several variants the plainest runs on most machines.
    fitting.sort(key=lambda entry: entry.platform.variant if entry.platform else "")
    return next(iter(fitting or silent), None)


def _fits(offered: Platform, wanted: Platform) -> bool:
    return (offered.system, offered.architecture) == (wanted.system, wanted.architecture)


def _run_config(document: Mapping[str, Any], what: str) -> ImageConfig:
    pairs = [text.partition("=") for text in _texts(document.get("Env"), f"{what}: config.Env")]
    return ImageConfig(
        entrypoint=_texts(document.get("Entrypoint"), f"{what}: config.Entrypoint"),
        command=_texts(document.get("Cmd"), f"{what}: config.Cmd"),
        environment={name: value for name, _, value in pairs},
        working_directory=str(document.get("WorkingDir") or ""),
        user=str(document.get("User") or ""),
        stop_signal=str(document.get("StopSignal") or ""),
    )


def _descriptor(value: Any, what: str) -> Descriptor:
    entry = _mapping(value, what)
    digest, size = entry.get("digest"), entry.get("size")
    if not isinstance(digest, str) or not is_digest(digest):
        raise BrokenImage(f"{what}: digest {digest!r} is no digest")
    if not isinstance(size, int) or size < 0:
        raise BrokenImage(f"{what}: size {size!r} is no size")
    where = entry.get("platform")
    return Descriptor(
        media_type=str(entry.get("mediaType") or ""),
        digest=digest,
        size=size,
        platform=_platform(where) if isinstance(where, dict) else None,
        names=_names(entry.get("annotations")),
    )


def _names(annotations: Any) -> tuple[str, ...]:
    if not isinstance(annotations, dict):
        return ()
    whole = annotations.get("io.containerd.image.name")
    short = annotations.get("org.opencontainers.image.ref.name")
    return tuple(str(name) for name in (whole or short,) if name)


def _platform(document: Mapping[str, Any]) -> Platform:
    return Platform(
        str(document.get("os") or "linux"),
        str(document.get("architecture") or ""),
        str(document.get("variant") or ""),
    )


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BrokenImage(f"{what} is not an object")
    return value


def _sequence(value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BrokenImage(f"{what} is not a list")
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BrokenImage(f"{what} is not a list of texts")
    return tuple(value)
