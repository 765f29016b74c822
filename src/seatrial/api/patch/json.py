"""JSON patch (RFC 6902) over JSON pointers (RFC 6901).

Differs from Kubernetes: `remove` of a member that is absent is refused, as RFC 6902 says and as the
API server does for lists.
"""

import copy
from collections.abc import Sequence
from typing import Any

from seatrial.api.patch.errors import PatchError

# As in the API server: a longer patch is refused before it is looked at.
OPERATIONS_MAX = 10_000


def apply_json_patch(target: Any, operations: Any) -> Any:
    """A copy of `target` with the operations applied in order. Raises PatchError at the first
    that cannot be.
    """
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise PatchError("error decoding patch: a JSON patch is a list of operations")
    if len(operations) > OPERATIONS_MAX:
        raise PatchError(
            f"The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, "
            f"got {len(operations)}"
        )
    document = copy.deepcopy(target)
    for operation in operations:
        document = _apply(document, operation)
    return document


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation, "path")
    match operation.get("op"):
        case "add":
            return _add(document, path, _value(operation))
        case "remove":
            return _remove(document, path)
        case "replace":
            value = _value(operation)
            _get(document, path)
            return _add(_remove(document, path), path, value) if path else value
        case "move":
            source = _pointer(operation, "from")
            if source == path[: len(source)] and source != path:
                raise PatchError(f"cannot move {_text(source)!r} into itself", is_invalid=True)
            value = _get(document, source)
            return _add(_remove(document, source), path, value)
        case "copy":
            value = copy.deepcopy(_get(document, _pointer(operation, "from")))
            return _add(document, path, value)
        case "test":
            return _test(document, path, operation.get("value"))
        case other:
            raise PatchError(f"Unexpected kind: {other}")


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"operation {operation.get('op')!r} needs a value: {operation}")
    return copy.deepcopy(operation["value"])


def _pointer(operation: dict[str, Any], field: str) -> tuple[str, ...]:
    text = operation.get(field)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"{field} {text!r} is not a JSON pointer")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _text(path: Sequence[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _get(document: Any, path: tuple[str, ...]) -> Any:
    for at, part in enumerate(path):
        document = _step(document, part, path[: at + 1])
    return document


def _step(parent: Any, part: str, path: tuple[str, ...]) -> Any:
    if isinstance(parent, dict) and part in parent:
        return parent[part]
    if isinstance(parent, list):
        return parent[_index(part, len(parent), path)]
    raise _missing(path)


def _missing(path: tuple[str, ...]) -> PatchError:
    message = f"the path {_text(path)!r} does not exist in the object"
    return PatchError(message, is_invalid=True)


def _index(part: str, length: int, path: tuple[str, ...]) -> int:
    """A position below `length`; RFC 6901 knows no leading zeros and no negative ones."""
    if not part.isascii() or not part.isdigit() or (part != "0" and part.startswith("0")):
        raise PatchError(f"{part!r} in {_text(path)!r} is no list position", is_invalid=True)
    if int(part) >= length:
        raise _missing(path)
    return int(part)


def _add(document: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    parent = _get(document, path[:-1])
    last = path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        at = len(parent) if last == "-" else _index(last, len(parent) + 1, path)
        parent.insert(at, value)
    else:
        raise _missing(path)
    return document


def _remove(document: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    _get(document, path)
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        del parent[_index(path[-1], len(parent), path)]
    else:
        del parent[path[-1]]
    return document


def _test(document: Any, path: tuple[str, ...], wanted: Any) -> Any:
    found = _get(document, path)
    if not _same(found, wanted):
        raise PatchError(f"testing value {_text(path)} failed", is_invalid=True)
    return document


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
