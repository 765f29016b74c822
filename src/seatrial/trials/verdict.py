"""From a book to a finding, safely: a check that breaks knows nothing. Pure.

Holds: PASS < UNKNOWN < FAIL; a trial that could not be carried out, or whose check broke, is
UNKNOWN with the reason, never PASS.
"""

from seatrial.findings.model import Advice, Finding, Verdict
from seatrial.kit.record import get_record
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.subject import Subject
from seatrial.trials.world import World

record = get_record("trials.verdict")


def judge_safely(trial: Trial, subject: Subject, world: World) -> Finding:
    """The trial's own judgement; UNKNOWN when its check breaks."""
    try:
        return trial.judge(subject, world)
    except Exception as error:  # noqa: BLE001 -- whatever breaks in a check must not become a PASS
        record.error("check.broke", trial=trial.name, object=subject.object, error=repr(error))
        return unknown(trial, subject, f"the check itself broke: {error!r}")


def unknown(trial: Trial, subject: Subject, reason: str, remedy: str = "") -> Finding:
    """What is said when nothing can be said."""
    return Finding(
        code=trial.code,
        verdict=Verdict.UNKNOWN,
        object=subject.object,
        summary=reason,
        trial=trial.name,
        advice=(Advice(remedy),) if remedy else (),
        place=subject.place,
    )
