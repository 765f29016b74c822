"""What a trial is: a name, a practice, a voyage and a judgement; a value."""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.findings.model import Finding
from seatrial.trials.scenario import Scenario
from seatrial.trials.subject import Subject
from seatrial.trials.world import World


@dataclass(frozen=True, slots=True)
class Trial:
    """One line of the catalogue that can be sailed."""

    name: str
    code: str
    summary: str
    scenario: Scenario
    judge: Callable[[Subject, World], Finding]
