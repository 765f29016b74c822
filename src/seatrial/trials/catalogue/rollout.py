"""SEA201, `rollout`: replace every pod under load, as each release does; nothing may be lost."""

from seatrial.findings.model import Finding
from seatrial.kit.text import plural
from seatrial.trials.advice import advise
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.scenario import Restart, Scenario, Settle, in_order
from seatrial.trials.subject import Subject
from seatrial.trials.world import World


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when anything was lost."""
    losses = account(world, subject)
    began, ended = world.moment("rollout"), world.moment("end")
    took_s = round(ended - began, 1) if began is not None and ended is not None else None
    return Finding(
        code="SEA201",
        verdict=losses.verdict,
        object=subject.object,
        summary=f"{losses.told} while replacing {plural(subject.replicas, 'pod')}",
        trial="rollout",
        figures={
            "sent": losses.counts.sent,
            "lost": losses.counts.lost,
            "pods_replaced": subject.replicas,
            "took_s": took_s,
        },
        causes=losses.causes,
        advice=advise(losses.keys, subject),
        place=subject.place,
    )


ROLLOUT = Trial(
    name="rollout",
    code="SEA201",
    summary="replace every pod",
    scenario=Scenario(
        name="rollout",
        next_steps=in_order(Settle(0.5), Restart(), Settle(1.5, words="watch what follows")),
    ),
    judge=judge,
)
