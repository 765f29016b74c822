"""SEA302, `in-flight`: whatever a pod has taken when SIGTERM comes is answered.

Pods are deleted one after the other, endpoint propagation delayed as long as must be survived,
under every kind of traffic at once: new and kept-alive connections, answers that take long,
connections on which nothing was said yet, half-sent heads, slow bodies. It goes on until
`requests_min` requests were made.
"""

from seatrial.findings.model import Figure, Finding, Verdict
from seatrial.trials.advice import advise
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.stop_one import GONE_MARGIN_S
from seatrial.trials.checks.in_flight import by_kind, under_way
from seatrial.trials.checks.lost_requests import Losses, account, measured
from seatrial.trials.checks.stopping import Stop, read_stops
from seatrial.trials.scenario import (
    AwaitAvailable,
    AwaitGone,
    Delete,
    HoldBack,
    Scenario,
    Settle,
    Step,
)
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.plan import in_flight_lanes
from seatrial.trials.world import World

# One goes, one stays.
REPLICAS = 2
# Until as much is under way as ever will be.
BUILD_UP_S = 2.0
# After the rules let go: whoever was sent there last is answered or not.
AFTER_S = 1.5


def next_steps(subject: Subject, world: World, round_: int) -> tuple[Step, ...]:
    """Delete one pod after the other until enough requests were made."""
    if round_ and len(measured(world)) >= _wanted(subject):
        return ()
    needed_s = subject.budgets.needed_drain_s
    return (
        *((HoldBack(needed_s),) if round_ == 0 else ()),
        Settle(BUILD_UP_S),
        Delete(),
        Settle(needed_s + AFTER_S, words="watch what is under way"),
        AwaitGone(subject.grace_period_s + GONE_MARGIN_S),
        AwaitAvailable(),
    )


def lacks(subject: Subject) -> str:
    """Without a path that takes long nothing is under way for long."""
    if subject.target is None or subject.target.traffic.slow_path:
        return ""
    return 'no slow_path is declared in [traffic] of seatrial.toml, such as slow_path = "/report"'


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when anything was lost; UNKNOWN when nothing was under way, or too little was asked."""
    losses, begun = account(world, subject), under_way(world)
    stops = read_stops(world, subject.grace_period_s)
    figures: dict[str, Figure] = {
        "sent": losses.counts.sent,
        "lost": losses.counts.lost,
        "in_flight_at_deletion": begun,
        **{kind.replace("-", "_"): count for kind, count in by_kind(world).items()},
        **_ends(stops),
    }
    return Finding(
        code="SEA302",
        verdict=_verdict(losses, begun=begun, wanted=_wanted(subject)),
        object=subject.object,
        summary=_told(losses, begun=begun, wanted=_wanted(subject)),
        trial="in-flight",
        figures=figures,
        causes=losses.causes,
        advice=advise(losses.keys, subject),
        place=subject.place,
    )


def _wanted(subject: Subject) -> int:
    return subject.target.traffic.requests_min if subject.target else 0


def _ends(stops: tuple[Stop, ...]) -> dict[str, Figure]:
    took = [stop.term_to_exit_s for stop in stops if stop.term_to_exit_s is not None]
    codes = [float(stop.exit_code) for stop in stops if stop.exit_code is not None]
    return {
        "pods_deleted": len(stops),
        "exit_codes": tuple(codes),
        "slowest_exit_s": max(took, default=None),
    }


def _verdict(losses: Losses, *, begun: int, wanted: int) -> Verdict:
    is_enough = begun and losses.counts.sent >= wanted
    return losses.verdict if is_enough or losses.counts.lost else Verdict.UNKNOWN


def _told(losses: Losses, *, begun: int, wanted: int) -> str:
    few = f"; {wanted} were wanted (raise rate_per_s)" if losses.counts.sent < wanted else ""
    return f"{losses.told}{few}; {begun or 'none'} in flight at a deletion"


IN_FLIGHT = Trial(
    name="in-flight",
    code="SEA302",
    summary="delete pods while slow requests are under way",
    scenario=Scenario(
        name="in-flight",
        next_steps=next_steps,
        replicas=lambda _subject: REPLICAS,
        lanes=in_flight_lanes,
    ),
    judge=judge,
    lacks=lacks,
)
