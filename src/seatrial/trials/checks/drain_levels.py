"""Which endpoint propagation delays the application survived. Pure.

One deletion, many clocks: each clone of the Service has a delay of its own, so one deleted pod
tries all delays at once. A clone that lost a request to that pod did not survive its delay; nor
did one whose rules still held the pod after its listener had closed, though no request came then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.trials.checks.lost_requests import measured
from seatrial.trials.explain import reason_of
from seatrial.trials.traffic.outcome import Request
from seatrial.trials.traffic.plan import CLONE_PATIENCE_S
from seatrial.trials.world import World

LEVELS_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
# Traffic goes on for so long after the last clone let go: a client's patience, and a little.
AFTER_S = CLONE_PATIENCE_S + 0.3
# Two journals stamp one after the other; less than this between two moments is nothing.
EXPOSED_S = 0.02
# A bracket narrower than this is not searched further: the traffic would not show the difference.
RESOLUTION_S = 0.25


@dataclass(frozen=True, slots=True)
class Level:
    """One delay that was tried."""

    delay_s: float
    sent: int
    lost: int
    # How long the clone's rules still held the pod after its listener had closed; None: not seen.
    exposed_s: float | None = None

    @property
    def is_lossy(self) -> bool:
        """Did it lose requests, or would it have lost any that had come?"""
        return self.lost > 0 or (self.exposed_s or 0.0) > EXPOSED_S


@dataclass(frozen=True, slots=True)
class Bracket:
    """`tolerated_s` was survived, `lossy_s` was not; None when every delay was survived."""

    tolerated_s: float
    lossy_s: float | None

    @property
    def resolution_s(self) -> float:
        """How exactly the answer is known."""
        return 0.0 if self.lossy_s is None else self.lossy_s - self.tolerated_s


def levels_for(needed_s: float) -> tuple[float, ...]:
    """The delays of the first deletion: up to 10 s, or to what is needed where that is more."""
    return (*LEVELS_S[:-1], max(LEVELS_S[-1], needed_s))


def read_levels(world: World) -> tuple[Level, ...]:
    """Every delay that was tried, with what its clone lost to the deleted pod."""
    levels: list[Level] = []
    requests = measured(world)
    for start, end, pod, levels_s, services in _rounds(world):
        for delay_s, service in zip(levels_s, services, strict=True):
            of_clone = [r for r in requests if r.target == service and start <= r.started < end]
            lost = [r for r in of_clone if r.is_lost and _is_due_to(world, r, pod)]
            exposed_s = _exposed_s(world, pod, service, until=end)
            levels.append(Level(delay_s, len(of_clone), len(lost), exposed_s))
    return tuple(levels)


def bracket_of(levels: Sequence[Level]) -> Bracket:
    """Where between the delays the tolerance lies."""
    lossy = min((level.delay_s for level in levels if level.is_lossy), default=None)
    survived = [
        level.delay_s
        for level in levels
        if level.sent and not level.is_lossy and (lossy is None or level.delay_s < lossy)
    ]
    return Bracket(max(survived, default=0.0), lossy)


def refine(bracket: Bracket, count: int = len(LEVELS_S)) -> tuple[float, ...]:
    """The next delays to try, evenly inside the bracket; () when it is narrow enough or open."""
    if bracket.lossy_s is None or bracket.lossy_s == 0 or bracket.resolution_s <= RESOLUTION_S:
        return ()
    step = bracket.resolution_s / (count + 1)
    return tuple(round(bracket.tolerated_s + step * (n + 1), 3) for n in range(count))


def _exposed_s(world: World, pod: str, service: str, *, until: float) -> float | None:
    life = next((each for each in world.ours if each.name == pod), None)
    closed = life.listener_closed if life else None
    if life is None or closed is None or closed > until:
        return None
    left = life.left_rules_after(closed, service)
    return None if left is None else left - closed


Round = tuple[float, float, str, list[float], list[str]]


def _rounds(world: World) -> list[Round]:
    """Start, end, deleted pod, delays and services of each deletion."""
    rounds: list[Round] = []
    levels_s: list[float] = []
    services: list[str] = []
    for index, step in enumerate(world.steps):
        if step.facts["step"] == "delay":
            levels_s, services = list(step.facts["levels_s"]), list(step.facts["services"])
        elif step.facts["step"] == "delete":
            later = [each.at for each in world.steps[index + 1 :]]
            end = min(later, default=float("inf"))
            rounds.append((step.at, end, str(step.facts["pod"]), levels_s, services))
    return rounds


def _is_due_to(world: World, request: Request, pod: str) -> bool:
    return pod in reason_of(world, request).pods
