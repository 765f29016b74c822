"""Which requests were lost, why, and whether the application could have helped it. Pure."""

from dataclasses import dataclass

from seatrial.findings.model import Cause, Verdict
from seatrial.trials.explain import Explained, explain_each, gather
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
        """FAIL when anything was lost that need not be; UNKNOWN without traffic."""
        if not self.counts.sent:
            return Verdict.UNKNOWN
        return Verdict.FAIL if self.counts.lost else Verdict.PASS

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the avoidable causes, the most frequent first."""
        return tuple(dict.fromkeys(cause.key for cause in self.causes if cause.is_avoidable))

    @property
    def told(self) -> str:
        """`lost 12 of 400 requests`."""
        counts = self.counts
        aside = f", {counts.unavoidable} more unavoidably" if counts.unavoidable else ""
        return f"lost {counts.lost} of {counts.sent} requests{aside}"


def measured(world: World) -> tuple[Request, ...]:
    """Requests that started after the calm before the first step."""
    since = world.moment("measure")
    if since is None:
        return ()
    return tuple(each for each in world.requests if each.started >= since)


def account(world: World) -> Losses:
    """Every measured request, counted; the lost ones explained and gathered."""
    requests = measured(world)
    explained = explain_each(world, requests)
    unavoidable = sum(not each.reason.is_avoidable for each in explained)
    counts = Counts(
        sent=len(requests),
        ok=len(requests) - len(explained),
        lost=len(explained) - unavoidable,
        unavoidable=unavoidable,
    )
    return Losses(counts, tuple(explained), gather(explained))
