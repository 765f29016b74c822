"""From a container's spec to the steps that make it. Pure.

Does: lay out the root, the mounts, the devices, the user and the capabilities as containerd does
for Kubernetes.
Differs from Kubernetes: when not run by root, a container that asks for a user other than 0 gets a
user namespace in which the one user there is has that number, and supplementary groups are left
out; `no_new_privs` is then always set. A privileged container has all capabilities that we have,
but only the standard devices. There are no cgroups, so that requests and limits are not enforced.
"""

from dataclasses import dataclass
from pathlib import Path

from seatrial.runtime.interface import CannotStart, ContainerSpec, HostRoot, ImageRoot, Mount
from seatrial.runtime.process import kernel as k
from seatrial.runtime.process.capabilities import granted, names_of
from seatrial.runtime.process.emulation import pretence
from seatrial.runtime.process.host_root import Piece, entries_shown
from seatrial.runtime.process.steps import Step

Steps = list[Step]

# containerd's defaults for a container that is not privileged.
MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi"),
    *("/sys/firmware", "/sys/devices/virtual/powercap"),
)
PROTECTED = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9)}
DEVICES |= {"tty": (5, 0)}
# Of a host root, which shows nothing of the machine's own: path → mode.
FRESH_DIRECTORIES = {"/tmp": "1777", "/run": "755"}
DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1"}
DEVICE_LINKS |= {"stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"}
_NO = k.MOUNT_ATTR_NOSUID | k.MOUNT_ATTR_NOEXEC
_NO_DEVICES = _NO | k.MOUNT_ATTR_NODEV


@dataclass(frozen=True, slots=True)
class Ground:
    """What the machine and the runtime's place give; found out once, at the start."""

    state: Path
    rootless: bool
    machine: str = ""  # as uname says: x86_64
    pieces: tuple[Piece, ...] = ()  # of a HostRoot
    split_pieces: tuple[Piece, ...] = ()  # for when the whole of `/` is refused
    overlay_options: str = ""  # ",userxattr" where that is needed
    has_fresh_sysfs: bool = True  # else the machine's own is shown
    has_mqueue: bool = True
    writable_in_memory: bool = False  # where the state's disk cannot carry an overlay's upper layer

    @property
    def root(self) -> str:
        """Where a root is put together; each container has its own sight of it."""
        return f"{self.state}/root"

    def layer(self, container_id: str) -> str:
        """The place of a container's writable layers."""
        return f"{self.state}/containers/{container_id}"

    def shm(self, sandbox_id: str) -> str:
        """The place of a sandbox's /dev/shm."""
        return f"{self.state}/shm/{sandbox_id}"


def plan_container(spec: ContainerSpec, ground: Ground, *, hostname: str) -> Steps:
    """All steps from a fresh child to the container's program. Raises CannotStart."""
    if not spec.argv:
        raise CannotStart("no command specified")
    mounts = sorted(spec.mounts, key=lambda mount: mount.target.rstrip("/").count("/"))
    return [
        ["join", spec.sandbox_id],
        *_take(spec, ground, mounts),
        *_root(spec, ground),
        ["pivot", ground.root],
        *_fresh_directories(spec),
        *(["attach", name, path] for name, path in _shown(spec)),
        *_system(ground),
        *_hide(spec, ground),
        *(_seal(spec, ground, mounts) if spec.read_only_root else []),
        *(["attach", f"mount{place}", mount.target] for place, mount in enumerate(mounts)),
        ["working_directory", spec.working_directory or "/"],
        *(_own_users(spec) if _has_own_users(spec, ground) else []),
        *_identity(spec, ground),
        _run(spec.argv, spec, hostname=hostname),
    ]


def plan_exec(
    argv: tuple[str, ...], spec: ContainerSpec, ground: Ground, *, hostname: str
) -> Steps:
    """All steps to a command beside the program, for a child born in its pid namespace."""
    return [
        ["enter", spec.id, _has_own_users(spec, ground)],
        ["working_directory", spec.working_directory or "/"],
        *_identity(spec, ground),
        _run(argv, spec, hostname=hostname),
    ]


def _run(argv: tuple[str, ...], spec: ContainerSpec, *, hostname: str) -> Step:
    return ["run", list(argv), {"HOSTNAME": hostname, **spec.environment}]


def _identity(spec: ContainerSpec, ground: Ground) -> Steps:
    """User, groups, capabilities, and whether more can be gained."""
    mask = granted(spec.capabilities_add, spec.capabilities_drop, privileged=spec.privileged)
    if ground.rootless:
        return _identity_of_one(spec, ground, mask)
    user = spec.user
    steps: Steps = [
        ["groups", sorted({user.gid, *user.groups})],
        ["bounding", mask],
        ["user", user.uid, user.gid],
        ["capabilities", mask if user.uid == 0 else 0],
    ]
    may_gain = spec.allow_privilege_escalation or spec.privileged
    return steps if may_gain else [*steps, ["no_new_privileges"]]


def _identity_of_one(spec: ContainerSpec, ground: Ground, mask: int) -> Steps:
    """The same where there is but one user."""
    is_root = spec.user.uid == 0
    steps: Steps = [
        ["bounding", mask],
        ["capabilities", mask if is_root else 0],
        ["no_new_privileges"],
    ]
    pretended = pretence(ground.machine, names_of(mask)) if is_root else b""
    return [*steps, ["pretend", pretended.hex()]] if pretended else steps


def _own_users(spec: ContainerSpec) -> Steps:
    return [["own_users", spec.user.uid, spec.user.gid]]


def _has_own_users(spec: ContainerSpec, ground: Ground) -> bool:
    return ground.rootless and (spec.user.uid, spec.user.gid) != (0, 0)


def _take(spec: ContainerSpec, ground: Ground, mounts: list[Mount]) -> Steps:
    """Everything that is mounted later, taken while the machine's files can still be seen."""
    # The kernel lets a user namespace have a new /proc or /sys only while an old one is in sight.
    steps: Steps = [["hold_fs", "proc", "proc", {}, _NO_DEVICES]]
    sys_attributes = _NO_DEVICES | (0 if spec.privileged else k.MOUNT_ATTR_RDONLY)
    if ground.has_fresh_sysfs:
        steps.append(["hold_fs", "sys", "sysfs", {}, sys_attributes])
    else:
        steps.append(["hold_tree", "sys", "/sys", True])
    if ground.rootless:
        steps += [["hold_tree", name, f"/dev/{name}", False] for name in DEVICES]
    steps.append(["hold_tree", "shm", ground.shm(spec.sandbox_id), False])
    for place, mount in enumerate(mounts):
        steps.append(_take_mount(f"mount{place}", mount))
    return steps


def _take_mount(name: str, mount: Mount) -> Step:
    if mount.source is not None:
        return ["hold_tree", name, str(mount.source), mount.read_only]
    options = {"mode": "1777"}
    if mount.size_bytes:
        options["size"] = str(mount.size_bytes)
    return ["hold_fs", name, "tmpfs", options, k.MOUNT_ATTR_RDONLY if mount.read_only else 0]


def _root(spec: ContainerSpec, ground: Ground) -> Steps:
    layer = ground.layer(spec.id)
    steps: Steps = [["directory", layer, 0o700]]
    if ground.writable_in_memory:
        steps.append(["tmpfs", layer, "mode=700"])
    if isinstance(spec.root, ImageRoot):
        lowers = [str(place) for place in spec.root.layers]
        return [*steps, plan_root_overlay(ground, lowers, f"{layer}/0")]
    if not has_whole_root(ground.pieces):
        steps.append(["tmpfs", ground.root, "mode=755"])
    for number, piece in enumerate(ground.pieces):
        steps += plan_piece(piece, f"{layer}/{number}", ground)
    for name, path in _shown(spec):
        # Made aside and held, because its place is covered by a fresh directory later.
        aside = f"{layer}/{name}"
        steps.append(["directory", aside])
        steps.append(_overlay(aside, [path], aside, ground))
        steps.append(["hold_tree", name, aside, spec.read_only_root])
    return steps


def _shown(spec: ContainerSpec) -> list[tuple[str, str]]:
    """What a `host` image shows of the machine's /tmp and /run, and how it is held meanwhile."""
    if isinstance(spec.root, ImageRoot):
        return []
    entries = entries_shown(str(path) for path in spec.root.shown)
    return [(f"shown{number}", path) for number, path in enumerate(entries)]


def has_whole_root(pieces: tuple[Piece, ...]) -> bool:
    """Whether the first piece is the whole of `/`; else there is a new `/` for them."""
    return pieces[:1] == (Piece("overlay", "/"),)


def plan_piece(piece: Piece, layer: str, ground: Ground) -> Steps:
    """One piece of a HostRoot, its writable layer at `layer`."""
    path = f"{ground.root}{piece.path}".rstrip("/")
    if piece.kind == "link":
        return [["link", piece.link, path]]
    made: Step = ["directory", path]
    if piece.kind == "overlay":
        return [made, _overlay(path, [piece.path], layer, ground)]
    if piece.kind == "bind":
        return [made, ["bind", piece.path, path, True]]
    return [made]


def _overlay(path: str, lowers: list[str], layer: str, ground: Ground) -> Step:
    return ["overlay", path, lowers, f"{layer}.upper", f"{layer}.work", ground.overlay_options]


def plan_root_overlay(ground: Ground, lowers: list[str], layer: str) -> Step:
    """The root of an image, topmost layer first."""
    return _overlay(ground.root, lowers, layer, ground)


def _fresh_directories(spec: ContainerSpec) -> Steps:
    if isinstance(spec.root, ImageRoot):
        return []
    steps: Steps = []
    for path, mode in FRESH_DIRECTORIES.items():
        steps.append(["hold_fs", path, "tmpfs", {"mode": mode}, 0])
        steps.append(["attach", path, path])
    return steps


def _system(ground: Ground) -> Steps:
    """/proc, /sys and /dev."""
    pts = {"newinstance": "", "ptmxmode": "0666", "mode": "0620"}
    if not ground.rootless:
        pts["gid"] = "5"  # the tty group
    steps: Steps = [
        ["attach", "proc", "/proc"],
        ["attach", "sys", "/sys"],
        ["hold_fs", "dev", "tmpfs", {"mode": "755", "size": "65536k"}, k.MOUNT_ATTR_NOSUID],
        ["attach", "dev", "/dev"],
        *_devices(ground),
        *(["link", target, f"/dev/{name}"] for name, target in DEVICE_LINKS.items()),
        ["hold_fs", "pts", "devpts", pts, _NO],
        ["attach", "pts", "/dev/pts"],
        ["attach", "shm", "/dev/shm"],
    ]
    if ground.has_mqueue:
        steps.append(["hold_fs", "mqueue", "mqueue", {}, _NO_DEVICES])
        steps.append(["attach", "mqueue", "/dev/mqueue"])
    return steps


def _devices(ground: Ground) -> Steps:
    if ground.rootless:
        return [["attach", name, f"/dev/{name}"] for name in DEVICES]
    return [["device", f"/dev/{name}", *numbers] for name, numbers in DEVICES.items()]


def _hide(spec: ContainerSpec, ground: Ground) -> Steps:
    steps: Steps = []
    if isinstance(spec.root, HostRoot):
        hidden = (ground.state, *spec.root.hidden)
        steps += [["mask", str(path)] for path in hidden]
    if not spec.privileged:
        steps += [["mask", path] for path in MASKED]
        steps += [["protect", path] for path in PROTECTED]
    return steps


def _seal(spec: ContainerSpec, ground: Ground, mounts: list[Mount]) -> Steps:
    """A read-only root: what will be mounted on must be made before, and mounted after."""
    steps: Steps = [["directory", spec.working_directory or "/"]]
    for place, mount in enumerate(mounts):
        steps.append(["prepare", f"mount{place}", mount.target])
    places = ["/"]
    if isinstance(spec.root, HostRoot):
        places += [piece.path for piece in ground.pieces if piece.kind == "overlay"]
        # Only now: places inside of them had to be made first.
        places += FRESH_DIRECTORIES
    return [*steps, *(["read_only", place] for place in places)]
