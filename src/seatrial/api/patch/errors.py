"""The one way in which a patch fails.

PatchError                the patch cannot be applied (a 400 or 422, as `.is_invalid` says)
"""

from seatrial.kit.errors import SeatrialError


class PatchError(SeatrialError):
    """The patch cannot be applied.

    `is_invalid`: the patch is well formed but does not suit the object (422); else it is malformed
    (400).
    """

    def __init__(self, message: str, *, is_invalid: bool = False) -> None:
        super().__init__(message)
        self.is_invalid = is_invalid
