"""SEA301, `drain-tolerance`: the largest endpoint propagation delay that loses nothing.

On a real cluster, nodes learn seconds later than the pod itself that it is to end. Locally both
take milliseconds and every application looks fine. Here one pod is deleted while six clones of the
Service each hear of it later than the one before; a second deletion searches inside the bracket.
"""

from seatrial.api.kinds import ENDPOINT_PROPAGATION_DELAY
from seatrial.findings.model import Finding, Verdict
from seatrial.trials.advice import drain_window
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.checks.drain_levels import (
    AFTER_S,
    LEVELS_S,
    Bracket,
    bracket_of,
    levels_for,
    read_levels,
    refine,
)
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.scenario import AwaitAvailable, Delay, Delete, Scenario, Settle, Step
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.plan import clone_lanes
from seatrial.trials.world import World

ROUNDS = 2
# One goes, one stays: half of all requests tell.
REPLICAS = 2
# After healing, rules and new pods come to rest.
REST_S = 1.5


def next_steps(subject: Subject, world: World, round_: int) -> tuple[Step, ...]:
    """First the coarse delays, then those inside the bracket that they left."""
    if round_ == 0:
        return _one_deletion(levels_for(subject.budgets.needed_drain_s))
    finer = refine(bracket_of(read_levels(world))) if round_ < ROUNDS else ()
    if not finer:
        return ()
    none = (0.0,) * len(LEVELS_S)
    return (
        Delay(none, words="heal the delays"),
        AwaitAvailable(),
        Settle(REST_S, words="let the rules come to rest"),
        *_one_deletion(finer),
    )


def _one_deletion(levels_s: tuple[float, ...]) -> tuple[Step, ...]:
    told = ", ".join(f"{level:.3g}" for level in levels_s)
    return (
        Delay(levels_s, words=f"delay endpoint propagation by {told} s"),
        Delete(),
        Settle(max(levels_s) + AFTER_S, words=f"watch which delays lose requests ({told} s)"),
    )


def judge(subject: Subject, world: World) -> Finding:
    """FAIL below the needed delay, PASS at or above it."""
    levels = read_levels(world)
    bracket = bracket_of(levels)
    needed_s = subject.budgets.needed_drain_s
    losses = account(world, subject)
    is_enough = bracket.tolerated_s >= needed_s
    verdict = Verdict.PASS if is_enough else Verdict.FAIL
    if not any(level.sent for level in levels):
        verdict = Verdict.UNKNOWN
    return Finding(
        code="SEA301",
        verdict=verdict,
        object=subject.object,
        summary=_told(bracket, needed_s),
        trial="drain-tolerance",
        figures={
            "tolerated_s": round(bracket.tolerated_s, 2),
            "needed_s": needed_s,
            "resolution_s": round(bracket.resolution_s, 2),
            "levels_s": tuple(level.delay_s for level in levels),
            "levels_lost": tuple(float(level.lost) for level in levels),
        },
        causes=losses.causes,
        advice=(drain_window(subject),) if verdict is Verdict.FAIL else (),
        place=subject.place,
    )


def _told(bracket: Bracket, needed_s: float) -> str:
    at_least = "at least " if bracket.lossy_s is None else ""
    return (
        f"tolerates {at_least}{bracket.tolerated_s:.1f} s of endpoint propagation;"
        f" needs {needed_s:g} s"
    )


DRAIN_TOLERANCE = Trial(
    name="drain-tolerance",
    code="SEA301",
    summary="delete pods while endpoint propagation is delayed",
    scenario=Scenario(
        name="drain-tolerance",
        next_steps=next_steps,
        replicas=lambda _subject: REPLICAS,
        lanes=clone_lanes,
        clones=len(LEVELS_S),
        faults=(ENDPOINT_PROPAGATION_DELAY.plural,),
    ),
    judge=judge,
)
