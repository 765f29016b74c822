"""SEA305, `grace-budget`: pre-stop hook and shutdown together fit into the grace period."""

from seatrial.findings.model import Finding, Verdict
from seatrial.trials.advice import longer_grace
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.stop_one import STOP_ONE
from seatrial.trials.checks.stopping import Stop, read_stop
from seatrial.trials.subject import Subject
from seatrial.trials.world import World


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when the time was used up; UNKNOWN when the end was not seen."""
    stop = read_stop(world, subject.grace_period_s)
    verdict = _verdict(stop)
    hook = (subject.container.get("lifecycle") or {}).get("preStop")
    return Finding(
        code="SEA305",
        verdict=verdict,
        object=subject.object,
        summary=_told(stop),
        trial="grace-budget",
        figures={
            "used_s": stop.used_s if stop else None,
            "given_s": stop.given_s if stop else subject.grace_period_s,
            "pre_stop_hook": bool(hook),
        },
        advice=(longer_grace(subject),) if verdict is Verdict.FAIL else (),
        place=subject.place,
    )


def _verdict(stop: Stop | None) -> Verdict:
    if stop is None or stop.used_s is None:
        return Verdict.UNKNOWN
    is_over = stop.was_killed or stop.used_s >= stop.given_s
    return Verdict.FAIL if is_over else Verdict.PASS


def _told(stop: Stop | None) -> str:
    if stop is None or stop.used_s is None:
        return "no pod's end was seen"
    return f"used {stop.used_s:.1f} s of the {stop.given_s} s that are given"


GRACE_BUDGET = Trial(
    name="grace-budget",
    code="SEA305",
    summary="delete one pod and time its end",
    scenario=STOP_ONE,
    judge=judge,
)
