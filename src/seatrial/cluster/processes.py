"""Which processes are ours, read from /proc; and waiting for one to end without polling.

Pid namespaces tell ours from the user's: a node's spawner is PID 1 of one below the control
plane's (so that nothing outlives it), each container has one below that. `NSpid` in
/proc/PID/status counts them.
"""

import os
import select
import signal
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
ENDED = frozenset("ZX")  # states of /proc/PID/stat: a zombie, or dead
SPAWNER_DEPTH = 1  # pid namespaces between a control plane and its nodes' spawners


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the machine's process table."""

    pid: int
    parent: int
    depth: int  # pid namespaces it is in, as we see them
    memory_bytes: int  # resident


def read_table() -> dict[int, Process]:
    """Every process of the machine; those that end while we look are left out."""
    table = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            process = _read(int(entry.name))
            if process is not None:
                table[process.pid] = process
    return table


def family(root: int, table: dict[int, Process]) -> list[Process]:
    """`root` and all that descend from it, parents first; empty when `root` is gone."""
    if root not in table:
        return []
    children: dict[int, list[Process]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process)
    found = [table[root]]
    for process in found:  # grows while we walk it
        found.extend(sorted(children.get(process.pid, []), key=lambda child: child.pid))
    return found


def ours(root: int) -> list[Process]:
    """The processes of a cluster whose control plane is `root`, without those inside containers."""
    found = family(root, read_table())
    return [process for process in found if process.depth <= found[0].depth + SPAWNER_DEPTH]


def start_ticks(pid: int) -> int:
    """When it started, in clock ticks since boot: tells a pid from a later one; 0: gone.

    Gone is also what has ended and waits for its parent to take note.
    """
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # The second field, the program's name, may hold anything: the rest follows its last
    # parenthesis.
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] in ENDED else int(fields[19])


def end(pid: int, *, limit_s: float) -> bool:
    """Ask a process to end and wait; after `limit_s` kill it. True when it ended by itself."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        if _ended(descriptor, limit_s):
            return True
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        _ended(descriptor, limit_s)
        return False
    except ProcessLookupError:
        return True
    finally:
        os.close(descriptor)


def wait_gone(pid: int, *, limit_s: float) -> bool:
    """Until the process has ended; False when it has not within `limit_s`."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return _ended(descriptor, limit_s)
    finally:
        os.close(descriptor)


def _ended(descriptor: int, limit_s: float) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(limit_s * 1000))


def _read(pid: int) -> Process | None:
    try:
        text = (PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return Process(
        pid=pid,
        parent=int(fields["PPid"]),
        depth=len(fields.get("NSpid", "").split()),
        memory_bytes=int(fields.get("VmRSS", "0 kB").split()[0]) * 1024,
    )
