"""What a running cluster tells the rest of the machine: one small file, written atomically.

The file says who runs it; the lock beside it says whether that is still true. A file without a held
lock is what a killed cluster leaves behind: nothing is lost, and the next `up` takes over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from seatrial.cluster.config import Layout
from seatrial.cluster.processes import start_ticks
from seatrial.kit.errors import UsageError
from seatrial.kit.files import Locked, held, write_atomic


@dataclass(frozen=True, slots=True)
class ClusterState:
    """Who runs a cluster, and how to reach it."""

    pid: int
    pid_start_ticks: int
    version: str
    server: str  # https://127.0.0.1:PORT
    nodes: tuple[str, ...]
    run_dir: str
    data_dir: str
    # Where its context was written, so that `down` can take it away again.
    kubeconfig: str = ""
    context: str = ""
    captain_pid: int = 0  # the `seatrial up` that stays in the foreground; 0: detached

    @property
    def is_alive(self) -> bool:
        """Its control plane still runs (and is not another process with the same pid)."""
        return self.pid > 0 and start_ticks(self.pid) == self.pid_start_ticks != 0


NOBODY = ClusterState(
    pid=0, pid_start_ticks=0, version="", server="", nodes=(), run_dir="", data_dir=""
)


def read_state(path: Path) -> ClusterState | None:
    """What the file says, or None when there is none or it is not ours."""
    try:
        fields = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if not isinstance(fields, dict) or not _is_ours(fields):
        return None
    return ClusterState(**{**fields, "nodes": tuple(fields["nodes"])})


def _is_ours(written: dict[str, Any]) -> bool:
    """Every field is there and of its type, and there is no other."""
    wanted = asdict(NOBODY) | {"nodes": []}
    return written.keys() == wanted.keys() and all(
        isinstance(value, type(wanted[name])) for name, value in written.items()
    )


def write_state(path: Path, state: ClusterState) -> None:
    """Replace the file."""
    write_atomic(path, orjson.dumps(asdict(state), option=orjson.OPT_INDENT_2))


def amend_state(path: Path, **changes: Any) -> None:
    """Replace some fields of the file, if it is there."""
    state = read_state(path)
    if state is not None:
        write_state(path, replace(state, **changes))


@contextmanager
def claimed(layout: Layout) -> Iterator[None]:
    """Be the one who runs a cluster on this data directory. Raises UsageError when there is one."""
    try:
        with held(layout.lock):
            yield
    except Locked as error:
        raise UsageError(
            f"a cluster already runs on {layout.data_dir}",
            remedy="`seatrial status` shows it, `seatrial down` stops it; "
            "--data-dir PATH makes another one beside it",
        ) from error


def is_locked(lock: Path) -> bool:
    """Somebody runs a cluster on this data directory."""
    if not lock.exists():
        return False
    try:
        with held(lock):
            return False
    except Locked:
        return True
