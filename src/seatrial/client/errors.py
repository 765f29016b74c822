"""What a client may be told.

ClientError
├── TransportError        no answer: refused, reset, timed out, TLS
└── ApiError              the server's Status object (`.status`, `.code`, `.reason`)
    ├── BadRequest        400
    ├── Unauthorized      401
    ├── Forbidden         403
    ├── NotFound          404
    ├── AlreadyExists     409, reason AlreadyExists
    ├── Conflict          409, any other reason
    ├── Gone              410 (a watch or continue token that is too old)
    └── Invalid           422
"""

from typing import Any

from seatrial.kit.errors import SeatrialError


class ClientError(SeatrialError):
    """The root of what a client may be told."""


class TransportError(ClientError):
    """No answer came."""


class ApiError(ClientError):
    """The server refused; `status` is its Status object."""

    def __init__(self, status: dict[str, Any]) -> None:
        super().__init__(str(status.get("message") or status.get("reason") or "request failed"))
        self.status = status

    @property
    def code(self) -> int:
        """The HTTP status code."""
        return int(self.status.get("code") or 0)

    @property
    def reason(self) -> str:
        """The machine-readable reason: `NotFound`, `Conflict`, ..."""
        return str(self.status.get("reason") or "")


class BadRequest(ApiError):
    """400."""


class Unauthorized(ApiError):
    """401."""


class Forbidden(ApiError):
    """403."""


class NotFound(ApiError):
    """404."""


class AlreadyExists(ApiError):
    """409, reason AlreadyExists."""


class Conflict(ApiError):
    """409, any other reason."""


class Gone(ApiError):
    """410."""


class Invalid(ApiError):
    """422."""


_BY_CODE: dict[int, type[ApiError]] = {
    400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone,
    422: Invalid,
}  # fmt: skip


def error_from(status: dict[str, Any]) -> ApiError:
    """The exception for a Status object."""
    if status.get("reason") == "AlreadyExists":
        return AlreadyExists(status)
    return _BY_CODE.get(int(status.get("code") or 0), ApiError)(status)
