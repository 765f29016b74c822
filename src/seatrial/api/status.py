"""Status objects: every refusal of the API, with Kubernetes' reasons, codes, words and details.

Does: builds the wire mapping; `kubectl` prints its `message`, clients branch on `reason`.
Does not: raise; whoever refuses wraps the value in an exception of its own floor.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from seatrial.api.causes import Cause
from seatrial.api.kinds import Kind

Status: TypeAlias = dict[str, Any]

SUCCESS_CODES = {200, 201, 202}


def failure(
    code: int, reason: str, message: str, *, details: dict[str, Any] | None = None
) -> Status:
    """Any refusal; the others here are built of it."""
    status: Status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }
    return {key: value for key, value in status.items() if value is not None and value != ""}


def success(kind: Kind, name: str, *, uid: str = "", code: int = 200) -> Status:
    """What a deletion answers when nothing of the object is left to show."""
    details = _details(kind, name) | ({"uid": uid} if uid else {})
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
        "code": code,
    }


def not_found(kind: Kind, name: str) -> Status:
    """404: no such object."""
    message = f'{kind.resource} "{name}" not found'
    return failure(404, "NotFound", message, details=_details(kind, name))


def path_not_found() -> Status:
    """404: nothing is served at this path (an unknown resource, too)."""
    message = "the server could not find the requested resource"
    return failure(404, "NotFound", message, details={})


def already_exists(kind: Kind, name: str) -> Status:
    """409: the name is taken."""
    message = f'{kind.resource} "{name}" already exists'
    return failure(409, "AlreadyExists", message, details=_details(kind, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def conflict(kind: Kind, name: str, why: str = MODIFIED) -> Status:
    """409: the object is not as the writer believed."""
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return failure(409, "Conflict", message, details=_details(kind, name))


def uid_conflict(kind: Kind, name: str, *, wanted: str, found: str) -> Status:
    """409: a precondition names another object of the same name."""
    why = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    return conflict(kind, name, why)


def revision_conflict(kind: Kind, name: str, *, wanted: str, found: str) -> Status:
    """409: a precondition names another revision of the object."""
    why = (
        f"Precondition failed: ResourceVersion in precondition: {wanted}, "
        f"ResourceVersion in object meta: {found}"
    )
    return conflict(kind, name, why)


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Status:
    """422: the object breaks rules; `causes` must not be empty."""
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    told = [str(cause) for cause in causes]
    unique = list(dict.fromkeys(told))
    text = unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
    details = {"name": name, "group": kind.group, "kind": kind.kind}
    return failure(
        422,
        "Invalid",
        f'{qualified} "{name}" is invalid: {text}',
        details=_filled(details) | {"causes": _wire_causes(causes)},
    )


def _wire_causes(causes: Iterable[Cause]) -> list[dict[str, str]]:
    return [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]


def bad_request(message: str) -> Status:
    """400: the request itself makes no sense."""
    return failure(400, "BadRequest", message)


def undecodable(kind: Kind, problems: Sequence[str]) -> Status:
    """400: the body is no such object; `problems` as `schema.structure` words them."""
    lead = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
    return bad_request(f"{lead}: {', '.join(problems)}")


def unauthorized() -> Status:
    """401: no credentials, or none that are known."""
    return failure(401, "Unauthorized", "Unauthorized")


def forbidden(kind: Kind, name: str, why: str) -> Status:
    """403: an admission rule refuses."""
    message = f'{kind.resource} "{name}" is forbidden: {why}'
    return failure(403, "Forbidden", message, details=_details(kind, name))


def method_not_allowed(kind: Kind, verb: str) -> Status:
    """405: this resource has no such verb."""
    details = _details(kind, "")
    message = f"{verb} is not supported on resources of kind {kind.resource!r}".replace("'", '"')
    return failure(405, "MethodNotAllowed", message, details=details)


def not_acceptable(known: Sequence[str]) -> Status:
    """406: none of the wanted media types can be written."""
    message = f"only the following media types are accepted: {', '.join(known)}"
    return failure(406, "NotAcceptable", message)


def unsupported_media_type(known: Sequence[str]) -> Status:
    """415: the body's media type is not understood."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(known)
    )
    return failure(415, "UnsupportedMediaType", message)


def expired(message: str) -> Status:
    """410: the revision or continue token is no longer kept."""
    return failure(410, "Expired", message)


def expired_revision(wanted: int, oldest: int) -> Status:
    """410: a watch or list from a revision that was compacted."""
    return expired(f"too old resource version: {wanted} ({oldest})")


def expired_continue() -> Status:
    """410: a list that was continued too late."""
    return expired(
        "The provided continue parameter is too old to display a consistent list result. You must "
        "start a new list without the continue parameter."
    )


def future_revision(wanted: int, current: int) -> Status:
    """504: a revision that has not been given out yet."""
    message = f"Too large resource version: {wanted}, current: {current}"
    details = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }
    return failure(504, "Timeout", f"Timeout: {message}", details=details)


def too_large(bytes_max: int) -> Status:
    """413: the body is longer than the server reads."""
    message = f"Request entity too large: limit is {bytes_max}"
    return failure(413, "RequestEntityTooLarge", message)


def too_many(message: str, *, retry_after_s: int = 1) -> Status:
    """429: not now (an eviction that a budget forbids, a server that is full)."""
    return failure(429, "TooManyRequests", message, details={"retryAfterSeconds": retry_after_s})


def internal(message: str) -> Status:
    """500: our own fault."""
    details = {"causes": [{"message": message}]}
    return failure(500, "InternalError", f"Internal error occurred: {message}", details=details)


def unavailable(message: str) -> Status:
    """503: the server cannot answer now."""
    return failure(503, "ServiceUnavailable", message)


def timeout(message: str) -> Status:
    """504: the answer did not come in time."""
    return failure(504, "Timeout", f"Timeout: {message}")


def _details(kind: Kind, name: str) -> dict[str, Any]:
    return _filled({"name": name, "group": kind.group, "kind": kind.plural})


def _filled(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value}
