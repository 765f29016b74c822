"""A refusal on its way to the client: an exception that carries a Status.

SeatrialError
└── Refused        `.status` is the Status object; raised anywhere, answered by `chain/refuse.py`
"""

from collections.abc import Sequence
from typing import Any

from seatrial.kit.errors import SeatrialError


class Refused(SeatrialError):
    """The API refuses; `headers` go with the answer."""

    def __init__(self, status: dict[str, Any], *, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(str(status.get("message", "")))
        self.status = status
        self.headers = headers

    @property
    def code(self) -> int:
        """The HTTP status code."""
        return int(self.status["code"])
