"""Which requests were lost, why, and which of them count against the application. Pure.

Excused is what the trial took further than an application must survive: what died with a process
killed on purpose before the cluster could know, what was sent by rules that were held back longer
than the budget `needed_drain_s`, and kinds of requests that this voyage leaves to others. It is
told, and it is not blamed.
"""

from dataclasses import dataclass, replace

from seatrial.findings.model import Cause, Verdict
from seatrial.trials.explain import Explained, explain_each, gather
from seatrial.trials.questions import STOP_KEYS
from seatrial.trials.sentences import Reason
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.outcome import Counts, Request
from seatrial.trials.world import World


@dataclass(frozen=True, slots=True)
class Losses:
    """The account of one voyage's traffic."""

    counts: Counts
    explained: tuple[Explained, ...]
    causes: tuple[Cause, ...]

    @property
    def verdict(self) -> Verdict:
        """FAIL when anything was lost that is not excused; UNKNOWN without traffic."""
        if not self.counts.sent:
            return Verdict.UNKNOWN
        return Verdict.FAIL if self.counts.lost else Verdict.PASS

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the causes that count, the most frequent first."""
        return tuple(dict.fromkeys(cause.key for cause in self.causes if not cause.is_excused))

    @property
    def told(self) -> str:
        """`lost 12 of 400 requests, 3 more excused`."""
        counts = self.counts
        aside = f", {counts.excused} more excused" if counts.excused else ""
        return f"lost {counts.lost} of {counts.sent} requests{aside}"


def measured(world: World) -> tuple[Request, ...]:
    """Requests that started after the calm before the first step."""
    since = world.moment("measure")
    if since is None:
        return ()
    return tuple(each for each in world.requests if each.started >= since)


def account(world: World, subject: Subject) -> Losses:
    """Every measured request, counted; the lost ones explained and gathered."""
    requests = measured(world)
    needed_s = subject.budgets.needed_drain_s
    explained = tuple(
        _excuse(world, each, needed_s=needed_s) for each in explain_each(world, requests)
    )
    excused = sum(each.reason.is_excused for each in explained)
    counts = Counts(
        sent=len(requests) - excused,
        ok=len(requests) - len(explained),
        lost=len(explained) - excused,
        excused=excused,
    )
    return Losses(counts, explained, gather(explained))


def _excuse(world: World, each: Explained, *, needed_s: float) -> Explained:
    """Excuse what a stopping pod lost because rules were held back longer than is needed, and what
    other trials judge.
    """
    if not _is_judged(world, each.request):
        return replace(each, reason=replace(each.reason, is_excused=True))
    delay_s = delay_of(world, each.request)
    if delay_s <= needed_s or not _met_stopping_pod(world, each):
        return each
    figures = {**each.reason.figures, "delay_s": delay_s}
    return replace(each, reason=Reason("beyond-need", each.reason.pods, figures, is_excused=True))


def _is_judged(world: World, request: Request) -> bool:
    """Does the voyage count this kind of request?"""
    kinds = next((s.facts.get("judged") for s in world.steps if s.facts["step"] == "measure"), ())
    return not kinds or request.connection in kinds


def _met_stopping_pod(world: World, each: Explained) -> bool:
    if each.reason.key in STOP_KEYS:
        return True
    pod = world.pod_of(each.request)
    return pod is not None and pod.deleted is not None and pod.deleted <= each.request.ended


def delay_of(world: World, request: Request) -> float:
    """The propagation delay that the request's Service had, in seconds."""
    delay_s = 0.0
    for step in world.steps:
        if step.facts["step"] == "delay" and step.at <= request.started:
            levels = dict(zip(step.facts["services"], step.facts["levels_s"], strict=True))
            delay_s = float(levels.get(request.target, 0.0))
    return delay_s
