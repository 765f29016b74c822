"""Which pieces of the machine's root a container sees."""

from seatrial.runtime.process.host_root import (
    Entry,
    MountPoint,
    Piece,
    entries_shown,
    parse_mounts,
    plan_split,
    plan_whole,
)

TREE: dict[str, list[Entry]] = {
    "/": [
        Entry("usr", "directory"),
        Entry("bin", "link", "usr/bin"),
        Entry("home", "directory"),
        Entry("var", "directory"),
        Entry("srv", "empty"),
        Entry("proc", "directory"),
        Entry("tmp", "directory"),
        Entry("swapfile", "other"),
    ],
    "/var": [Entry("lib", "directory"), Entry("run", "link", "/run"), Entry("disk", "directory")],
}


def pieces(*mounts: MountPoint) -> tuple[Piece, ...]:
    return plan_split((MountPoint("/", "ext4"), *mounts), lambda path: TREE.get(path, []))


def test_each_directory_is_a_piece_and_links_are_made_anew() -> None:
    assert pieces() == (
        Piece("link", "/bin", "usr/bin"),
        Piece("overlay", "/home"),
        Piece("directory", "/srv"),
        Piece("overlay", "/usr"),
        Piece("overlay", "/var"),
    )


def test_a_directory_with_a_mount_below_is_split() -> None:
    split = pieces(MountPoint("/var/disk", "xfs"), MountPoint("/proc/sys/x", "binfmt_misc"))
    assert split[4:] == (
        Piece("directory", "/var"),
        Piece("overlay", "/var/disk"),
        Piece("overlay", "/var/lib"),
        Piece("link", "/var/run", "/run"),
    )


def test_a_mounted_disk_is_shown_and_memory_is_not() -> None:
    assert Piece("overlay", "/home") in pieces(MountPoint("/home", "btrfs"))
    assert Piece("directory", "/home") in pieces(MountPoint("/home", "tmpfs"))


def test_a_neighbour_with_a_longer_name_is_not_below() -> None:
    assert Piece("overlay", "/var") in pieces(MountPoint("/variety", "ext4"))


def test_the_whole_root_and_each_disk_in_it() -> None:
    mounts = [
        MountPoint("/", "ext4"),
        MountPoint("/proc", "proc"),
        MountPoint("/var/disk", "xfs"),
        MountPoint("/var", "btrfs"),
        MountPoint("/run/media", "vfat"),
        MountPoint("/mnt", "tmpfs"),
    ]
    wanted = ("/", "/var", "/var/disk")
    assert plan_whole(mounts) == tuple(Piece("overlay", path) for path in wanted)


def test_mountinfo() -> None:
    text = (
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "30 22 0:25 / /mnt/my\\040disk rw - tmpfs tmpfs rw\n"
        "31 30 0:26 / /mnt/my\\040disk rw shared:2 master:3 - xfs /dev/vdb rw\n"
    )
    assert parse_mounts(text) == [MountPoint("/", "ext4"), MountPoint("/mnt/my disk", "xfs")]


def test_what_an_image_needs_is_shown_by_the_entry_that_holds_it() -> None:
    assert entries_shown(["/tmp/clone/app", "/tmp/clone/venv/bin", "/run/user/1000"]) == (
        "/run/user",
        "/tmp/clone",
    )
    assert entries_shown(["/tmp", "/tmp/", "/home/me/tmp/x", "/", "", "/tmp/../etc"]) == ()
