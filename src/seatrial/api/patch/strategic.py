"""Strategic merge patch: a merge patch that knows which lists are maps, from the schema.

Does: merges lists of objects by merge key and lists of values as sets; follows the
directives `$patch` (merge, replace, delete), `$deleteFromPrimitiveList/F`, `$setElementOrder/F`
and `$retainKeys`.
Holds: neither argument is changed; directives never remain in the result; a patch of what is there
already changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.patch.errors import PatchError
from seatrial.api.schema.node import Node

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def apply_strategic_patch(node: Node, target: Mapping[str, Any], patch: Any) -> dict[str, Any]:
    """`target` (an object whose schema is `node`) with `patch` merged in. Raises PatchError."""
    if not isinstance(patch, dict):
        raise PatchError("error decoding patch: a strategic merge patch is an object")
    return _merge_object(node, target, patch)


def _merge_object(
    node: Node | None, target: Mapping[str, Any], patch: Mapping[str, Any]
) -> dict[str, Any]:
    match patch.get(_DIRECTIVE, "merge"):
        case "replace":
            return _plain_object(node, _without_directive(patch))
        case "delete":
            return {}
        case "merge":
            pass
        case other:
            raise PatchError(f'invalid value for "$patch": {other!r}')
    merged = _retained(target, patch)
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(node, merged, key, value, patch)
    _edit_lists(node, merged, patch)
    return merged


def _without_directive(patch: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in patch.items() if key != _DIRECTIVE}


def _retained(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    if _RETAIN not in patch:
        return dict(target)
    keys = patch[_RETAIN]
    if not isinstance(keys, list):
        raise PatchError("invalid patch format of retainKeys: it must be a list of field names")
    set_fields = {key for key, value in patch.items() if value is not None and key[:1] != "$"}
    if not set_fields <= set(keys):
        raise PatchError("retainKeys must have all the fields that the patch sets")
    return {key: value for key, value in target.items() if key in keys}


def _merge_field(
    node: Node | None, merged: dict[str, Any], key: str, value: Any, patch: Mapping[str, Any]
) -> None:
    child = node.child(key) if node is not None else None
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        old = merged.get(key)
        if value.get(_DIRECTIVE) == "delete" and len(value) == 1:
            merged.pop(key, None)
            return
        merged[key] = _merge_object(child, old if isinstance(old, dict) else {}, value)
    elif isinstance(value, list):
        old = merged.get(key)
        order = patch.get(_ORDER + key)
        merged[key] = _merge_list(child, old if isinstance(old, list) else [], value, order)
    else:
        merged[key] = value


def _edit_lists(node: Node | None, merged: dict[str, Any], patch: Mapping[str, Any]) -> None:
    """Deletions from sets, and orders of lists that the patch does not otherwise touch."""
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM) and isinstance(value, list):
            field = key.removeprefix(_DELETE_FROM)
            if isinstance(merged.get(field), list):
                merged[field] = [each for each in merged[field] if each not in value]
    for key, value in patch.items():
        if key.startswith(_ORDER):
            field = key.removeprefix(_ORDER)
            child = node.child(field) if node is not None else None
            if isinstance(merged.get(field), list):
                merged[field] = _ordered(child, merged[field], value)


def _merge_list(node: Node | None, old: list[Any], patch: list[Any], order: Any) -> list[Any]:
    if node is None or not node.is_merged:
        return [_plain(node.items if node else None, each) for each in patch]
    if not any(isinstance(each, dict) for each in (*old, *patch)):
        merged = [*old, *(each for each in patch if each not in old)]
        return merged if order is None else _ordered(node, merged, order)
    merged = _merge_by_key(node, old, patch)
    return merged if order is None else _ordered(node, merged, order)


def _merge_by_key(node: Node, old: list[Any], patch: list[Any]) -> list[Any]:
    directives = [each for each in patch if _directive_of(each) == "replace"]
    if directives:
        # One entry that says "replace" makes the whole list be replaced by the others.
        rest = (each for each in patch if _without_directive(each) and each not in directives)
        return [_plain(node.items, each) for each in rest]
    merged = list(old)
    for each in patch:
        _merge_entry(node, merged, each)
    return merged


def _directive_of(entry: Any) -> str:
    if not isinstance(entry, dict):
        raise PatchError("expected all entries of the list to be objects")
    return str(entry.get(_DIRECTIVE, "merge"))


def _merge_entry(node: Node, merged: list[Any], entry: dict[str, Any]) -> None:
    key = node.merge_key
    if key not in entry:
        raise PatchError(f"map: {entry} does not contain declared merge key: {key}")
    at = _position(merged, key, entry[key])
    if _directive_of(entry) == "delete":
        merged[:] = [each for each in merged if each.get(key) != entry[key]]
    elif at is None:
        merged.append(_plain(node.items, entry))
    else:
        merged[at] = _merge_object(node.items, merged[at], entry)


def _position(entries: list[Any], key: str, value: Any) -> int | None:
    found = (
        at for at, each in enumerate(entries) if isinstance(each, dict) and each.get(key) == value
    )
    return next(found, None)


def _ordered(node: Node | None, merged: list[Any], order: Any) -> list[Any]:
    """`merged` in the order that the patch's author sees.

    Entries the author does not name (added on the server) stay behind the neighbour they had.
    """
    if not isinstance(order, list):
        raise PatchError("$setElementOrder must be a list")
    key = node.merge_key if node is not None else ""
    rank = {_identity(each, key): at for at, each in enumerate(order)}
    named = sorted(
        (each for each in merged if _identity(each, key) in rank),
        key=lambda each: rank[_identity(each, key)],
    )
    result = list(named)
    for at, each in enumerate(merged):
        if _identity(each, key) not in rank:
            result.insert(_place_after(merged[:at], result, key), each)
    return result


def _place_after(before: list[Any], result: list[Any], key: str) -> int:
    """Behind the nearest entry before it that has a place already; else in front."""
    for each in reversed(before):
        for at, other in enumerate(result):
            if _identity(other, key) == _identity(each, key):
                return at + 1
    return 0


def _identity(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else entry


def _plain(node: Node | None, value: Any) -> Any:
    """A new value from a patch: without nulls and directives."""
    if isinstance(value, dict):
        return _plain_object(node, value)
    return list(value) if isinstance(value, list) else value


def _plain_object(node: Node | None, value: Mapping[str, Any]) -> dict[str, Any]:
    return _merge_object(node, {}, value)
