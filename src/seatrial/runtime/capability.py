"""What this machine can do for a node, as a value with reasons and remedies.

    for ability in await look():
        print(ability.name, ability.is_there, ability.detail, ability.remedy)

`judge` and `judge_cgroups` are pure; `look` asks the machine (edge), by trying each thing in a
process of its own.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import seatrial
from seatrial.kit.errors import MachineError

PROBE_LIMIT_S = 30.0
NOT_TRIED = "not tried"
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from seatrial.runtime.process import probe; "
)
_PROGRAM += "probe.main()"

_USER_NAMESPACES = (
    "as root: sysctl -w user.max_user_namespaces=65536, and where they exist "
    "kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0; "
    "or run seatrial as root"
)


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that a node needs or likes; `is_needed`: there is no node without it."""

    name: str
    is_there: bool
    detail: str
    remedy: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class _Want:
    name: str
    what: str
    remedy: str
    is_needed: bool = True


# In the order of the report; the key is the probe's.
WANTS: Mapping[str, _Want] = {
    "namespaces": _Want("namespaces", "a node's namespaces can be made", _USER_NAMESPACES),
    "mounts": _Want("kernel", "detached mounts (Linux 5.12)", "use Linux 5.12 or later"),
    "overlay": _Want(
        "overlay", "containers get writable layers", "load the module overlay; use Linux 5.11"
    ),
    "userxattr": _Want(
        "overlay userxattr",
        "deleted directories can be made anew",
        "use Linux 5.11 or later",
        False,
    ),
    "nftables": _Want(
        "nftables", "Services are rules of the kernel", "load the module nf_tables, as root"
    ),
    "conntrack": _Want(
        "conntrack events", "connections are joined with pods", "load nf_conntrack_netlink", False
    ),
    "sock_diag": _Want(
        "sock_diag events", "closed listeners are seen", "load the module inet_diag", False
    ),
}


async def look() -> list[Ability]:
    """Ask this machine. Raises MachineError when not even the probe can run."""
    return [judge_user(os.geteuid()), *judge(await _probe()), _look_at_cgroups()]


def _look_at_cgroups() -> Ability:
    return judge_cgroups(
        Path("/proc/self/cgroup").read_text(encoding="ascii"),
        has_unified_root=Path("/sys/fs/cgroup/cgroup.controllers").exists(),
        is_writable=os.access("/sys/fs/cgroup/cgroup.procs", os.W_OK),
    )


def judge(reasons: Mapping[str, str]) -> list[Ability]:
    """The probe's reasons ("": it works) as abilities; what was not tried is not there."""
    abilities = []
    for key, want in WANTS.items():
        reason = reasons.get(key, NOT_TRIED)
        detail = f"{want.what}: {reason}" if reason else want.what
        # What was not tried may well work: mending what came before it tells.
        remedy = want.remedy if reason not in {"", NOT_TRIED} else ""
        abilities.append(Ability(want.name, not reason, detail, remedy, want.is_needed))
    return abilities


def judge_user(uid: int) -> Ability:
    """Who runs the node."""
    if uid == 0:
        return Ability("root", True, "any user in a container is that user", is_needed=False)
    detail = f"run by user {uid}: there is one user in a container, and it is you"
    return Ability("root", False, detail, is_needed=False)


def judge_cgroups(own: str, *, has_unified_root: bool, is_writable: bool) -> Ability:
    """Which control groups there are; `own` is /proc/self/cgroup. We use none so far."""
    version = "v2" if has_unified_root else "v1" if ":" in own.replace("0::", "") else "none"
    delegated = "delegated to us" if is_writable else "not ours to use"
    detail = f"cgroup {version}, {delegated}; limits of containers are not enforced"
    return Ability("cgroups", is_writable, detail, is_needed=False)


async def _probe() -> dict[str, str]:
    source = str(Path(seatrial.__file__).parent.parent)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _PROGRAM, source),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PROBE_LIMIT_S):
            out, err = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise MachineError(f"the probe of this machine hangs ({PROBE_LIMIT_S:g} s)") from error
    if process.returncode:
        last = err.decode(errors="replace").strip().rpartition("\n")[2]
        raise MachineError(f"the probe of this machine failed: {last}")
    reasons: dict[str, str] = json.loads(out)
    return reasons
