"""The voyage that `sigterm` and `grace-budget` share: one pod is deleted and watched to its end."""

from seatrial.trials.scenario import AwaitGone, Delete, EndTraffic, Scenario, Step
from seatrial.trials.subject import Subject
from seatrial.trials.world import World

# What the cluster itself may need beyond the grace period.
GONE_MARGIN_S = 15


def next_steps(subject: Subject, _world: World, round_: int) -> tuple[Step, ...]:
    """Delete one pod and wait until it is gone."""
    if round_:
        return ()
    return (EndTraffic(), Delete(), AwaitGone(subject.grace_period_s + GONE_MARGIN_S))


STOP_ONE = Scenario(
    name="stop", next_steps=next_steps, replicas=lambda _subject: 1, traffic="baseline"
)
