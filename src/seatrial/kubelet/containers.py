"""What the pod machine knows of a pod: its shape (from the spec) and its containers' states.

Does: holds the values that `pod_machine` and `shutdown` decide from and `status` tells about.
Does not: decide anything.
Holds: every time here is wall time in seconds since the epoch, so that a status can be made from
it.
"""

import enum
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from seatrial.api.objects import Object, spec_of


class Role(enum.Enum):
    """How a container takes part in its pod's life."""

    INIT = "init"  # runs to its end before the next one starts
    SIDECAR = "sidecar"  # an init container with restartPolicy Always
    MAIN = "main"


class Phase(enum.IntEnum):
    """Where one start of a container is; within one attempt it only grows."""

    WAITING = 0
    STARTING = 1  # image, configuration, process: on the way
    RUNNING = 2
    EXITED = 3


class Stage(enum.IntEnum):
    """Where the pod's sandbox is; it only grows, save that a failed MAKING is ABSENT again."""

    ABSENT = 0
    MAKING = 1
    READY = 2
    REMOVING = 3
    GONE = 4


class Hook(enum.Enum):
    """A hook of one start of a container."""

    NONE = "none"  # there is none, or it has not been asked for
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ContainerShape:
    """One container of a pod's spec. `wire` is its JSON mapping."""

    name: str
    role: Role
    restart_policy: str  # the one in force: Always, OnFailure, Never
    wire: Object = field(default_factory=dict, repr=False)

    @property
    def has_post_start(self) -> bool:
        """Has a postStart hook."""
        return bool((self.wire.get("lifecycle") or {}).get("postStart"))

    @property
    def has_pre_stop(self) -> bool:
        """Has a preStop hook."""
        return bool((self.wire.get("lifecycle") or {}).get("preStop"))

    def probe(self, kind: str) -> dict[str, Any] | None:
        """Its "startup", "liveness" or "readiness" probe, or None."""
        return self.wire.get(f"{kind}Probe")


@dataclass(frozen=True, slots=True)
class PodShape:
    """The containers of a pod, in order."""

    inits: tuple[ContainerShape, ...]  # init containers and sidecars, as they stand
    mains: tuple[ContainerShape, ...]
    grace_s: float = 30.0  # the spec's own

    @property
    def all(self) -> tuple[ContainerShape, ...]:
        """Every container, init containers first."""
        return (*self.inits, *self.mains)

    @property
    def sidecars(self) -> tuple[ContainerShape, ...]:
        """Init containers with restartPolicy Always, in order."""
        return tuple(each for each in self.inits if each.role is Role.SIDECAR)


def shape_of(pod: Object) -> PodShape:
    """The shape of a pod object."""
    spec = spec_of(pod)
    policy = spec.get("restartPolicy") or "Always"
    return PodShape(
        inits=tuple(_init_shape(each, policy) for each in spec.get("initContainers") or []),
        mains=tuple(
            ContainerShape(each["name"], Role.MAIN, each.get("restartPolicy") or policy, each)
            for each in spec.get("containers") or []
        ),
        grace_s=float(spec.get("terminationGracePeriodSeconds", 30)),
    )


def _init_shape(wire: Object, pod_policy: str) -> ContainerShape:
    own = wire.get("restartPolicy")
    if own == "Always":
        return ContainerShape(wire["name"], Role.SIDECAR, "Always", wire)
    return ContainerShape(wire["name"], Role.INIT, own or pod_policy, wire)


@dataclass(frozen=True, slots=True)
class Termination:
    """How one start of a container ended."""

    exit_code: int
    reason: str  # Completed, Error, OOMKilled, StartError, Unknown, ...
    message: str = ""
    signal: int = 0
    started_at: float = 0.0
    finished_at: float = 0.0
    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Stopping:
    """A container on its way down; see `shutdown`."""

    began_at: float
    grace_s: float
    hook: Hook = Hook.NONE
    term_sent_at: float | None = None
    kill_sent: bool = False


@dataclass(frozen=True, slots=True)
class ContainerState:
    """What is known of one container of a pod."""

    phase: Phase = Phase.WAITING
    # Why it waits: ContainerCreating, ImagePullBackOff, CrashLoopBackOff, ...
    waiting_reason: str = ""
    waiting_message: str = ""
    # Not to be tried again before; 0: at once.
    retry_at: float = 0.0
    attempt: int = 0  # restarts so far
    next_attempt: int = 0  # the number that the next start will have
    crashes: int = 0  # restarts in a row, for the back-off
    image_failures: int = 0  # pulls that failed in a row
    container_id: str = ""
    image: str = ""
    image_id: str = ""
    started_at: float = 0.0
    post_start: Hook = Hook.NONE
    started: bool = False  # its startup probe has succeeded, or it has none
    ready: bool = False
    has_been_started: bool = False  # in any attempt: what opens the way for the next init container
    stopping: Stopping | None = None
    # It was stopped so that it runs afresh (a probe, another image): its exit code says nothing.
    must_restart: bool = False
    ended: Termination | None = None  # of this attempt, when EXITED
    last: Termination | None = None  # of the attempt before

    @property
    def is_under_way(self) -> bool:
        """Is starting or running."""
        return self.phase in {Phase.STARTING, Phase.RUNNING}

    @property
    def is_settled(self) -> bool:
        """Runs, and its postStart hook (if any) has returned."""
        return self.phase is Phase.RUNNING and self.post_start is not Hook.RUNNING


@dataclass(frozen=True, slots=True)
class Stop:
    """The pod is to stop. `grace_s` counts from `began_at`."""

    reason: str  # Deleted, Vanished, DeadlineExceeded
    began_at: float
    grace_s: float


@dataclass(frozen=True, slots=True)
class PodState:
    """What is known of a pod on this node."""

    stage: Stage = Stage.ABSENT
    retry_at: float = 0.0  # of the sandbox or the volumes
    ip: str = ""
    started_at: float = 0.0  # when this kubelet first saw the pod
    containers: MappingProxyType[str, ContainerState] = field(
        default_factory=lambda: MappingProxyType({})
    )
    stop: Stop | None = None

    def of(self, shape: ContainerShape) -> ContainerState:
        """The state of that container."""
        return self.containers.get(shape.name) or ContainerState()
