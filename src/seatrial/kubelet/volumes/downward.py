"""`downwardAPI`: what the pod may know of itself, as files; labels and annotations are live."""

from collections.abc import Mapping
from typing import Any

from seatrial.kubelet.env import find_container
from seatrial.kubelet.errors import ConfigFailure, MountFailure
from seatrial.kubelet.fields import field, resource
from seatrial.kubelet.volumes.interface import (
    DEFAULT_MODE,
    File,
    Payload,
    Source,
    VolumeContext,
)
from seatrial.kubelet.volumes.keys import checked


def payload(source: Source, context: VolumeContext) -> Payload:
    """The files. Raises MountFailure."""
    mode = source.get("defaultMode", DEFAULT_MODE)
    return {
        checked(item["path"]): File(_text(item, context).encode(), item.get("mode") or mode)
        for item in source.get("items") or []
    }


def _text(item: Mapping[str, Any], context: VolumeContext) -> str:
    try:
        if "fieldRef" in item:
            path = item["fieldRef"]["fieldPath"]
            return field(context.pod, path, node=context.node, pod_ip=context.pod_ip)
        ref = item["resourceFieldRef"]
        container = find_container(context.pod, ref.get("containerName", ""))
        if container is None:
            raise MountFailure(f"container {ref.get('containerName')} not found")
        return resource(container, ref, node=context.node)
    except ConfigFailure as error:
        raise MountFailure(str(error)) from error
