"""What a pod may ask about itself: `fieldRef` and `resourceFieldRef` (the downward API).

Does: resolves both for environment variables and for downward API files.
Does not: know where the values go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api import quantities
from seatrial.api.objects import Object, annotations_of, labels_of, metadata, spec_of, status_of
from seatrial.kubelet.errors import ConfigFailure


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What the downward API tells of the node, and stands in for limits that are not set."""

    name: str
    ip: str
    allocatable: Mapping[str, str]


def field(pod: Object, path: str, *, node: NodeFacts, pod_ip: str) -> str:
    """The value of a `fieldPath`. Raises ConfigFailure for a path that is not supported."""
    keyed = _keyed_field(pod, path)
    if keyed is not None:
        return keyed
    plain = {
        "metadata.name": metadata(pod).get("name", ""),
        "metadata.namespace": metadata(pod).get("namespace", ""),
        "metadata.uid": metadata(pod).get("uid", ""),
        "metadata.labels": render_map(labels_of(pod)),
        "metadata.annotations": render_map(annotations_of(pod)),
        "spec.nodeName": spec_of(pod).get("nodeName", "") or node.name,
        "spec.serviceAccountName": spec_of(pod).get("serviceAccountName", ""),
        "status.hostIP": node.ip,
        "status.hostIPs": node.ip,
        "status.podIP": pod_ip or status_of(pod).get("podIP", ""),
        "status.podIPs": pod_ip or status_of(pod).get("podIP", ""),
    }
    if path not in plain:
        raise ConfigFailure(f"unsupported fieldPath: {path}")
    return str(plain[path])


def _keyed_field(pod: Object, path: str) -> str | None:
    for prefix, mapping in (
        ("metadata.labels[", labels_of(pod)),
        ("metadata.annotations[", annotations_of(pod)),
    ):
        if path.startswith(prefix) and path.endswith("]"):
            return str(mapping.get(path[len(prefix) : -1].strip("'\""), ""))
    return None


def render_map(mapping: Mapping[str, str]) -> str:
    """Labels or annotations as a downward API file has them: sorted `key="value"` lines."""
    return "\n".join(f"{key}={_quoted(mapping[key])}" for key in sorted(mapping))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def resource(container: Object, ref: Mapping[str, Any], *, node: NodeFacts) -> str:
    """The value of a `resourceFieldRef` of this container, in units of its divisor, rounded up.

    A limit that is not set is the node's allocatable. Raises ConfigFailure for other resources.
    """
    which, _, name = str(ref.get("resource", "")).partition(".")
    if which not in {"limits", "requests"} or not name:
        raise ConfigFailure(f"unsupported container resource: {ref.get('resource')}")
    given = ((container.get("resources") or {}).get(which) or {}).get(name)
    if given is None:
        given = node.allocatable.get(name, "0") if which == "limits" else "0"
    divisor = quantities.parse(ref.get("divisor") or "1")
    if divisor.nanos == 0:
        divisor = quantities.parse("1")
    return str(-(-quantities.parse(given).nanos // divisor.nanos))
