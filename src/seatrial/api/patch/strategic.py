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
            raise PatchError(f"unknown patch type: {other} in map: {dict(patch)}")
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
        raise PatchError("invalid patch format of retainKeys: not a list")
    set_fields = {key for key, value in patch.items() if value is not None and key[:1] != "$"}
    if not set_fields <= set(keys):
        raise PatchError("invalid patch format of retainKeys: a field that is set is not listed")
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
        field = key.removeprefix(_ORDER)
        if field != key and field not in patch and isinstance(merged.get(field), list):
            child = node.child(field) if node is not None else None
            merged[field] = _ordered(child, merged[field], value, merged[field])


def _merge_list(node: Node | None, old: list[Any], patch: list[Any], order: Any) -> list[Any]:
    if node is None or not node.is_merged:
        return [_plain(node.items if node else None, each) for each in patch]
    if not any(isinstance(each, dict) for each in (*old, *patch)):
        merged = [*old, *(each for each in patch if each not in old)]
    elif any(_directive_of(each) == "replace" for each in patch):
        # One entry that says "replace" makes the other entries the whole list.
        rest = (each for each in patch if _directive_of(each) != "replace")
        return [_plain(node.items, each) for each in rest]
    else:
        merged = _merge_by_key(node, old, patch)
    return _ordered(node, merged, patch if order is None else order, old)


def _merge_by_key(node: Node, old: list[Any], patch: list[Any]) -> list[Any]:
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


def _ordered(node: Node | None, merged: list[Any], order: Any, old: list[Any]) -> list[Any]:
    """`merged` in the order that the patch's author sees.

    Entries the author does not name (added on the server) keep their place before the named entries
    that they stood before.
    """
    if not isinstance(order, list):
        raise PatchError("$setElementOrder must be a list")
    key = node.merge_key if node is not None else ""
    rank = _ranks(order, key)
    before = _ranks(old, key)
    named = [each for each in merged if _identity(each, key) in rank]
    named.sort(key=lambda each: rank[_identity(each, key)])
    others = [each for each in merged if _identity(each, key) not in rank]
    result: list[Any] = []
    for each in named:
        place = before.get(_identity(each, key), -1)
        while others and before.get(_identity(others[0], key), len(old)) < place:
            result.append(others.pop(0))
        result.append(each)
    return result + others


def _ranks(entries: list[Any], key: str) -> dict[Any, int]:
    return {_identity(each, key): at for at, each in enumerate(entries)}


def _identity(entry: Any, key: str) -> Any:
    found = entry.get(key) if isinstance(entry, dict) else entry
    if isinstance(found, dict | list):
        raise PatchError(f"{key or 'an entry of a set'} must be a plain value, found {found}")
    return found


def _plain(node: Node | None, value: Any) -> Any:
    """A new value from a patch: without nulls and directives."""
    if isinstance(value, dict):
        return _plain_object(node, value)
    return list(value) if isinstance(value, list) else value


def _plain_object(node: Node | None, value: Mapping[str, Any]) -> dict[str, Any]:
    return _merge_object(node, {}, value)
