"""Whether a server may be sent traffic: what was declared, and who objects.

Does: keep the declaration and the objections (one a dependency), each with its reason.
Does not: know the end of a server: `state.furthest` puts that above.
Holds: not ready until declared.
"""

from __future__ import annotations

from seatrial_app.state import State, readiness_of

APPLICATION = "application"  # who objects until it is declared ready
UNDECLARED = "not declared ready"


class Readiness:
    """The objections, by name; at first the application's own. Any thread may call."""

    def __init__(self) -> None:
        self._objections: dict[str, str] = {APPLICATION: UNDECLARED}
        self._was_ready = False

    def object(self, name: str, reason: str | None) -> bool:
        """Someone objects, or (None) no longer does. True if that is news."""
        before = self._objections.get(name)
        if reason is None:
            self._objections.pop(name, None)
        else:
            self._objections[name] = reason
        self._was_ready = self._was_ready or not self._objections
        return before != reason

    @property
    def state(self) -> State:
        """STARTING, READY or UNREADY."""
        return readiness_of(was_ready=self._was_ready, objections=len(self._objections))

    def reasons(self) -> tuple[str, ...]:
        """Why it is not ready, one a line; empty if it is."""
        return tuple(f"{name}: {reason}" for name, reason in self._objections.copy().items())
