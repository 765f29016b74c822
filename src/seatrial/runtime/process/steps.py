"""What a forked child does, one step after another, until it becomes the container's process.

A step is a list: a verb (a method of `Hands`, named in VERBS) and its arguments; a plan is a list
of steps, made elsewhere as a value. The child reports the first step that fails and ends.

Holds: bind sources are taken before `pivot` and attached after it, so that symbolic links in an
image are followed inside the container's root and can never reach the machine's files.
"""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from typing import Any

from seatrial.runtime.process import kernel as k

Step = Sequence[Any]

UMASK = 0o022
DIRECTORY_MODE = 0o755
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StepFailed(Exception):
    """A step failed, with this errno; the message says why in words for people."""

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(message)
        self.errno = errno
        self.index = -1  # which step of the plan


class Hands:
    """Does the steps in this very process."""

    def __init__(
        self, kernel: k.Kernel, sandboxes: dict[str, dict[str, int]], mains: dict[str, int]
    ) -> None:
        self._kernel = kernel
        self._sandboxes = sandboxes  # id → kind of namespace → descriptor
        self._mains = mains  # container id → pidfd of its main process
        self._held: dict[str, int] = {}

    def follow(self, steps: Sequence[Step]) -> None:
        """Do all steps. Raises StepFailed."""
        for index, (verb, *arguments) in enumerate(steps):
            try:
                VERBS[verb](self, *arguments)
            except StepFailed as failure:
                failure.index = index
                raise
            except OSError as error:
                refused = StepFailed(error.errno or 0, f"{verb}: {describe(error)}")
                refused.index = index
                raise refused from error

    # Namespaces

    def join(self, sandbox_id: str) -> None:
        """Enter the sandbox's namespaces."""
        for descriptor in self._sandboxes[sandbox_id].values():
            self._kernel.setns(descriptor, 0)

    def enter(self, container_id: str, has_own_users: bool) -> None:
        """Enter the container's namespaces (its pid namespace is where we were born)."""
        main = self._mains[container_id]
        kinds = k.CLONE_NEWNS | k.CLONE_NEWUTS | k.CLONE_NEWIPC | k.CLONE_NEWNET
        self._kernel.setns(main, kinds)
        if has_own_users:
            self._kernel.setns(main, k.CLONE_NEWUSER)

    # Before the pivot: make and take what will be mounted

    def directory(self, path: str, mode: int = DIRECTORY_MODE) -> None:
        """Make a directory and its parents, or leave it as it is."""
        os.makedirs(path, mode, exist_ok=True)

    def link(self, target: str, path: str) -> None:
        """Make a symbolic link, or leave what is there."""
        if not os.path.lexists(path):
            os.symlink(target, path)

    def tmpfs(self, path: str, options: str) -> None:
        """A fresh file system in memory at `path`."""
        self._kernel.mount("tmpfs", path, "tmpfs", options=options)

    def bind(self, source: str, path: str, read_only: bool) -> None:
        """The tree at `source`, seen at `path`."""
        descriptor = self._tree(source, read_only)
        self._kernel.move_mount(descriptor, path)
        os.close(descriptor)

    def overlay(
        self, path: str, lowers: Sequence[str], upper: str, work: str, options: str
    ) -> None:
        """An overlay at `path`: `lowers` (topmost first) under the writable `upper`."""
        os.makedirs(upper, DIRECTORY_MODE, exist_ok=True)
        os.makedirs(work, DIRECTORY_MODE, exist_ok=True)
        opened = [os.open(place, os.O_PATH | os.O_CLOEXEC) for place in (*lowers, upper, work)]
        # Numbers below /proc/self/fd are short (options fit in one page, whatever the number of
        # layers) and need no escaping.
        os.chdir("/proc/self/fd")
        *below, above, beside = map(str, opened)
        layers = f"lowerdir={':'.join(below)},upperdir={above},workdir={beside}"
        self._kernel.mount("overlay", path, "overlay", options=f"{layers}{options}")
        os.chdir("/")
        for descriptor in opened:
            os.close(descriptor)

    def hold_tree(self, name: str, source: str, read_only: bool) -> None:
        """Take the tree at `source`, to be attached later as `name`."""
        self._held[name] = self._tree(source, read_only)

    def _tree(self, source: str, read_only: bool) -> int:
        descriptor = self._kernel.open_tree(source, recursive=True)
        if read_only:
            self._kernel.set_mount(descriptor, k.MOUNT_ATTR_RDONLY)
        return descriptor

    def hold_fs(self, name: str, kind: str, options: dict[str, str], attributes: int) -> None:
        """Make a file system, to be attached later as `name`."""
        self._held[name] = self._kernel.make_mount(kind, options, attributes)

    def pivot(self, path: str) -> None:
        """Make `path` the root and let the old root go."""
        os.chdir(path)
        self._kernel.pivot_root(".", ".")
        self._kernel.unmount(".")
        os.chdir("/")

    # After the pivot: inside the container's root

    def prepare(self, name: str, path: str) -> None:
        """Make what the held `name` will be attached to: a directory or a file."""
        # /etc/resolv.conf may be a link to a file that is missing in here.
        real = os.path.realpath(path)
        if os.path.exists(real):
            return
        is_directory = stat.S_ISDIR(os.fstat(self._held[name]).st_mode)
        os.makedirs(real if is_directory else os.path.dirname(real), exist_ok=True)
        if not is_directory:
            os.close(os.open(real, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))

    def attach(self, name: str, path: str) -> None:
        """Mount what is held as `name` at `path`, making that when it is missing."""
        self.prepare(name, path)
        descriptor = self._held.pop(name)
        self._kernel.move_mount(descriptor, path)
        os.close(descriptor)

    def device(self, path: str, major: int, minor: int) -> None:
        """A character device that everybody may use."""
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        os.chmod(path, 0o666)

    def mask(self, path: str) -> None:
        """Cover a file or directory by nothing, if it is there."""
        if os.path.isdir(path):
            self._kernel.mount("tmpfs", path, "tmpfs", flags=k.MS_RDONLY, options="size=0k")
        elif os.path.lexists(path):
            self.bind("/dev/null", path, False)

    def protect(self, path: str) -> None:
        """Make what is at `path` read-only, if it is there."""
        if os.path.lexists(path):
            self.bind(path, path, True)

    def read_only(self, path: str) -> None:
        """Make the mount at `path` read-only."""
        self._kernel.set_mount(path, k.MOUNT_ATTR_RDONLY)

    # Who we are

    def own_users(self, uid: int, gid: int) -> None:
        """A user namespace in which our one user is `uid` and our one group `gid`."""
        self._kernel.unshare(k.CLONE_NEWUSER)
        self._kernel.prctl(k.PR_SET_DUMPABLE, 1)  # else these files belong to the machine's root
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} 0 1")
        _write("/proc/self/gid_map", f"{gid} 0 1")
        self._kernel.prctl(k.PR_SET_DUMPABLE, 0)

    def groups(self, numbers: Sequence[int]) -> None:
        """Supplementary groups."""
        os.setgroups(numbers)

    def bounding(self, kept: int) -> None:
        """The capabilities that can ever be had again."""
        self._kernel.drop_bounding(kept)

    def user(self, uid: int, gid: int) -> None:
        """Become that user for good."""
        for stream in (1, 2):
            os.fchown(stream, uid, gid)  # so that it may open /dev/stdout, as runc sees to
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)

    def capabilities(self, mask: int) -> None:
        """The capabilities we have."""
        self._kernel.set_capabilities(mask)

    def no_new_privileges(self) -> None:
        """No program started from here on gains any."""
        self._kernel.prctl(k.PR_SET_NO_NEW_PRIVS, 1)

    def pretend(self, instructions: str) -> None:
        """Answer some calls in the kernel's place (see `emulation`); hexadecimal."""
        self._kernel.set_seccomp(bytes.fromhex(instructions))

    # The end

    def working_directory(self, path: str) -> None:
        """Go there, making it first when it is missing, as containerd does."""
        if not os.path.isdir(path):
            os.makedirs(path, DIRECTORY_MODE, exist_ok=True)
        os.chdir(path)

    def run(self, argv: Sequence[str], environment: dict[str, str]) -> None:
        """Become the program. Returns only by StepFailed."""
        name = argv[0]
        environment.setdefault("PATH", DEFAULT_PATH)
        if "HOME" not in environment:
            environment["HOME"] = _home(os.getuid())
        program = name if "/" in name else _search(name, environment["PATH"])
        try:
            _check_program(program)
            os.execve(program, list(argv), environment)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            doing = f"stat {name}: " if error.errno == errno.ENOENT else ""
            raise StepFailed(error.errno or 0, f'exec: "{name}": {doing}{reason}') from error

    def forget(self, path: str) -> None:
        """Delete a tree; no error when it is gone."""
        if os.path.lexists(path):
            _delete(path)

    def leave(self) -> None:
        """End here, well."""
        os._exit(0)


def describe(error: OSError) -> str:
    """What it was about, and why, as in Go's messages."""
    reason = os.strerror(error.errno or 0).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _check_program(path: str) -> None:
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)


def _search(name: str, path: str) -> str:
    for directory in path.split(":"):
        candidate = os.path.join(directory or ".", name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise StepFailed(errno.ENOENT, f'exec: "{name}": executable file not found in $PATH')


def _home(uid: int) -> str:
    """The home of `uid` as the container's own /etc/passwd has it."""
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as passwd:
            for line in passwd:
                fields = line.rstrip("\n").split(":")
                if len(fields) > 5 and fields[2] == str(uid):
                    return fields[5] or "/"
    except OSError:
        return "/"  # an image without users: what runc says too
    return "/"


def _delete(path: str) -> None:
    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return
    # Overlay's work directories come without permissions.
    os.chmod(path, 0o700)
    with os.scandir(path) as entries:
        for entry in entries:
            _delete(entry.path)
    os.rmdir(path)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)


VERBS: dict[str, Callable[..., None]] = {
    name: method for name, method in vars(Hands).items() if not name.startswith("_")
}
