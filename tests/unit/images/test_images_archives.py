"""Archives of all kinds, as engines write them."""

import gzip
import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from seatrial.images.build import (
    Blueprint,
    Content,
    Directory,
    File,
    Link,
    busybox_archive,
    layer_tar,
    write_archive,
)
from seatrial.images.digest import digest_of
from seatrial.images.interface import BrokenImage, ImageConfig
from seatrial.images.linked import libraries_in, loader_of
from seatrial.images.manifest import OCI_INDEX, Platform
from seatrial.images.shelf import DirectoryShelf

AMD64 = Platform("linux", "amd64")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[DirectoryShelf]:
    shelf = DirectoryShelf(tmp_path / "shelf", platform=AMD64)
    yield shelf
    shelf.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return boat(tmp_path / "boat.tar")


def boat(to: Path, *, content: bytes = b"ahoy", platform: Platform = AMD64) -> Path:
    files: list[Content] = [
        File("/hello", content),
        Link("/hi", "hello"),
        Directory("/tmp", 0o1777),
    ]
    write_archive(
        to, Blueprint("boat:v1", [files], ImageConfig(command=("sail",)), platform=platform)
    )
    return to


def files_of(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def pack(to: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(to, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return to


async def hello(shelf: DirectoryShelf, name: str) -> bytes:
    image = await shelf.find(name)
    assert image is not None
    return (image.layers[0] / "hello").read_bytes()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = boat(tmp_path / "1.tar"), boat(tmp_path / "2.tar")
    assert first.read_bytes() == second.read_bytes()
    assert boat(tmp_path / "3.tar", content=b"other").read_bytes() != first.read_bytes()
    assert layer_tar([File("/b", b""), File("/a", b"")]) == layer_tar(
        [File("/a", b""), File("/b", b"")]
    )


async def test_docker_form(shelf: DirectoryShelf, archive: Path, tmp_path: Path) -> None:
    files = files_of(archive)
    del files["index.json"], files["oci-layout"]
    assert await shelf.load(pack(tmp_path / "docker.tar", files)) == ["docker.io/library/boat:v1"]
    assert await hello(shelf, "boat:v1") == b"ahoy"


async def test_oci_form_and_its_digest(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path
) -> None:
    files = files_of(archive)
    del files["manifest.json"]
    manifest = orjson.loads(files["index.json"])["manifests"][0]["digest"]
    await shelf.load(pack(tmp_path / "oci.tar", files))
    assert await hello(shelf, "boat:v1") == b"ahoy"
    assert await hello(shelf, f"boat@{manifest}") == b"ahoy"
    assert await hello(shelf, f"boat:other@{manifest}") == b"ahoy"
    assert await shelf.find(f"boat@{digest_of(b'x')}") is None


async def test_gzipped_archives_and_layers(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path
) -> None:
    files = files_of(archive)
    docker = orjson.loads(files["manifest.json"])
    layer = docker[0]["Layers"][0]
    files[layer] = gzip.compress(files[layer])
    packed = pack(tmp_path / "x.tar", files)
    zipped = tmp_path / "boat.tgz"
    zipped.write_bytes(gzip.compress(packed.read_bytes()))
    await shelf.load(zipped)
    assert await hello(shelf, "boat:v1") == b"ahoy"


async def test_an_oci_directory(shelf: DirectoryShelf, archive: Path, tmp_path: Path) -> None:
    files = files_of(archive)
    del files["manifest.json"]
    for name, data in files.items():
        path = tmp_path / "layout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    await shelf.load(tmp_path / "layout")
    assert await hello(shelf, "boat:v1") == b"ahoy"


async def test_an_unnamed_image_is_named_after_its_file(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path
) -> None:
    files = files_of(archive)
    docker = orjson.loads(files["manifest.json"])
    docker[0]["RepoTags"] = None
    files["manifest.json"] = orjson.dumps(docker)
    assert await shelf.load(pack(tmp_path / "dinghy.tar", files)) == [
        "docker.io/library/dinghy:latest"
    ]


@pytest.mark.parametrize(
    ("annotation", "name"),
    [("v7", "docker.io/library/dinghy:v7"), ("quay.io/a/b:c", "quay.io/a/b:c")],
)
async def test_an_oci_reference_name_is_a_tag_or_a_name(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path, annotation: str, name: str
) -> None:
    files = files_of(archive)
    del files["manifest.json"]
    index = orjson.loads(files["index.json"])
    index["manifests"][0]["annotations"] = {"org.opencontainers.image.ref.name": annotation}
    files["index.json"] = orjson.dumps(index)
    assert await shelf.load(pack(tmp_path / "dinghy.tar", files)) == [name]


async def test_this_machines_image_is_taken_from_a_nested_index(
    shelf: DirectoryShelf, tmp_path: Path
) -> None:
    ours = files_of(boat(tmp_path / "1.tar", content=b"ours"))
    theirs = files_of(
        boat(tmp_path / "2.tar", content=b"theirs", platform=Platform("linux", "s390x"))
    )
    entries = []
    for files, architecture in ((theirs, "s390x"), (ours, "amd64")):
        entry = orjson.loads(files["index.json"])["manifests"][0]
        del entry["annotations"]
        entries.append({**entry, "platform": {"os": "linux", "architecture": architecture}})
    inner = orjson.dumps({"mediaType": OCI_INDEX, "manifests": entries})
    outer = {
        "manifests": [
            {"mediaType": OCI_INDEX, "digest": digest_of(inner), "size": len(inner),
             "annotations": {"io.containerd.image.name": "docker.io/library/boat:v1"}}
        ]
    }  # fmt: skip
    files = {**theirs, **ours, f"blobs/{digest_of(inner).replace(':', '/')}": inner}
    files["index.json"] = orjson.dumps(outer)
    del files["manifest.json"]
    await shelf.load(pack(tmp_path / "many.tar", files))
    assert await hello(shelf, "boat:v1") == b"ours"


async def test_another_machines_image_is_refused(shelf: DirectoryShelf, tmp_path: Path) -> None:
    archive = boat(tmp_path / "boat.tar", platform=Platform("linux", "s390x"))
    with pytest.raises(BrokenImage, match="made for linux/s390x, this machine is linux/amd64"):
        await shelf.load(archive)


def broken(files: dict[str, bytes], how: str) -> None:
    docker = orjson.loads(files["manifest.json"])
    layer, config = docker[0]["Layers"][0], docker[0]["Config"]
    match how:
        case "another layer":
            files[layer] = layer_tar([File("/evil", b"x")])
        case "no layer":
            del files[layer]
        case "no config":
            del files[config]
        case "too many layers":
            docker[0]["Layers"].append(layer)
            files["manifest.json"] = orjson.dumps(docker)
        case "no manifest":
            del files["manifest.json"], files["index.json"]
        case "no image":
            files["manifest.json"] = b"[]"
        case "a forged config":
            del files["manifest.json"]
            files[config] += b" "
        case "a bad name":
            docker[0]["RepoTags"] = ["No Name"]
            files["manifest.json"] = orjson.dumps(docker)
        case "zstd":
            files[layer] = b"\x28\xb5\x2f\xfd" + b"x" * 100


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ("another layer", "has digest"),
        ("no layer", "has no file"),
        ("no config", "has no file"),
        ("too many layers", "speaks of 1 layers, its manifest of 2"),
        ("no manifest", "neither index.json"),
        ("no image", "holds no image"),
        ("a forged config", "has digest"),
        ("a bad name", "the archive's image name 'No Name'"),
        ("zstd", "zstd|cannot be read"),
    ],
)
async def test_broken_archives_leave_nothing(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path, how: str, complaint: str
) -> None:
    files = files_of(archive)
    broken(files, how)
    with pytest.raises(BrokenImage, match=complaint):
        await shelf.load(pack(tmp_path / "broken.tar", files))
    assert await shelf.list() == []
    assert list((tmp_path / "shelf/layers").iterdir()) == []
    assert list((tmp_path / "shelf/work").iterdir()) == []


async def test_a_directory_archive_cannot_point_outside(
    shelf: DirectoryShelf, archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout/manifest.json").write_bytes(
        orjson.dumps([{"Config": "../../etc/passwd", "Layers": [], "RepoTags": ["x"]}])
    )
    with pytest.raises(BrokenImage, match="leads out of the directory"):
        await shelf.load(tmp_path / "layout")


def test_static_and_dynamic_programs_are_told_apart() -> None:
    assert loader_of(elf(interpreter=b"/lib64/ld-linux-x86-64.so.2\0"), what="x") == (
        "/lib64/ld-linux-x86-64.so.2"
    )
    assert loader_of(elf(interpreter=b""), what="x") == ""
    with pytest.raises(BrokenImage, match="no program"):
        loader_of(b"#!/bin/sh", what="x")
    with pytest.raises(BrokenImage, match="cut off"):
        loader_of(elf(interpreter=b"/lib/ld.so\0")[:30], what="x")


def elf(*, interpreter: bytes) -> bytes:
    header = bytearray(64 + 56)
    header[:6] = b"\x7fELF\x02\x01"
    header[32:40] = (64).to_bytes(8, "little")
    header[54:58] = (56).to_bytes(2, "little") + (1).to_bytes(2, "little")
    header[64:68] = (3 if interpreter else 1).to_bytes(4, "little")
    header[72:80] = (120).to_bytes(8, "little")
    header[96:104] = len(interpreter).to_bytes(8, "little")
    return bytes(header) + interpreter


def test_a_loaders_listing_is_read() -> None:
    listing = (
        "\tlinux-vdso.so.1 (0x7f)\n\tlibc.so.6 => /lib/libc.so.6 (0x7f)\n\t/lib64/ld.so (0x7f)\n"
    )
    assert libraries_in(listing) == [Path("/lib/libc.so.6"), Path("/lib64/ld.so")]


@pytest.mark.skipif(shutil.which("busybox") is None, reason="this machine has no busybox")
async def test_this_machines_busybox_becomes_an_image(tmp_path: Path) -> None:
    busybox_archive(Path(shutil.which("busybox") or ""), tmp_path / "busybox.tar")
    shelf = DirectoryShelf(tmp_path / "shelf")
    assert await shelf.load(tmp_path / "busybox.tar") == ["docker.io/library/busybox:latest"]
    image = await shelf.find("busybox")
    shelf.close()
    assert image is not None
    assert image.config.command == ("sh",)
    assert {"sh", "cat", "sleep", "wget"} <= {p.name for p in (image.layers[0] / "bin").iterdir()}


def test_what_is_no_busybox_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenImage, match="is no busybox"):
        busybox_archive(tmp_path / "nothing", tmp_path / "x.tar")
