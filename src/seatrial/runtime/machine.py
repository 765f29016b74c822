"""The life of a container as a table: created → running → exited → gone.

Holds: state only moves forward; every state reaches `gone` when asked to go; what is not in the
table cannot happen, and asking for it is a bug.
"""

from enum import Enum

from seatrial.kit.errors import Bug


class Phase(Enum):
    """Where a container is in its life."""

    CREATED = "created"  # its root is being made
    RUNNING = "running"  # its main process runs
    EXITED = "exited"  # its main process has ended; log, exit and writable layer are still there
    GONE = "gone"  # nothing is left but the log file


class Moment(Enum):
    """What can happen to a container."""

    STARTED = "started"
    REFUSED = "refused"  # the process could not be started
    ENDED = "ended"
    REMOVED = "removed"


MOVES: dict[tuple[Phase, Moment], Phase] = {
    (Phase.CREATED, Moment.STARTED): Phase.RUNNING,
    (Phase.CREATED, Moment.REFUSED): Phase.GONE,
    (Phase.RUNNING, Moment.ENDED): Phase.EXITED,
    (Phase.EXITED, Moment.REMOVED): Phase.GONE,
}


def move(phase: Phase, moment: Moment) -> Phase:
    """The phase after `moment`. Raises Bug when that cannot happen in `phase`."""
    try:
        return MOVES[phase, moment]
    except KeyError as error:
        raise Bug(f"a container that is {phase.value} cannot be {moment.value}") from error
