"""Which keys of a ConfigMap or Secret become which files; shared by those two kinds."""

from collections.abc import Mapping

from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes.interface import DEFAULT_MODE, File, Payload, Source


def select(data: Mapping[str, bytes], source: Source, *, missing: str) -> Payload:
    """The files of `source` (`items`, `optional`, `defaultMode`); `missing` names the object."""
    mode = source.get("defaultMode", DEFAULT_MODE)
    items = source.get("items")
    if not items:
        return {key: File(value, mode) for key, value in data.items()}
    payload: Payload = {}
    for item in items:
        key = item["key"]
        if key in data:
            payload[checked(item["path"])] = File(data[key], item.get("mode") or mode)
        elif not source.get("optional"):
            raise MountFailure(f"{missing} references non-existent config key: {key}")
    return payload


def checked(path: str) -> str:
    """`path`, if it stays inside its volume."""
    if path.startswith("/") or ".." in path.split("/"):
        raise MountFailure(f"invalid path {path!r}: must be relative and without '..'")
    return path
