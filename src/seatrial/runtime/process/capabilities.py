"""Linux capabilities by name; which of them a container has. Pure."""

from collections.abc import Sequence

from seatrial.runtime.interface import CannotStart

# In the kernel's order: the place is the number.
NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"),
    *("SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW"),
    *("IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT"),
    *("SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD"),
    *("LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG"),
    *("WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"),
)
ALL = (1 << len(NAMES)) - 1

# What containerd gives to a container that asks for nothing.
DEFAULT_NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID"),
    *("SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"),
)


def mask_of(names: Sequence[str]) -> int:
    """The bits of `names` ("NET_ADMIN", "CAP_NET_ADMIN", "ALL"). Raises CannotStart."""
    mask = 0
    for name in names:
        plain = name.upper().removeprefix("CAP_")
        if plain == "ALL":
            mask |= ALL
        elif plain in NAMES:
            mask |= 1 << NAMES.index(plain)
        else:
            raise CannotStart(f"unknown capability {name!r}")
    return mask


def names_of(mask: int) -> frozenset[str]:
    """The capabilities in `mask`."""
    return frozenset(name for number, name in enumerate(NAMES) if mask >> number & 1)


def granted(add: Sequence[str], drop: Sequence[str], *, privileged: bool) -> int:
    """The container's capabilities: dropped ones go first, then added ones come, as in CRI."""
    if privileged:
        return ALL
    dropped = mask_of(drop)
    return (mask_of(DEFAULT_NAMES) & ~dropped) | mask_of(add)
