"""Every trial there is, in the order in which reports show them."""

from dataclasses import replace

from seatrial.kit.errors import UsageError
from seatrial.trials.catalogue.crash import CRASH
from seatrial.trials.catalogue.drain_tolerance import DRAIN_TOLERANCE
from seatrial.trials.catalogue.grace_budget import GRACE_BUDGET
from seatrial.trials.catalogue.in_flight import IN_FLIGHT
from seatrial.trials.catalogue.keep_alive import KEEP_ALIVE
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.rollout import ROLLOUT
from seatrial.trials.catalogue.scale_up import SCALE_UP
from seatrial.trials.catalogue.sigterm import SIGTERM

TRIALS: tuple[Trial, ...] = (
    SCALE_UP,
    ROLLOUT,
    DRAIN_TOLERANCE,
    IN_FLIGHT,
    KEEP_ALIVE,
    SIGTERM,
    GRACE_BUDGET,
    CRASH,
)


def choose(names: tuple[str, ...] = ()) -> tuple[Trial, ...]:
    """The trials of these names or codes; all without any. Raises UsageError."""
    known = {key: trial for trial in TRIALS for key in (trial.name, trial.code)}
    for name in names:
        if name not in known:
            raise UsageError(
                f"no trial is named {name!r}",
                remedy="there are " + ", ".join(trial.name for trial in TRIALS),
            )
    if not names:
        return TRIALS
    wanted = {known[name].name for name in names}
    return tuple(replace(trial, is_asked=True) for trial in TRIALS if trial.name in wanted)
