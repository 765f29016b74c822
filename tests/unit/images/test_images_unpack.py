"""Unpacking layers: what arrives, what is hidden, and what an evil layer cannot do."""

import gzip
import io
import os
import stat
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from seatrial.images.digest import digest_of
from seatrial.images.interface import BrokenImage
from seatrial.images.unpack import Limits, may_give_files_away, remove_tree, unpack


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    return member(name, kind, linkname=target)


def folder(name: str, **fields: object) -> tarfile.TarInfo:
    return member(name, tarfile.DIRTYPE, **fields)


def layer(*entries: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            info, data = entry if isinstance(entry, tuple) else (entry, b"")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def opened(data: bytes) -> BinaryIO:
    return io.BytesIO(data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "layer"
    path.mkdir()
    return path


def put(root: Path, data: bytes, *, limits: Limits | None = None) -> None:
    unpack(opened(data), root, diff_id=digest_of(data), limits=limits, keep_owners=False)


def test_files_links_modes_and_times_arrive(root: Path) -> None:
    put(
        root,
        layer(
            folder("./"),
            folder("etc", mode=0o750),
            (member("etc/motd", mode=0o640, mtime=1_000_000), b"ahoy"),
            link("etc/alias", "motd"),
            link("etc/hard", "etc/motd", tarfile.LNKTYPE),
            member("etc/pipe", tarfile.FIFOTYPE),
            (member("usr/lib/deep/file"), b"x"),
        ),
    )
    motd = root / "etc/motd"
    assert motd.read_bytes() == b"ahoy"
    assert (stat.S_IMODE(motd.stat().st_mode), motd.stat().st_mtime) == (0o640, 1_000_000)
    assert stat.S_IMODE((root / "etc").stat().st_mode) == 0o750
    assert os.readlink(root / "etc/alias") == "motd"
    assert (root / "etc/hard").stat().st_ino == motd.stat().st_ino
    assert (root / "etc/pipe").is_fifo()
    assert (root / "usr/lib/deep/file").read_bytes() == b"x"


def test_gzip_is_read_and_the_digest_is_of_the_plain_bytes(root: Path) -> None:
    data = layer((member("a"), b"x" * 10_000))
    unpack(opened(gzip.compress(data)), root, diff_id=digest_of(data), keep_owners=False)
    assert (root / "a").stat().st_size == 10_000


def test_a_read_only_directory_can_be_filled_and_deleted(root: Path) -> None:
    put(root, layer(folder("ro", mode=0o555), (member("ro/file"), b"x"), folder("ro/sub")))
    assert stat.S_IMODE((root / "ro").stat().st_mode) == 0o555
    remove_tree(root)
    assert not root.exists()
    remove_tree(root)


def test_whiteouts_and_opaque_directories_take_overlay_form(root: Path) -> None:
    put(root, layer(member("etc/.wh.gone"), member("var/.wh..wh..opq"), (member("var/new"), b"x")))
    gone = (root / "etc/gone").lstat()
    assert stat.S_ISCHR(gone.st_mode)
    assert gone.st_rdev == 0
    assert os.getxattr(root / "var", "user.overlay.opaque") == b"y"
    assert sorted(path.name for path in (root / "var").iterdir()) == ["new"]


@pytest.mark.parametrize("whiteout_first", [True, False])
def test_a_directory_that_replaces_a_hidden_name_is_opaque(
    root: Path, whiteout_first: bool
) -> None:
    entries = [member(".wh.app"), folder("app")]
    put(root, layer(*(entries if whiteout_first else reversed(entries))))
    assert (root / "app").is_dir()
    assert os.getxattr(root / "app", "user.overlay.opaque") == b"y"


def test_a_whiteout_does_not_hide_its_own_layers_file(root: Path) -> None:
    put(root, layer((member("app"), b"new"), member(".wh.app")))
    assert (root / "app").read_bytes() == b"new"


def test_devices_and_aufs_names_are_left_out(root: Path) -> None:
    put(root, layer(member("dev/null", tarfile.CHRTYPE), member(".wh..wh.plnk"), member("ok")))
    assert sorted(path.name for path in root.rglob("*")) == ["ok"]


def test_a_later_entry_replaces_an_earlier_one(root: Path) -> None:
    put(
        root,
        layer(
            (member("a"), b"old"),
            (member("a"), b"new"),
            (member("d/inside"), b"x"),
            link("d", "elsewhere"),
            link("e", "a"),
            folder("e"),
        ),
    )
    assert (root / "a").read_bytes() == b"new"
    assert os.readlink(root / "d") == "elsewhere"
    assert (root / "e").is_dir()
    assert not (root / "e").is_symlink()


def test_links_are_followed_inside_the_layer(root: Path) -> None:
    put(
        root,
        layer(
            folder("usr/lib"),
            link("lib", "/usr/lib"),
            link("up", "../../../usr/./lib"),
            (member("lib/one"), b"1"),
            (member("up/two"), b"2"),
        ),
    )
    assert sorted(path.name for path in (root / "usr/lib").iterdir()) == ["one", "two"]


EVIL: dict[str, list[Any]] = {
    "a name with dots": [(member("../evil"), b"x")],
    "dots inside": [(member("a/../../evil"), b"x")],
    "a hard link out": [link("evil", "../../etc/passwd", tarfile.LNKTYPE)],
    "a hard link to nothing": [link("evil", "/etc/passwd-of-host", tarfile.LNKTYPE)],
    "a whiteout of the parent": [member("a/.wh...")],
    "the root as a file": [member("./")],
    "a file as a directory": [(member("a"), b"x"), (member("a/b"), b"x")],
    "a circle of links": [link("a", "b"), link("b", "a"), (member("a/c"), b"x")],
}


@pytest.mark.parametrize("name", EVIL)
def test_evil_layers_are_refused(root: Path, name: str) -> None:
    with pytest.raises(BrokenImage):
        put(root, layer(*EVIL[name]))


def test_links_out_of_the_layer_lead_nowhere_outside(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    put(
        root,
        layer(
            link("abs", str(outside)),
            (member("abs/evil"), b"x"),
            link("rel", "../outside"),
            (member("rel/evil"), b"x"),
            link("file", str(outside / "target")),
            (member("file"), b"x"),
            (member("/etc/absolute"), b"x"),
        ),
    )
    assert list(outside.iterdir()) == []
    assert (root / "etc/absolute").exists()
    assert (root / str(outside).lstrip("/") / "evil").read_bytes() == b"x"


def test_limits_hold(root: Path) -> None:
    data = layer((member("a"), b"x" * 100), (member("b"), b"x" * 100))
    with pytest.raises(BrokenImage, match="more than 150 bytes"):
        put(root, data, limits=Limits(bytes_max=150))
    with pytest.raises(BrokenImage, match="more than 1 entries"):
        put(root, data, limits=Limits(entries_max=1))


@pytest.mark.parametrize("keep", [0, 1, 20, 100])
def test_damaged_layers_are_refused(root: Path, keep: int) -> None:
    data = layer((member("a"), bytes(range(256)) * 40))
    with pytest.raises(BrokenImage):
        unpack(opened(data[:keep]), root, diff_id=digest_of(data), keep_owners=False)
    packed = gzip.compress(data)[: keep + 3]
    with pytest.raises(BrokenImage):
        unpack(opened(packed), root, diff_id=digest_of(data), keep_owners=False)


def test_other_bytes_than_promised_are_refused(root: Path) -> None:
    with pytest.raises(BrokenImage, match="has digest"):
        unpack(opened(layer(member("a"))), root, diff_id=digest_of(b""), keep_owners=False)


@pytest.mark.skipif(not may_give_files_away(), reason="only root may give files away")
def test_root_keeps_owners_and_set_id_bits(root: Path) -> None:
    data = layer((member("a", uid=1234, gid=99, mode=0o4755), b"x"), link("l", "a"))
    unpack(opened(data), root, diff_id=digest_of(data), keep_owners=True)
    status = (root / "a").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1234, 99, 0o4755)
