"""Every system call of the runtime that Python's `os` does not have; nothing else uses ctypes.

Does: turn each into a method that raises OSError with the errno and what it was about.
Holds: needs Linux 5.12 (`clone3`, `open_tree`, `mount_setattr`); numbers of calls above 423 are the
same on every architecture. Imports little, because the spawner stays small.
"""

import ctypes
import os
import signal

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000
_CLONE_PIDFD = 0x1000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REC, MS_PRIVATE, MS_SLAVE, MS_SHARED = 0x4000, 0x4_0000, 0x8_0000, 0x10_0000
_MNT_DETACH = 2

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 0x1, 0x2
MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 0x4, 0x8

_AT_FDCWD = -100
_AT_EMPTY_PATH, _AT_RECURSIVE = 0x1000, 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_FSOPEN_CLOEXEC = _FSMOUNT_CLOEXEC = 1
_FSCONFIG_SET_FLAG, _FSCONFIG_SET_STRING, _FSCONFIG_CMD_CREATE = 0, 1, 6

_CLONE3, _OPEN_TREE, _MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT = 435, 428, 429, 430, 431, 432
_MOUNT_SETATTR = 442
_PIVOT_ROOT = {"x86_64": 155, "i686": 217, "armv7l": 218, "ppc64le": 203, "s390x": 217}
_PIVOT_ROOT_GENERIC = 41  # aarch64, riscv64, loongarch64

PR_SET_DUMPABLE, PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 23, 24, 38
PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG = 36, 1
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_CAPABILITY_VERSION_3 = 0x2008_0522


_CLONE_FIELDS: tuple[str, ...]
_CLONE_FIELDS = ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack")
_CLONE_FIELDS += ("stack_size", "tls", "set_tid", "set_tid_size", "cgroup")


class _CloneArguments(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in _CLONE_FIELDS)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")
    )


class Kernel:
    """The system calls."""

    def __init__(self) -> None:
        # PyDLL keeps the interpreter lock, so that a clone's child owns it.
        self._libc = ctypes.PyDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long
        self._pivot_root = _PIVOT_ROOT.get(os.uname().machine, _PIVOT_ROOT_GENERIC)
        self.capability_last = self._find_capability_last()

    def clone(self, flags: int) -> tuple[int, int]:
        """Like `os.fork`, in new namespaces: (pid, pidfd) for the parent, (0, -1) for the child.

        Only for a process without further threads.
        """
        pidfd = ctypes.c_int(-1)
        arguments = _CloneArguments(
            flags=flags | _CLONE_PIDFD,
            pidfd=ctypes.addressof(pidfd),
            exit_signal=signal.SIGCHLD,
        )
        ctypes.pythonapi.PyOS_BeforeFork()
        pid = self._libc.syscall(
            _CLONE3, ctypes.byref(arguments), ctypes.c_size_t(ctypes.sizeof(arguments))
        )
        number = ctypes.get_errno()
        if pid == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
            return 0, -1
        ctypes.pythonapi.PyOS_AfterFork_Parent()
        if pid < 0:
            raise OSError(number, os.strerror(number), "clone3")
        return int(pid), pidfd.value

    def unshare(self, flags: int) -> None:
        """Leave the namespaces in `flags` for new ones."""
        self._checked(self._libc.unshare(flags), "unshare")

    def setns(self, descriptor: int, flags: int) -> None:
        """Enter a namespace, or those of the process a pidfd means."""
        self._checked(self._libc.setns(descriptor, flags), "setns")

    def mount(
        self, source: str, target: str, kind: str, *, flags: int = 0, options: str = ""
    ) -> None:
        """The classic mount call."""
        result = self._libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            kind.encode() or None,
            ctypes.c_ulong(flags),
            os.fsencode(options) or None,
        )
        self._checked(result, target)

    def unmount(self, target: str) -> None:
        """Take the topmost mount off `target`, now or when its last user is gone."""
        self._checked(self._libc.umount2(os.fsencode(target), _MNT_DETACH), target)

    def pivot_root(self, new: str, old: str) -> None:
        """Make `new` the root; the old root appears at `old`."""
        self._checked(self._libc.syscall(self._pivot_root, os.fsencode(new), os.fsencode(old)), new)

    def open_tree(self, path: str, *, recursive: bool) -> int:
        """A detached copy of the mount at `path`, as a descriptor."""
        flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | (_AT_RECURSIVE if recursive else 0)
        return self._checked(
            self._libc.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags), path
        )

    def make_mount(self, kind: str, options: dict[str, str], attributes: int) -> int:
        """A new file system, mounted nowhere yet, as a descriptor; an empty option is a flag."""
        context = self._checked(self._libc.syscall(_FSOPEN, kind.encode(), _FSOPEN_CLOEXEC), kind)
        try:
            for key, value in options.items():
                command = _FSCONFIG_SET_STRING if value else _FSCONFIG_SET_FLAG
                self._configure(context, command, key, value)
            self._configure(context, _FSCONFIG_CMD_CREATE, "", "")
            return self._checked(
                self._libc.syscall(_FSMOUNT, context, _FSMOUNT_CLOEXEC, attributes), kind
            )
        finally:
            os.close(context)

    def _configure(self, context: int, command: int, key: str, value: str) -> None:
        result = self._libc.syscall(
            _FSCONFIG, context, command, key.encode() or None, value.encode() or None, 0
        )
        self._checked(result, f"{key}={value}" if key else "create")

    def move_mount(self, descriptor: int, target: str) -> None:
        """Attach a detached mount."""
        result = self._libc.syscall(
            _MOVE_MOUNT,
            descriptor,
            b"",
            _AT_FDCWD,
            os.fsencode(target),
            _MOVE_MOUNT_F_EMPTY_PATH,
        )
        self._checked(result, target)

    def set_mount(self, place: int | str, attributes: int, *, recursive: bool = False) -> None:
        """Add attributes to a mount, given as a descriptor or a path; none is taken away."""
        descriptor, path = (
            (place, b"") if isinstance(place, int) else (_AT_FDCWD, os.fsencode(place))
        )
        flags = (0 if path else _AT_EMPTY_PATH) | (_AT_RECURSIVE if recursive else 0)
        wanted = _MountAttributes(attr_set=attributes)
        result = self._libc.syscall(
            _MOUNT_SETATTR,
            descriptor,
            path,
            flags,
            ctypes.byref(wanted),
            ctypes.c_size_t(ctypes.sizeof(wanted)),
        )
        self._checked(result, str(place))

    def set_hostname(self, name: str) -> None:
        """The host name of this UTS namespace."""
        encoded = name.encode()
        self._checked(self._libc.sethostname(encoded, len(encoded)), name)

    def prctl(self, option: int, first: int = 0) -> int:
        """Operations on this process."""
        long = ctypes.c_ulong
        result = self._libc.prctl(option, long(first), long(0), long(0), long(0))
        return self._checked(result, f"prctl {option}")

    def set_seccomp(self, instructions: bytes) -> None:
        """Filter this process's system calls from now on; needs no_new_privs."""
        code = ctypes.create_string_buffer(instructions, len(instructions))
        program = _FilterProgram(len(instructions) // 8, ctypes.addressof(code))
        result = self._libc.prctl(
            _PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program)
        )
        self._checked(result, "seccomp")

    def _find_capability_last(self) -> int:
        last = 0
        while self._libc.prctl(PR_CAPBSET_READ, ctypes.c_ulong(last + 1), 0, 0, 0) >= 0:
            last += 1
        return last

    def drop_bounding(self, kept: int) -> None:
        """Take every capability that is not in the mask `kept` out of the bounding set."""
        for number in range(self.capability_last + 1):
            if not kept >> number & 1:
                self.prctl(PR_CAPBSET_DROP, number)

    def set_capabilities(self, mask: int) -> None:
        """Effective and permitted := those in `mask` that we have; all other sets := none."""
        header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
        data = (_CapabilityData * 2)()
        self._checked(self._libc.capget(ctypes.byref(header), data), "capget")
        for place, half in enumerate(data):
            kept = half.permitted & (mask >> 32 * place) & 0xFFFF_FFFF
            half.effective = half.permitted = kept
            half.inheritable = 0
        self.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        self._checked(self._libc.capset(ctypes.byref(header), data), "capset")

    @staticmethod
    def _checked(result: int, about: str) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), about)
        return int(result)
