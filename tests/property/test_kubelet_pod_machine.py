"""The pod machine against a world that does whatever it likes: safety and liveness of its plans."""

from dataclasses import replace
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Hook,
    Phase,
    PodShape,
    PodState,
    Role,
    Stage,
    Stop,
    Stopping,
    Termination,
)
from seatrial.kubelet.pod_machine import (
    AbandonStart,
    Action,
    BeginStop,
    Finish,
    LookAgain,
    SetUp,
    StartContainer,
    StopStep,
    TearDown,
    is_finished,
    is_initialized,
    plan,
)
from seatrial.kubelet.shutdown import MINIMUM_GRACE_S, RunPreStop, SendKill, SendTerm

LOOKS_MAX = 400  # more than any of these pods needs to its end


class Body:
    """Carries out plans as the worker does, at once, and checks each action as it comes."""

    def __init__(self, shape: PodShape) -> None:
        self.shape = shape
        self.seen = PodState()
        self.now = 0.0
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.is_over = False

    def change(self, name: str, **fields: object) -> None:
        state = replace(self.seen.containers.get(name) or ContainerState(), **fields)  # type: ignore[arg-type]
        states = MappingProxyType({**self.seen.containers, name: state})
        self.seen = replace(self.seen, containers=states)

    def state(self, name: str) -> ContainerState:
        return self.seen.containers.get(name) or ContainerState()

    def shape_named(self, name: str) -> ContainerShape:
        return next(each for each in self.shape.all if each.name == name)

    def look(self) -> tuple[Action, ...]:
        """One plan, carried out."""
        actions = plan(self.shape, self.seen, now=self.now)
        assert len([each for each in actions if isinstance(each, LookAgain)]) <= 1
        for action in actions:
            self.do(action)
        return actions

    def do(self, action: Action) -> None:
        before = self.seen
        if isinstance(action, SetUp):
            assert before.stage is Stage.ABSENT
            self.seen = replace(before, stage=Stage.READY)
        elif isinstance(action, StartContainer):
            self.start(action.name)
        elif isinstance(action, AbandonStart):
            assert self.state(action.name).phase is Phase.STARTING
            self.change(action.name, phase=Phase.WAITING)
        elif isinstance(action, BeginStop):
            assert self.state(action.name).stopping is None
            self.change(action.name, stopping=Stopping(self.now, action.grace_s))
        elif isinstance(action, StopStep):
            self.step(action)
        elif isinstance(action, TearDown):
            assert not any(each.phase is Phase.RUNNING for each in before.containers.values())
            self.seen = replace(before, stage=Stage.GONE)
        elif isinstance(action, Finish):
            assert before.stage in {Stage.ABSENT, Stage.GONE}
            self.is_over = True
        else:
            assert isinstance(action, LookAgain)
            assert action.at > self.now

    def start(self, name: str) -> None:
        state, shape = self.state(name), self.shape_named(name)
        assert state.phase in {Phase.WAITING, Phase.EXITED}, "never started twice"
        assert self.seen.stop is None, "nothing starts in a pod that stops"
        assert self.seen.stage is Stage.READY
        if shape.role is Role.MAIN:
            assert is_initialized(self.shape, self.seen), "mains wait for init containers"
        else:
            earlier = self.shape.inits[: self.shape.inits.index(shape)]
            for each in earlier:
                other = self.state(each.name)
                if each.role is Role.SIDECAR:
                    assert other.has_been_started
                else:
                    assert other.ended is not None
                    assert other.ended.exit_code == 0
        self.started.append(name)
        self.change(name, phase=Phase.STARTING)

    def step(self, action: StopStep) -> None:
        state = self.state(action.name)
        stopping = state.stopping
        assert stopping is not None
        if isinstance(action.step, RunPreStop):
            assert stopping.hook is Hook.NONE
            assert stopping.grace_s > 0
            self.change(action.name, stopping=replace(stopping, hook=Hook.RUNNING))
        elif isinstance(action.step, SendTerm):
            assert stopping.term_sent_at is None
            self.check_order(action.name)
            self.change(action.name, stopping=replace(stopping, term_sent_at=self.now))
        elif isinstance(action.step, SendKill):
            assert stopping.term_sent_at is not None
            assert self.now >= stopping.term_sent_at + MINIMUM_GRACE_S
            # SIGKILL is not refused.
            self.exit(action.name, 137)

    def check_order(self, name: str) -> None:
        """TERM to a sidecar inside its grace period: mains and later sidecars are down."""
        shape, stopping = self.shape_named(name), self.state(name).stopping
        if shape.role is not Role.SIDECAR or stopping is None or self.seen.stop is None:
            return
        if self.now >= stopping.began_at + stopping.grace_s:
            return
        later = self.shape.sidecars[self.shape.sidecars.index(shape) + 1 :]
        for each in (*self.shape.mains, *later):
            assert self.state(each.name).phase is not Phase.RUNNING

    def come_up(self, name: str) -> None:
        self.change(name, phase=Phase.RUNNING, has_been_started=True, started=True, ended=None,
                    stopping=None, post_start=Hook.DONE)  # fmt: skip

    def exit(self, name: str, code: int) -> None:
        self.stopped.append(name)
        ended = Termination(code, "Error", finished_at=self.now)
        self.change(name, phase=Phase.EXITED, ended=ended, stopping=None, retry_at=self.now + 10)


def _shape(draw: st.DrawFn) -> PodShape:
    policy = draw(st.sampled_from(["Always", "OnFailure", "Never"]))
    hook = {"lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}
    wires = st.sampled_from([{}, hook])
    roles = draw(st.lists(st.sampled_from([Role.INIT, Role.SIDECAR]), max_size=3))
    inits = tuple(
        ContainerShape(
            f"init-{index}", role, "Always" if role is Role.SIDECAR else policy, draw(wires)
        )
        for index, role in enumerate(roles)
    )
    mains = tuple(
        ContainerShape(f"main-{index}", Role.MAIN, policy, draw(wires))
        for index in range(draw(st.integers(1, 3)))
    )
    return PodShape(inits, mains, grace_s=float(draw(st.integers(0, 40))))


shapes = st.composite(_shape)()
codes = st.sampled_from([0, 1, 143])


def wander(body: Body, data: st.DataObject, steps: int) -> None:
    """Let the pod live: containers come up, exit as they like, time passes."""
    for _ in range(steps):
        body.look()
        for name, state in list(body.seen.containers.items()):
            if state.phase is Phase.STARTING and data.draw(st.booleans()):
                body.come_up(name)
            elif state.phase is Phase.RUNNING and data.draw(st.integers(0, 4)) == 0:
                body.exit(name, data.draw(codes))
        body.now += data.draw(st.sampled_from([0.0, 0.5, 11.0]))


@given(shape=shapes, data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_containers_do_the_plans_keep_their_promises(
    shape: PodShape, data: st.DataObject
) -> None:
    body = Body(shape)
    wander(body, data, data.draw(st.integers(1, 25)))


@given(shape=shapes, data=st.data(), grace=st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_a_pod_that_is_asked_to_stop_comes_to_its_end_in_time(
    shape: PodShape, data: st.DataObject, grace: int
) -> None:
    body = Body(shape)
    wander(body, data, data.draw(st.integers(0, 15)))
    asked_at = body.now
    body.seen = replace(body.seen, stop=Stop("Deleted", body.now, float(grace)))
    for name, state in list(body.seen.containers.items()):
        if state.stopping is not None:
            body.change(name, stopping=replace(state.stopping, grace_s=0.0))
    # From here on nobody ends by himself, and time moves only where a plan asks for it.
    for _ in range(LOOKS_MAX):
        actions = body.look()
        if body.is_over:
            break
        looks = [each.at for each in actions if isinstance(each, LookAgain)]
        if looks and len(actions) == 1:
            body.now = looks[0]
    assert body.is_over
    levels = 1 + len(shape.sidecars)
    assert body.now - asked_at <= grace + MINIMUM_GRACE_S * levels + 1e-6


@given(shape=shapes)
@settings(max_examples=100, deadline=None)
def test_a_pod_whose_containers_do_well_has_everything_running_in_order(shape: PodShape) -> None:
    body = Body(shape)
    for _ in range(LOOKS_MAX):
        body.look()
        for name, state in list(body.seen.containers.items()):
            if state.phase is Phase.STARTING:
                body.come_up(name)
                if body.shape_named(name).role is Role.INIT:
                    body.exit(name, 0)
    assert body.started == [each.name for each in shape.all]
    assert not is_finished(shape, body.seen)
    mains = [body.state(each.name).phase for each in shape.mains]
    assert mains == [Phase.RUNNING] * len(mains)
