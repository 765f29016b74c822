"""The life of a pod on its node: from what is known of it to what is to be done next.

Does: plans sandbox, containers in their order, restarts, terminations and the end, one step a call.
Does not: run anything, and does not write the status (`status` tells what is).
Holds:
- nothing is planned twice: an action's beginning is part of the state the next call sees;
- regular init containers run one after the other; a sidecar opens the way once it has started;
- main containers are started one after the other, a postStart hook holding up the next one;
- a pod that is to stop starts nothing any more, and ends in `Finish` whatever its containers do.

    ABSENT -SetUp-> MAKING -> READY -TearDown-> REMOVING -> GONE -Finish-> (forgotten)
    WAITING -StartContainer-> STARTING -> RUNNING -> EXITED -(restart)-> WAITING ...
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Phase,
    PodShape,
    PodState,
    Role,
    Stage,
)
from seatrial.kubelet.restarts import restarts
from seatrial.kubelet.shutdown import (
    FINAL_STOPS,
    Step,
    WaitUntil,
    is_its_turn,
    next_step,
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """Make volumes and sandbox, and give the pod its address."""


@dataclass(frozen=True, slots=True)
class StartContainer:
    """Start the container's next attempt."""

    name: str


@dataclass(frozen=True, slots=True)
class AbandonStart:
    """The container is on its way up, and is no longer wanted."""

    name: str


@dataclass(frozen=True, slots=True)
class BeginStop:
    """Put the container on its way down, with the pod's grace period."""

    name: str
    grace_s: float


@dataclass(frozen=True, slots=True)
class StopStep:
    """The next step of a container that is on its way down."""

    name: str
    step: Step


@dataclass(frozen=True, slots=True)
class TearDown:
    """Remove sandbox, address and volumes."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing of a deleted pod is left: say so, and let the object go."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Plan again at `at`, if nothing happens before."""

    at: float


Action = (
    SetUp | StartContainer | AbandonStart | BeginStop | StopStep | TearDown | Finish | LookAgain
)


def plan(shape: PodShape, seen: PodState, *, now: float) -> tuple[Action, ...]:
    """What to do now; LookAgain (at most one, the earliest) when time alone will change it."""
    stops = tuple(_container_stops(shape, seen, now))
    if seen.stop is not None or is_finished(shape, seen):
        return _collapse((*stops, *_ending(shape, seen)))
    if seen.stage is Stage.ABSENT:
        return (SetUp(),) if now >= seen.retry_at else (LookAgain(seen.retry_at),)
    if seen.stage is not Stage.READY:
        return ()
    return _collapse((*stops, *_starts(shape, seen, now)))


def is_finished(shape: PodShape, seen: PodState) -> bool:
    """Has the pod come to an end of its own? Every main ended for good, or an init container did
    in vain.
    """
    if any(_failed_for_good(each, seen.of(each)) for each in shape.inits):
        return True
    return bool(shape.mains) and all(_ended_for_good(each, seen.of(each)) for each in shape.mains)


def is_initialized(shape: PodShape, seen: PodState) -> bool:
    """Have all init containers ended well, and all sidecars started?"""
    return all(_has_passed(each, seen.of(each)) for each in shape.inits)


def _ended_for_good(shape: ContainerShape, state: ContainerState) -> bool:
    return (
        state.phase is Phase.EXITED
        and state.ended is not None
        and not state.must_restart
        and not restarts(shape, state.ended.exit_code)
    )


def _failed_for_good(shape: ContainerShape, state: ContainerState) -> bool:
    if shape.role is not Role.INIT or state.ended is None:
        return False
    return state.ended.exit_code != 0 and _ended_for_good(shape, state)


def _has_passed(shape: ContainerShape, state: ContainerState) -> bool:
    if shape.role is Role.SIDECAR:
        return state.has_been_started
    return state.phase is Phase.EXITED and state.ended is not None and state.ended.exit_code == 0


def _starts(shape: PodShape, seen: PodState, now: float) -> Iterator[Action]:
    """Starts of init containers up to the first that has not passed, then of mains."""
    for each in shape.inits:
        state = seen.of(each)
        passed = _has_passed(each, state)
        if not (passed and each.role is Role.INIT):
            yield from _start(each, state, now)
        if not passed:
            return
    for each in shape.mains:
        state = seen.of(each)
        started = tuple(_start(each, state, now))
        yield from started
        if StartContainer(each.name) in started or _holds_up_the_next(state):
            return


def _holds_up_the_next(state: ContainerState) -> bool:
    if state.stopping is not None:
        return False
    return state.phase is Phase.STARTING or (state.phase is Phase.RUNNING and not state.is_settled)


def _start(shape: ContainerShape, state: ContainerState, now: float) -> Iterator[Action]:
    if state.is_under_way:
        return
    if _ended_for_good(shape, state):
        return
    if now >= state.retry_at:
        yield StartContainer(shape.name)
    else:
        yield LookAgain(state.retry_at)


def _container_stops(shape: PodShape, seen: PodState, now: float) -> Iterator[Action]:
    """Steps of every container that is on its way down."""
    for each in shape.all:
        state = seen.of(each)
        if state.phase is not Phase.RUNNING or state.stopping is None:
            continue
        # Alone on its way down (a probe's or a hook's doing), a container waits for nobody.
        turn = not _is_ending(shape, seen) or is_its_turn(shape, seen, each)
        step = next_step(state.stopping, has_pre_stop=each.has_pre_stop, turn=turn, now=now)
        if isinstance(step, WaitUntil):
            if step.at is not None:
                yield LookAgain(step.at)
            continue
        yield StopStep(each.name, step)


def _is_ending(shape: PodShape, seen: PodState) -> bool:
    return seen.stop is not None or is_finished(shape, seen)


def _ending(shape: PodShape, seen: PodState) -> Iterator[Action]:
    """The way out: every container down, then the sandbox, then the object."""
    for each in shape.all:
        state = seen.of(each)
        if state.phase is Phase.STARTING:
            yield AbandonStart(each.name)
        elif state.phase is Phase.RUNNING and state.stopping is None:
            yield BeginStop(each.name, seen.stop.grace_s if seen.stop else shape.grace_s)
    alive = any(seen.of(each).is_under_way for each in shape.all)
    if alive:
        return
    if seen.stage is Stage.READY:
        yield TearDown()
    is_out = seen.stage in {Stage.ABSENT, Stage.GONE}
    if is_out and seen.stop is not None and seen.stop.reason in FINAL_STOPS:
        yield Finish()


def _collapse(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The actions with only the earliest of their LookAgains, last."""
    looks = [each.at for each in actions if isinstance(each, LookAgain)]
    others = tuple(each for each in actions if not isinstance(each, LookAgain))
    return (*others, LookAgain(min(looks))) if looks else others
