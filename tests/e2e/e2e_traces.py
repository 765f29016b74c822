"""What a cluster leaves on the machine, looked for where the kernel keeps it."""

import os
import select
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")


class Pin:
    """Keeps a namespace's number from being given to another one, for as long as we keep this."""

    def __init__(self, path: str) -> None:
        """Open it. Raises OSError when the process has ended or is not ours to look at."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", -1)
        if descriptor >= 0:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Traces:
    """The processes of a running cluster, and every namespace of theirs that is not our own."""

    pids: frozenset[int]
    namespaces: Mapping[str, Pin]


NOTHING = Traces(frozenset(), {})


def traces_of(pids: Iterable[int]) -> Traces:
    """Of these processes and all their descendants."""
    family = frozenset(_with_descendants(pids))
    own = {name for name, _ in _namespaces("self")}
    found: dict[str, Pin] = {}
    for pid in family:
        for name, path in _namespaces(str(pid)):
            if name not in found and name not in own:
                with suppress(FileNotFoundError):  # the process has ended meanwhile
                    found[name] = Pin(path)
    return Traces(family, found)


def left_over(traces: Traces, home: Path) -> list[str]:
    """Whatever of `traces` still lives, and every mount and socket under `home`."""
    return [
        *(f"process {pid}: {_command(pid)}" for pid in traces.pids if _lives(pid)),
        *(f"namespace {name} of process {pid}" for pid, name in _held(traces.namespaces)),
        *(line for line in _mounts() if str(home) in line or _holds(line, traces.namespaces)),
        *(f"socket {path}" for path in _bound_sockets() if path.startswith(str(home))),
        *(f"socket file {path}" for path in _socket_files(home)),
    ]


def wait_gone(pids: Iterable[int], *, limit_s: float) -> None:
    """Wait until none of the processes lives."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            gone, _, _ = select.select([descriptor], [], [], limit_s)
            assert gone, f"process {pid} lives on: {_command(pid)}"
        finally:
            os.close(descriptor)


def network_links() -> set[str]:
    """The machine's own network devices."""
    return {path.name for path in Path("/sys/class/net").iterdir()}


def _with_descendants(pids: Iterable[int]) -> Iterator[int]:
    for pid in pids:
        yield pid
        try:
            children = [
                int(child)
                for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()
            ]
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield from _with_descendants(children)


def _namespaces(pid: str) -> Iterator[tuple[str, str]]:
    """Name and path of each namespace of a process."""
    for kind in NAMESPACES:
        path = f"/proc/{pid}/ns/{kind}"
        try:
            yield os.readlink(path), path
        except OSError:
            continue  # the process has ended meanwhile, or is another user's


def _held(namespaces: Mapping[str, Pin]) -> Iterator[tuple[str, str]]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _lives(int(process.name)):
            for name, _ in _namespaces(process.name):
                if name in namespaces:
                    yield process.name, name


def _holds(line: str, namespaces: Mapping[str, Pin]) -> bool:
    return any(name in line.split() for name in namespaces)


def _mounts() -> list[str]:
    return [f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def _bound_sockets() -> Iterator[str]:
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8:
            yield fields[7]


def _socket_files(home: Path) -> Iterator[Path]:
    for path in home.rglob("*") if home.exists() else ():
        if stat.S_ISSOCK(path.lstat().st_mode):
            yield path


def _lives(pid: int) -> bool:
    # A zombie has no command line any more: it is its parent's to bury, not ours to stop.
    return bool(_command(pid))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""
