"""What the server itself says in an object's metadata, whatever the client sent.

Holds: uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation and
resourceVersion are the server's.

Differs from Kubernetes: managedFields are dropped; there is no server-side apply yet.
"""

from seatrial.api import status, timestamps
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.strategies.strategy import Strategy

_SERVERS_OWN = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
)
_DROPPED = ("managedFields", "selfLink")


def stamp_new(obj: Object, strategy: Strategy, *, uid: str, now_s: float) -> None:
    """The metadata of a new object, in place."""
    metadata = obj["metadata"]
    for field in (*_SERVERS_OWN, *_DROPPED):
        metadata.pop(field, None)
    metadata["uid"] = uid
    metadata["creationTimestamp"] = timestamps.render(now_s)
    if strategy.has_generation:
        metadata["generation"] = 1


def carry_over(new: Object, old: Object) -> None:
    """The server's own metadata of an existing object into its next state, in place."""
    metadata, before = new["metadata"], old["metadata"]
    for field in _DROPPED:
        metadata.pop(field, None)
    for field in _SERVERS_OWN:
        if field in before:
            metadata[field] = before[field]
        else:
            metadata.pop(field, None)


def check_identity(kind: Kind, new: Object, old: Object) -> None:
    """A writer who names a uid or a revision must have meant this object as it is.

    Raises Refused (409).
    """
    metadata, before = new["metadata"], old["metadata"]
    name = before["name"]
    wanted = metadata.get("uid")
    if wanted and wanted != before["uid"]:
        raise Refused(status.uid_conflict(kind, name, wanted=wanted, found=before["uid"]))
    revision = metadata.get("resourceVersion")
    if revision and revision != before["resourceVersion"]:
        raise Refused(status.conflict(kind, name))


def check_names(kind: Kind, obj: Object, *, namespace: str, name: str = "") -> None:
    """The body and the path must name the same object; fills in what the body leaves out.

    Raises Refused (400).
    """
    metadata = obj["metadata"]
    if kind.namespaced:
        found = metadata.setdefault("namespace", namespace) or namespace
        if found != namespace:
            raise Refused(
                status.bad_request(
                    f"the namespace of the provided object does not match the namespace sent on "
                    f"the request: {found!r} and {namespace!r}"
                )
            )
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    if name and metadata.setdefault("name", name) != name:
        raise Refused(
            status.bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the "
                f"URL ({name})"
            )
        )


def check_kind(kind: Kind, obj: object) -> Object:
    """The body as an object of this kind, with `apiVersion`, `kind` and metadata in it.

    Raises Refused (400).
    """
    if not isinstance(obj, dict):
        raise Refused(status.bad_request(f"the body must be a {kind.kind} object"))
    found = (obj.get("apiVersion") or kind.api_version, obj.get("kind") or kind.kind)
    if found != (kind.api_version, kind.kind):
        raise Refused(
            status.bad_request(
                f"the object provided is unrecognized (must be of type {kind.kind}): "
                f"it says apiVersion {found[0]!r}, kind {found[1]!r}"
            )
        )
    metadata = obj.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise Refused(status.bad_request("metadata must be an object"))
    head = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    return head | {field: value for field, value in obj.items() if field not in head}
