"""Let root of a container that is not root of the machine change owners and users, as a pretence.

Images are full of programs that start as root, `chown` a directory and become another user. An
ordinary user's namespace has one user, so that the kernel refuses both. Here a seccomp filter
answers "done" for these calls and does nothing; the program runs on as root of its namespace.

Does: build the filter (pure). Holds: only calls that the container's capabilities would allow are
answered so; for all others the kernel's refusal is the true one.
Differs from Kubernetes: run by an ordinary user, a process that changes its user or a file's owner
is told that it has, and has not.
"""

import struct
from typing import NamedTuple


class _Calls(NamedTuple):
    """A machine's name in the kernel's audit, and the numbers of its calls by capability."""

    architecture: int
    by_capability: dict[str, tuple[int, ...]]


_CALLS = {
    "x86_64": _Calls(
        0xC000_003E,
        {
            "CHOWN": (92, 93, 94, 260),  # chown fchown lchown fchownat
            "SETUID": (105, 113, 117, 122),  # setuid setreuid setresuid setfsuid
            "SETGID": (106, 114, 119, 123, 116),  # the same for groups, setgroups
        },
    ),
    "aarch64": _Calls(
        0xC000_00B7,
        {"CHOWN": (55, 54), "SETUID": (146, 145, 147, 151), "SETGID": (144, 143, 149, 152, 159)},
    ),
}

# struct sock_filter: code, jump if true, jump if false, value
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW = 0x7FFF_0000
_ANSWER_DONE = 0x0005_0000  # SECCOMP_RET_ERRNO with the number 0


def pretence(machine: str, capabilities: frozenset[str]) -> bytes:
    """The filter's instructions; nothing where there is nothing to pretend."""
    calls = _CALLS.get(machine)
    if calls is None:
        return b""
    numbers = [
        number
        for capability, several in calls.by_capability.items()
        if capability in capabilities
        for number in several
    ]
    if not numbers:
        return b""
    to_done = len(numbers)
    instructions = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        # Another architecture's numbers mean other calls: leave them alone.
        (_JUMP_IF_EQUAL, 0, to_done + 1, calls.architecture),
        (_LOAD, 0, 0, _CALL_NUMBER),
        *((_JUMP_IF_EQUAL, to_done - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ANSWER_DONE),
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in instructions)
