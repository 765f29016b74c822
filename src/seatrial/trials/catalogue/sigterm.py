"""SEA304, `sigterm`: the process hears SIGTERM and ends by itself."""

from seatrial.findings.model import Advice, Finding, Verdict
from seatrial.trials.advice import end_well, longer_grace, pass_signal
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.stop_one import STOP_ONE
from seatrial.trials.checks.stopping import Stop, read_stop
from seatrial.trials.subject import Subject
from seatrial.trials.world import World


def judge(subject: Subject, world: World) -> Finding:
    """FAIL when SIGKILL was needed or it ended badly; UNKNOWN when the end was not seen."""
    stop = read_stop(world, subject.grace_period_s)
    verdict = _verdict(stop)
    return Finding(
        code="SEA304",
        verdict=verdict,
        object=subject.object,
        summary=_told(stop),
        trial="sigterm",
        figures={
            "exit_code": stop.exit_code if stop else None,
            "killed": stop.was_killed if stop else None,
            "term_to_exit_s": stop.term_to_exit_s if stop else None,
        },
        advice=_advice(subject, stop),
        place=subject.place,
    )


def _verdict(stop: Stop | None) -> Verdict:
    if stop is None or (stop.exit_code is None and not stop.was_killed):
        return Verdict.UNKNOWN
    return Verdict.PASS if stop.is_clean else Verdict.FAIL


def _advice(subject: Subject, stop: Stop | None) -> tuple[Advice, ...]:
    if stop is None or stop.is_clean:
        return ()
    if stop.was_killed:
        return (pass_signal(subject), longer_grace(subject))
    return (end_well(subject),) if stop.exit_code is not None else ()


def _told(stop: Stop | None) -> str:
    if stop is None:
        return "no pod's end was seen"
    if stop.was_killed:
        return f"ignored SIGTERM for {stop.given_s} s and was ended by SIGKILL"
    if stop.ended_before_term:
        return f"ended in its pre-stop hook, before SIGTERM, with code {stop.exit_code}"
    if stop.exit_code is None:
        return "its exit code was not seen"
    how = "by itself on SIGTERM" if stop.is_clean else "badly on SIGTERM"
    took = "" if stop.term_to_exit_s is None else f" after {stop.term_to_exit_s:.2f} s"
    return f"ended {how}{took} with code {stop.exit_code}"


SIGTERM = Trial(
    name="sigterm",
    code="SEA304",
    summary="delete one pod and see who ends it",
    scenario=STOP_ONE,
    judge=judge,
)
