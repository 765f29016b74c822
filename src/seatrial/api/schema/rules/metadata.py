"""Rules of `metadata`, which every object has."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, metadata

ExplainName = Callable[[str], str]

_NAMES: Mapping[tuple[str, str], ExplainName] = {
    ("", "Service"): names.explain_dns_1035_label,
    ("", "Namespace"): names.explain_dns_label,
    ("faults.seatrial.dev", "ContainerKill"): names.explain_dns_subdomain,
}
_IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp")


def check_metadata(kind: Kind, obj: Object) -> Iterator[Cause]:
    """The metadata of an object of this kind."""
    meta = metadata(obj)
    yield from _name(kind, meta)
    yield from _namespace(kind, meta)
    yield from check_labels(meta.get("labels") or {}, "metadata.labels")
    yield from _annotations(meta.get("annotations") or {})
    yield from _owners(meta.get("ownerReferences") or [])
    for at, finalizer in enumerate(meta.get("finalizers") or ()):
        if wrong := names.explain_qualified_name(finalizer):
            yield causes.invalid(f"metadata.finalizers[{at}]", finalizer, wrong)


def explain_name(kind: Kind, name: str) -> str:
    """What keeps `name` from naming an object of this kind, or ""."""
    return _NAMES.get((kind.group, kind.kind), names.explain_dns_subdomain)(name)


def _name(kind: Kind, meta: Mapping[str, Any]) -> Iterator[Cause]:
    base, name = meta.get("generateName", ""), meta.get("name", "")
    # A prefix may end in what a name may not end in.
    if base and (wrong := explain_name(kind, base.rstrip("-.") or base)):
        yield causes.invalid("metadata.generateName", base, wrong)
    if not name:
        if not base:
            yield causes.required("metadata.name", "name or generateName is required")
    elif wrong := explain_name(kind, name):
        yield causes.invalid("metadata.name", name, wrong)


def _namespace(kind: Kind, meta: Mapping[str, Any]) -> Iterator[Cause]:
    namespace = meta.get("namespace", "")
    if kind.namespaced and not namespace:
        yield causes.required("metadata.namespace")
    elif kind.namespaced and (wrong := names.explain_dns_label(namespace)):
        yield causes.invalid("metadata.namespace", namespace, wrong)
    elif not kind.namespaced and namespace:
        yield causes.forbidden("metadata.namespace", "not allowed on this type")


def check_labels(labels: Mapping[str, str], path: str) -> Iterator[Cause]:
    """Keys and values of labels; also of selectors, which look the same."""
    for key, value in labels.items():
        if wrong := names.explain_qualified_name(key):
            yield causes.invalid(path, key, wrong)
        if wrong := names.explain_label_value(value):
            yield causes.invalid(path, value, wrong)


def _annotations(annotations: Mapping[str, str]) -> Iterator[Cause]:
    size = 0
    for key, value in annotations.items():
        size += len(key) + len(value)
        if wrong := names.explain_qualified_name(key.lower()):
            yield causes.invalid("metadata.annotations", key, wrong)
    if size > names.ANNOTATIONS_BYTES_MAX:
        yield causes.too_long("metadata.annotations", names.ANNOTATIONS_BYTES_MAX)


def _owners(owners: list[dict[str, Any]]) -> Iterator[Cause]:
    path = "metadata.ownerReferences"
    for at, owner in enumerate(owners):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield causes.invalid(f"{path}[{at}].{field}", "", f"{field} must not be empty")
    controllers = [owner for owner in owners if owner.get("controller")]
    if len(controllers) > 1:
        detail = "Only one reference can have Controller set to true"
        yield causes.invalid(path, owners, detail)


def check_metadata_update(new: Object, old: Object) -> Iterator[Cause]:
    """What no update may change, whatever the kind."""
    fresh, stale = metadata(new), metadata(old)
    for field in _IMMUTABLE:
        if fresh.get(field) != stale.get(field):
            yield immutable(f"metadata.{field}", fresh.get(field))
    added = set(fresh.get("finalizers") or ()) - set(stale.get("finalizers") or ())
    if stale.get("deletionTimestamp") and added:
        detail = (
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            f"{sorted(added)}"
        )
        yield causes.forbidden("metadata.finalizers", detail)


def immutable(path: str, value: Any) -> Cause:
    """The refusal of a changed field that must stay."""
    return causes.invalid(path, value, "field is immutable")
