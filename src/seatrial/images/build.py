"""Images from files: an archive that seatrial, docker and podman can load, same bytes each time.

Does: one layer from given files; a busybox image from this machine's busybox.
Does not: run build steps; that is an engine's work.

Holds: equal files and config give equal bytes, whenever and by whomever they are built: entries in
name order, owner 0:0, time 0, no compression.
"""

import io
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from seatrial.images.digest import digest_of
from seatrial.images.interface import BrokenImage, ImageConfig
from seatrial.images.linked import needed_files
from seatrial.images.manifest import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Platform,
    this_platform,
)
from seatrial.images.reference import parse_reference
from seatrial.kit.files import write_atomic

# How long a busybox may take to list its applets.
LISTING_LIMIT_S = 10.0
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class File:
    """A regular file of an image. `path` is absolute."""

    path: str
    data: bytes
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link of an image."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of an image; parents of files need not be named."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


Content = File | Link | Directory


@dataclass(frozen=True, slots=True)
class Blueprint:
    """An image to be: its name, what it runs, and what is in it, in layers from the lowest."""

    reference: str
    layers: Sequence[Sequence[Content]]
    config: ImageConfig = field(default_factory=ImageConfig)
    platform: Platform = field(default_factory=this_platform)


def archive_from_files(
    to: Path, *, reference: str, files: Sequence[Content], config: ImageConfig | None = None
) -> None:
    """Write an archive of a one-layer image. Raises InvalidImageName, MachineError."""
    write_archive(to, Blueprint(reference, [files], config or ImageConfig()))


def write_archive(to: Path, image: Blueprint) -> None:
    """Write an archive that is an OCI layout and a `docker save` archive at once.

    Raises InvalidImageName, MachineError.
    """
    write_atomic(to, _tar(sorted(_archive_files(image), key=lambda file: file.path)), mode=0o644)


def layer_tar(contents: Sequence[Content]) -> bytes:
    """A layer's plain tar."""
    return _tar(sorted(_with_parents(contents), key=lambda content: content.path))


def busybox_archive(
    busybox: Path, to: Path, *, reference: str = "docker.io/library/busybox:latest"
) -> None:
    """Write an image of this machine's busybox, with a link for each of its applets.

    A dynamically linked busybox brings its libraries. Raises BrokenImage when it is no busybox.
    """
    try:
        listing = subprocess.run(
            [busybox, "--list"], capture_output=True, check=True, timeout=LISTING_LIMIT_S, text=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BrokenImage(f"{busybox} is no busybox: {error}") from error
    applets = sorted(set(listing.stdout.split()) - {"busybox"})
    libraries = [File(str(path), path.read_bytes(), 0o755) for path in needed_files(busybox)]
    files: list[Content] = [
        File("/bin/busybox", busybox.read_bytes(), 0o755),
        *(Link(f"/bin/{applet}", "busybox") for applet in applets),
        *libraries,
        *_BUSYBOX_ETC,
    ]
    config = ImageConfig(command=("sh",), environment={"PATH": DEFAULT_PATH})
    archive_from_files(to, reference=reference, files=files, config=config)


_BUSYBOX_ETC: tuple[Content, ...] = (
    File(
        "/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
    ),
    File("/etc/group", b"root:x:0:\nnobody:x:65534:\n"),
    Directory("/root", 0o700),
    Directory("/tmp", 0o1777),
    Directory("/var/www"),
    # Scripts ask for these two by their usual places.
    Link("/usr/bin/env", "/bin/env"),
    Link("/usr/bin/wget", "/bin/wget"),
)


def _archive_files(image: Blueprint) -> list[File]:
    layers = [layer_tar(contents) for contents in image.layers]
    config = orjson.dumps(_config(image, layers))
    manifest = orjson.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _descriptor(OCI_CONFIG, config),
            "layers": [_descriptor(OCI_LAYER, layer) for layer in layers],
        }
    )
    name = str(parse_reference(image.reference))
    annotations = {"io.containerd.image.name": name}
    entry = {**_descriptor(OCI_MANIFEST, manifest), "annotations": annotations}
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    docker = [
        {"Config": _blob(config), "RepoTags": [name], "Layers": [_blob(layer) for layer in layers]}
    ]
    blobs = {_blob(data): data for data in (*layers, config, manifest)}
    return [
        File("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
        File("index.json", orjson.dumps(index)),
        File("manifest.json", orjson.dumps(docker)),
        *(File(path, data) for path, data in blobs.items()),
    ]


def _config(image: Blueprint, layers: Sequence[bytes]) -> dict[str, Any]:
    config = image.config
    said = {
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "Env": [f"{name}={value}" for name, value in config.environment.items()],
        "WorkingDir": config.working_directory,
        "User": config.user,
        "StopSignal": config.stop_signal,
    }
    return {
        "architecture": image.platform.architecture,
        "os": image.platform.system,
        "config": {name: value for name, value in said.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
    }


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def _blob(data: bytes) -> str:
    return f"blobs/{digest_of(data).replace(':', '/')}"


def _with_parents(contents: Sequence[Content]) -> list[Content]:
    """Every directory on the way to a file, once, and what was named itself."""
    whole: dict[str, Content] = {}
    for content in contents:
        path = Path("/") / content.path
        for parent in path.parents:
            if parent != Path("/"):
                whole.setdefault(str(parent), Directory(str(parent)))
    whole.update({str(Path("/") / content.path): content for content in contents})
    return list(whole.values())


def _tar(contents: Sequence[Content]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for content in contents:
            tar.addfile(_member(content), io.BytesIO(getattr(content, "data", b"")))
    return buffer.getvalue()


def _member(content: Content) -> tarfile.TarInfo:
    member = tarfile.TarInfo(content.path.strip("/"))
    match content:
        case File():
            member.size = len(content.data)
            member.mode, member.uid, member.gid = content.mode, content.uid, content.gid
        case Link():
            member.type, member.linkname, member.mode = tarfile.SYMTYPE, content.target, 0o777
        case Directory():
            member.type = tarfile.DIRTYPE
            member.mode, member.uid, member.gid = content.mode, content.uid, content.gid
    return member
