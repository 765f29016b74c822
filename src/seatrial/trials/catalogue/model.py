"""What a trial is: a name, a practice, a voyage and a judgement; a value."""

from collections.abc import Callable
from dataclasses import dataclass, field

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
    # What must be said in the settings before it can be tried; "" where nothing is missing.
    lacks: Callable[[Subject], str] = lambda _subject: ""
    # Asked for by name: then what is lacking is told as UNKNOWN, else it is left out.
    is_asked: bool = field(default=False, compare=False)
