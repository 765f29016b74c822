"""A scenario as a value: how the stage is set, and which steps are taken. Pure.

Does: holds the steps a trial is made of; each says in plain words what it does.
Does not: take them (that is `runner.py`).
Holds: a step that injects a fault has its healing in the runner's clean-up; every wait has a limit.
A scenario is asked for its next steps with the book so far, until it has none: so a later round can
depend on what an earlier one showed, and two trials with one scenario share one voyage.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from seatrial.trials.subject import Subject, Target
from seatrial.trials.traffic.plan import Lane, lanes_of
from seatrial.trials.world import World


@dataclass(frozen=True, slots=True)
class Settle:
    """Let traffic run."""

    for_s: float
    words: str = "let traffic run"


@dataclass(frozen=True, slots=True)
class Scale:
    """Change the number of replicas and wait until the new ones are available."""

    by: int
    limit_s: float = 60.0
    words: str = "scale up"


@dataclass(frozen=True, slots=True)
class Restart:
    """Roll every pod, as `kubectl rollout restart` does, until all is new and the old is gone."""

    limit_s: float = 120.0
    words: str = "roll out a new version"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the oldest Ready pod, gracefully."""

    words: str = "delete a pod"


@dataclass(frozen=True, slots=True)
class AwaitGone:
    """Wait until no pod is terminating any more."""

    limit_s: float
    words: str = "wait until it is gone"


@dataclass(frozen=True, slots=True)
class AwaitAvailable:
    """Wait until the Deployment is whole again."""

    limit_s: float = 60.0
    words: str = "wait until all replicas are available"


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill the main process of one pod; the same pod each time."""

    words: str = "kill the main process of a pod"


@dataclass(frozen=True, slots=True)
class AwaitBack:
    """Wait until the killed container runs again and its pod is Ready."""

    limit_s: float = 45.0
    words: str = "wait until it is back"


@dataclass(frozen=True, slots=True)
class Delay:
    """Give each clone of the Service its own endpoint propagation delay, in seconds."""

    levels_s: tuple[float, ...]
    words: str = "delay endpoint propagation"


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Endpoint changes of the Service itself come so much later; left out where no cluster can."""

    delay_s: float

    @property
    def words(self) -> str:
        """What is done."""
        return f"delay endpoint propagation by {self.delay_s:g} s"


@dataclass(frozen=True, slots=True)
class EndTraffic:
    """No more requests; what follows is not about them."""

    words: str = "end the traffic"


Step = (
    EndTraffic
    | Settle
    | Scale
    | Restart
    | Delete
    | AwaitGone
    | AwaitAvailable
    | Kill
    | AwaitBack
    | Delay
    | HoldBack
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One voyage. `next_steps` is asked with the round (from 0) until it answers ()."""

    name: str
    next_steps: Callable[[Subject, World, int], tuple[Step, ...]]
    replicas: Callable[[Subject], int] = lambda subject: subject.replicas
    # "baseline": only to know that the application serves, where there is a Service to ask.
    traffic: Literal["needed", "baseline"] = "needed"
    # What is asked of the Service, or of each of its copies.
    lanes: Callable[[Target], list[Lane]] = lanes_of
    # Kinds of requests that count; what others lose is told, and left to other trials. (): all.
    judged: tuple[str, ...] = ()
    # Copies of the Service that are driven instead of the Service itself; 0: none.
    clones: int = 0
    # Plurals of our faults group that it cannot do without.
    faults: tuple[str, ...] = ()


def in_order(*steps: Step) -> Callable[[Subject, World, int], tuple[Step, ...]]:
    """The plan of a scenario that always goes the same way."""

    def next_steps(_subject: Subject, _world: World, round_: int) -> tuple[Step, ...]:
        return steps if round_ == 0 else ()

    return next_steps


def clone_name(service: str, number: int) -> str:
    """The name of a Service's clone."""
    return f"{service}-delay-{number}"[-63:].lstrip("-")
