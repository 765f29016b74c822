"""Reading wire objects: plain mappings, read through small functions.

An object is the JSON mapping itself (camelCase keys); nothing is converted and nothing is lost.
Functions here never change their argument.
"""

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


def metadata(obj: Object) -> dict[str, Any]:
    """The object's metadata, `{}` when it has none."""
    found = obj.get("metadata")
    return found if isinstance(found, dict) else {}


def name_of(obj: Object) -> str:
    """`metadata.name`, or ""."""
    return str(metadata(obj).get("name", ""))


def namespace_of(obj: Object) -> str:
    """`metadata.namespace`, or "" for a cluster-scoped object."""
    return str(metadata(obj).get("namespace", ""))


def uid_of(obj: Object) -> str:
    """`metadata.uid`, or ""."""
    return str(metadata(obj).get("uid", ""))


def resource_version_of(obj: Object) -> str:
    """`metadata.resourceVersion`, or ""."""
    return str(metadata(obj).get("resourceVersion", ""))


def key_of(obj: Object) -> str:
    """`namespace/name`, or `name` for a cluster-scoped object."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def split_key(key: str) -> tuple[str, str]:
    """`("namespace", "name")` from a key; the namespace is "" for a cluster-scoped object."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def labels_of(obj: Object) -> dict[str, str]:
    """`metadata.labels`, `{}` when there are none."""
    return metadata(obj).get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """`metadata.annotations`, `{}` when there are none."""
    return metadata(obj).get("annotations") or {}


def spec_of(obj: Object) -> dict[str, Any]:
    """`spec`, `{}` when there is none."""
    return obj.get("spec") or {}


def status_of(obj: Object) -> dict[str, Any]:
    """`status`, `{}` when there is none."""
    return obj.get("status") or {}


def is_terminating(obj: Object) -> bool:
    """Has `metadata.deletionTimestamp`."""
    return metadata(obj).get("deletionTimestamp") is not None


def owners_of(obj: Object) -> list[dict[str, Any]]:
    """`metadata.ownerReferences`."""
    return metadata(obj).get("ownerReferences") or []


def controller_of(obj: Object) -> dict[str, Any] | None:
    """The owner reference with `controller: true`, or None."""
    return next((owner for owner in owners_of(obj) if owner.get("controller")), None)


def condition_of(obj: Object, kind: str) -> dict[str, Any] | None:
    """The condition of type `kind` in `status.conditions`, or None."""
    conditions = status_of(obj).get("conditions") or []
    return next((each for each in conditions if each.get("type") == kind), None)


def is_condition_true(obj: Object, kind: str) -> bool:
    """The condition of type `kind` is there and "True"."""
    condition = condition_of(obj, kind)
    return condition is not None and condition.get("status") == "True"
