"""The contract of a runtime: sandboxes (what the containers of a pod share) and containers.

A container is created and started in one step, because a container here is never started twice:
each start has a new id and a fresh writable layer. Everything a runtime has made is gone after
`aclose`.

    RuntimeFailure            a runtime's expected failures
    ├── CannotStart           the process could not be started
    ├── UnknownContainer      no such container or sandbox (any more)
    └── ExecFailure           the command could not be run in the container
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from seatrial.kit.errors import SeatrialError


class RuntimeFailure(SeatrialError):
    """The root of a runtime's expected failures."""


class CannotStart(RuntimeFailure):
    """The process could not be started: no such program, no such directory, no permission."""


class UnknownContainer(RuntimeFailure):
    """No such container or sandbox, or no longer."""


class ExecFailure(RuntimeFailure):
    """The command could not be run in the container."""


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What the containers of one pod share: the network namespace, and names."""

    id: str
    hostname: str
    # True: the node's own network namespace (hostNetwork).
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that exists. `netns` is a path the node's process can open: `/proc/PID/fd/N`."""

    id: str
    netns: str


@dataclass(frozen=True, slots=True)
class ImageRoot:
    """A root file system from image layers, topmost first, under a fresh writable layer."""

    layers: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class HostRoot:
    """This machine's own root, read-only, under a fresh writable layer.

    `/proc`, `/sys`, `/dev`, `/tmp`, `/run` are fresh; what holds a directory of `shown` (an image's
    working directory, say) is seen even there. `hidden` directories are covered by
    empty ones.
    """

    hidden: tuple[Path, ...] = ()
    shown: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory or file of the node, or a fresh tmpfs, seen in the container."""

    target: str
    source: Path | None = None  # None: tmpfs
    read_only: bool = False
    size_bytes: int = 0  # of a tmpfs; 0: the kernel's default


@dataclass(frozen=True, slots=True)
class User:
    """Who the process is."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container to start."""

    id: str
    sandbox_id: str
    root: ImageRoot | HostRoot
    argv: tuple[str, ...]
    # Where the container's output goes, in CRI's log format: "TIME stdout|stderr F|P LINE".
    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    user: User = field(default_factory=User)
    mounts: Sequence[Mount] = ()
    read_only_root: bool = False
    privileged: bool = False
    allow_privilege_escalation: bool = True
    capabilities_add: tuple[str, ...] = ()  # "NET_ADMIN", "ALL"
    capabilities_drop: tuple[str, ...] = ()
    # Written into the journal and logs, so that people can tell containers apart.
    pod: str = ""
    pod_uid: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container's main process ended. `code` is 128 + signal when a signal ended it."""

    code: int
    signal: int = 0
    finished_at: float = 0.0
    reason: Literal["Completed", "Error", "OOMKilled"] = "Completed"


@dataclass(frozen=True, slots=True)
class Running:
    """A container that was started. `pid` is its main process as this machine counts."""

    id: str
    pid: int
    started_at: float


@dataclass(frozen=True, slots=True)
class ExecResult:
    """A command that ran to its end, or was killed at its limit (`timed_out`)."""

    code: int
    output: bytes  # both streams as they came, at most EXEC_OUTPUT_BYTES_MAX
    timed_out: bool = False


EXEC_OUTPUT_BYTES_MAX = 10 * 1024  # as the kubelet's probes keep


class Runtime(Protocol):
    """Sandboxes and containers."""

    async def create_sandbox(self, spec: SandboxSpec) -> Sandbox: ...

    async def remove_sandbox(self, sandbox_id: str) -> None:
        """Kill what still runs in it, let its namespaces go; no error when it is gone already."""

    async def start(self, spec: ContainerSpec) -> Running:
        """Make the container and run its process. Raises CannotStart."""

    async def wait(self, container_id: str) -> Exit:
        """Until the main process has ended and its output is in the log; the same each time."""

    async def signal(self, container_id: str, number: int) -> None:
        """Send a signal to the main process; no error when it has ended."""

    async def exec(
        self, container_id: str, argv: Sequence[str], *, timeout_s: float | None
    ) -> ExecResult:
        """Run a command beside the main process, as its user, in its namespaces.

        Raises ExecFailure.
        """

    async def remove(self, container_id: str) -> None:
        """Kill it if it runs, drop its writable layer; the log file stays.

        No error when it is gone.
        """

    async def aclose(self) -> None:
        """Kill and remove everything this runtime has made."""
