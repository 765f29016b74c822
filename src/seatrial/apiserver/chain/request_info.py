"""What a request asks for: a verb on a kind, read from method and path.

Does: `/api/v1/namespaces/NS/pods/NAME/log` and its relatives into one value.
Holds: a namespaced kind is named only inside a namespace; a namespace object has its own name as
neither namespace nor anything else; no part of a path can reach beyond its own segment.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from seatrial.api import status
from seatrial.api.kinds import Kind, KindTable
from seatrial.apiserver.refusal import Refused


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The resource that a path names. `rest` is what follows a subresource (`proxy/...`)."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""


def parse_path(path: str, kinds: KindTable) -> RequestInfo | None:
    """What the quoted path names, or None when it is no resource's. Raises Refused (404)."""
    quoted = path.split("/")
    segments = [unquote(each) for each in quoted] if "%" in path else quoted
    if any("/" in each for each in segments):
        # A segment becomes a part of a key in the store, where "/" stands between parts.
        raise Refused(status.path_not_found())
    match segments:
        case ["", "api", version, *rest] if rest:
            return _resource("", version, rest, kinds)
        case ["", "apis", group, version, *rest] if rest:
            return _resource(group, version, rest, kinds)
    return None


def _resource(group: str, version: str, rest: list[str], kinds: KindTable) -> RequestInfo:
    namespace = ""
    # `namespaces/NAME/status` is about the namespace itself, `namespaces/NAME/pods` about its pods.
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    kind = kinds.by_plural(group, version, rest[0])
    name, subresource = (*rest[1:3], "", "")[:2]
    if kind is None or not _is_reachable(kind, namespace, name):
        raise Refused(status.path_not_found())
    if subresource and subresource not in kind.subresources:
        raise Refused(status.path_not_found())
    return RequestInfo(kind, namespace, name, subresource, "/".join(rest[3:]))


def _is_reachable(kind: Kind, namespace: str, name: str) -> bool:
    if not kind.namespaced:
        return not namespace
    return bool(namespace) or not name


def verb_of(method: str, info: RequestInfo, *, watching: bool) -> str:
    """Kubernetes' verb; "" when the method is none of the API's."""
    if method in {"GET", "HEAD"}:
        if info.name:
            return "get"
        return "watch" if watching else "list"
    return {
        "POST": "create",
        "PUT": "update",
        "PATCH": "patch",
        "DELETE": "delete" if info.name else "deletecollection",
    }.get(method, "")
