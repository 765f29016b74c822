"""Edits: what a rule would change in a manifest, as values.

Does: says changes by field path; applies them to plain data.
Does not: touch text; that is `fix/`, which must come to the same data (a test holds the two
together).
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from seatrial.lint.manifest import FieldPath


@dataclass(frozen=True, slots=True)
class SetField:
    """The field has this value afterwards; parents that are missing are made (as mappings)."""

    path: FieldPath
    value: Any


@dataclass(frozen=True, slots=True)
class RemoveField:
    """The field, or the entry of a list, is gone."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class RenameKey:
    """The last key of the path is called `name`; its value and place stay."""

    path: FieldPath
    name: str


@dataclass(frozen=True, slots=True)
class AppendItem:
    """The list at `path` has one more entry; it is made where it is missing."""

    path: FieldPath
    value: Any


Edit = SetField | RemoveField | RenameKey | AppendItem


def apply_edits(value: Mapping[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """A changed copy. An edit whose place is not there any more changes nothing."""
    changed = deepcopy(dict(value))
    for edit in edits:
        _apply(changed, edit)
    return changed


def _apply(root: dict[str, Any], edit: Edit) -> None:
    makes = isinstance(edit, SetField | AppendItem)
    parent = _walk(root, edit.path[:-1], makes=makes)
    last = edit.path[-1]
    match edit:
        case SetField() if _holds(parent, last, missing_too=True):
            parent[last] = deepcopy(edit.value)
        case AppendItem() if isinstance(parent, dict):
            if not isinstance(parent.get(last), list):
                parent[last] = []
            parent[last].append(deepcopy(edit.value))
        case RemoveField() if _holds(parent, last):
            del parent[last]
        case RenameKey() if isinstance(parent, dict) and last in parent:
            renamed = {edit.name if key == last else key: each for key, each in parent.items()}
            parent.clear()
            parent.update(renamed)
        case _:
            return


def _holds(parent: Any, step: str | int, *, missing_too: bool = False) -> bool:
    if isinstance(parent, dict):
        return missing_too or step in parent
    return isinstance(parent, list) and isinstance(step, int) and step < len(parent)


def _walk(root: Any, path: FieldPath, *, makes: bool) -> Any:
    here = root
    for step in path:
        if isinstance(here, dict):
            if here.get(step) is None:
                if not makes:
                    return None
                here[step] = {}
            here = here[step]
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here
