"""SEA101, `scale-up`: grow under load; no new pod may be sent a request before it can answer."""

from seatrial.findings.model import Finding
from seatrial.trials.advice import advise
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.scenario import Scale, Scenario, Settle, in_order
from seatrial.trials.subject import Subject
from seatrial.trials.world import World

ADDED_PODS = 2
# A slow start shows itself in the first seconds of the new pods.
WATCHED_S = 3.0


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when anything was lost; the age of the pods at each loss stands in the causes."""
    losses = account(world, subject)
    ages = [
        each.reason.figures["after_start_s"]
        for each in losses.explained
        if "after_start_s" in each.reason.figures
    ]
    return Finding(
        code="SEA101",
        verdict=losses.verdict,
        object=subject.object,
        summary=f"{losses.told} while adding {ADDED_PODS} pods",
        trial="scale-up",
        figures={
            "sent": losses.counts.sent,
            "lost": losses.counts.lost,
            "pods_added": ADDED_PODS,
            "oldest_refusing_s": round(max(ages), 3) if ages else 0.0,
        },
        causes=losses.causes,
        advice=advise(losses.keys, subject),
        place=subject.place,
    )


SCALE_UP = Trial(
    name="scale-up",
    code="SEA101",
    summary="grow under load",
    scenario=Scenario(
        name="scale-up",
        next_steps=in_order(
            Settle(1.0),
            Scale(ADDED_PODS, words=f"add {ADDED_PODS} pods"),
            Settle(WATCHED_S, words="watch the new pods' first requests"),
        ),
    ),
    judge=judge,
)
