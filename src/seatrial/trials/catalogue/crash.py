"""SEA701, `crash`: kill the main process of a pod, twice; it must come back, and cost little.

What dies with a process that is killed on purpose no application can save: requests in flight, and
those that are sent to it before the cluster can know. They are counted apart. Everything lost
beyond that, most of all after the restart, is the application's.
"""

from seatrial.api.kinds import CONTAINER_KILL
from seatrial.findings.model import Advice, Finding, Verdict
from seatrial.kit.text import plural
from seatrial.trials.advice import advise
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.checks.lost_requests import Losses, account
from seatrial.trials.scenario import AwaitBack, Kill, Scenario, Settle, in_order
from seatrial.trials.subject import Subject
from seatrial.trials.world import PodLife, World

KILLS = 2
WATCHED_S = 1.5


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when more was lost than need be, or the pod came back too late or not at all."""
    losses = account(world, subject)
    victim = _victim(world)
    restarts = victim.runs[1:] if victim else []
    to_ready = tuple(_to_ready_s(victim, run.started) for run in restarts) if victim else ()
    backoff = tuple(
        round(after.started - before.ended, 2)
        for before, after in zip(victim.runs if victim else (), restarts, strict=False)
        if before.ended is not None
    )
    known = tuple(each for each in to_ready if each is not None)
    slowest = max(known, default=None)
    limit_s = subject.budgets.restart_to_ready_s
    is_late = slowest is not None and slowest > limit_s
    is_back = len(known) >= KILLS
    return Finding(
        code="SEA701",
        verdict=_verdict(losses, is_back=is_back, is_late=is_late),
        object=subject.object,
        summary=_told(losses, restarts=len(restarts), slowest=slowest, is_back=is_back),
        trial="crash",
        figures={
            "sent": losses.counts.sent,
            "lost": losses.counts.lost,
            "excused": losses.counts.excused,
            "kills": KILLS,
            "restart_to_ready_s": known,
            "backoff_s": backoff,
        },
        causes=losses.causes,
        advice=advise(losses.keys, subject) + (_shorter_start(limit_s) if is_late else ()),
        place=subject.place,
    )


def _victim(world: World) -> PodLife | None:
    name = next((s.facts.get("pod") for s in world.steps if s.facts["step"] == "kill"), None)
    return next((pod for pod in world.ours if pod.name == name), None)


def _to_ready_s(pod: PodLife, started: float) -> float | None:
    """From that start to the next news of Ready; None when it never came."""
    after = [span.start for span in pod.ready if span.start >= started]
    return round(min(after) - started, 2) if after else None


def _verdict(losses: Losses, *, is_back: bool, is_late: bool) -> Verdict:
    return Verdict.FAIL if is_late or not is_back else losses.verdict


def _told(losses: Losses, *, restarts: int, slowest: float | None, is_back: bool) -> str:
    if not is_back:
        return f"{losses.told}; killed {KILLS} times, came back {plural(restarts, 'time')}"
    return f"{losses.told}; Ready again within {slowest:.1f} s of each restart"


def _shorter_start(limit_s: float) -> tuple[Advice, ...]:
    return (Advice(f"shorten the start: a restart should be Ready within {limit_s:g} s"),)


CRASH = Trial(
    name="crash",
    code="SEA701",
    summary="kill the main process, again and again",
    scenario=Scenario(
        name="crash",
        next_steps=in_order(
            Settle(0.5),
            Kill(),
            AwaitBack(words="wait for the first restart"),
            Settle(WATCHED_S, words="watch what follows"),
            Kill(words="kill it again"),
            AwaitBack(words="wait for the second restart, after the back-off"),
            Settle(WATCHED_S, words="watch what follows"),
        ),
        faults=(CONTAINER_KILL.plural,),
    ),
    judge=judge,
)
