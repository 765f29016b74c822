"""What a lifecycle looks like at one moment, as a value: for health answers and for people."""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial_app.state import State


class Snapshot(NamedTuple):
    """State, reasons and counts. Times in seconds; None before SIGTERM."""

    state: State
    is_ready: bool
    reasons: tuple[str, ...]
    in_flight: int
    served: int
    work: tuple[str, ...]
    blockers: tuple[str, ...]
    since_drain_s: float | None
    left_s: float | None

    def to_dict(self) -> dict[str, Any]:
        """The same in types that JSON knows."""
        fields = self._asdict()
        fields["state"] = self.state.value
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()
        }
