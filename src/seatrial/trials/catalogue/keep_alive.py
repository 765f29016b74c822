"""SEA303, `keep-alive`: a connection that is kept is not closed without a word.

Clients that do not look before they ask, one request a second on each of twenty connections: each
is the request that crosses the server's close. A server that says `Connection: close` in its last
answer before it closes loses none; one that closes idle connections on SIGTERM loses one each.
What new connections lose meanwhile is for other trials to judge.
"""

from seatrial.findings.model import Finding, Verdict
from seatrial.kit.text import plural
from seatrial.trials.advice import advise
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.stop_one import GONE_MARGIN_S
from seatrial.trials.checks.in_flight import Idle, by_kind, kept_connections
from seatrial.trials.checks.lost_requests import Losses, account
from seatrial.trials.scenario import AwaitGone, Delete, Scenario, Settle, Step
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.outcome import KEPT
from seatrial.trials.traffic.plan import IDLE_S, idle_lanes
from seatrial.trials.world import World

REPLICAS = 2
# Every connection has been used again, and most of them twice.
WATCHED_S = 2 * IDLE_S + 0.5


def next_steps(subject: Subject, _world: World, round_: int) -> tuple[Step, ...]:
    """Delete one pod and go on asking until it is gone, and a little longer."""
    if round_:
        return ()
    return (
        Settle(2 * IDLE_S),
        Delete(),
        Settle(WATCHED_S, words="watch the next request on each connection"),
        AwaitGone(subject.grace_period_s + GONE_MARGIN_S),
        Settle(IDLE_S, words="watch what follows"),
    )


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when anything was lost; PASS too when the server keeps no connection at all."""
    losses, idle = account(world, subject), kept_connections(world)
    is_kept = "idle" in by_kind(world)
    return Finding(
        code="SEA303",
        verdict=_verdict(losses, idle, is_kept=is_kept),
        object=subject.object,
        summary=_told(losses, idle, is_kept=is_kept),
        trial="keep-alive",
        figures={
            "sent": losses.counts.sent,
            "lost": losses.counts.lost,
            "kept_at_deletion": idle.kept,
            "told_to_close": idle.told,
        },
        causes=losses.causes,
        advice=advise(losses.keys, subject),
        place=subject.place,
    )


def _verdict(losses: Losses, idle: Idle, *, is_kept: bool) -> Verdict:
    if losses.verdict is Verdict.PASS and is_kept and not idle.kept:
        return Verdict.UNKNOWN
    return losses.verdict


def _told(losses: Losses, idle: Idle, *, is_kept: bool) -> str:
    if not is_kept:
        return f"{losses.told}; this server keeps no connection alive"
    kept = plural(idle.kept, "kept connection")
    return f"{losses.told}; {kept} at the deletion, {idle.told} told to close"


KEEP_ALIVE = Trial(
    name="keep-alive",
    code="SEA303",
    summary="delete a pod that has idle connections",
    scenario=Scenario(
        name="keep-alive",
        next_steps=next_steps,
        replicas=lambda _subject: REPLICAS,
        lanes=idle_lanes,
        judged=KEPT,
    ),
    judge=judge,
)
