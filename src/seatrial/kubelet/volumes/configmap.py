"""`configMap`: the keys of a ConfigMap as files; live."""

import base64

from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes.interface import Payload, Source, VolumeContext
from seatrial.kubelet.volumes.keys import select


def payload(source: Source, context: VolumeContext) -> Payload:
    """The files. Raises MountFailure."""
    name = source.get("name", "")
    found = context.lookup.config_map(name)
    if found is None:
        if source.get("optional"):
            return {}
        raise MountFailure(f'configmap "{name}" not found')
    data = {key: text.encode() for key, text in (found.get("data") or {}).items()}
    binary = found.get("binaryData") or {}
    data.update({key: base64.b64decode(text) for key, text in binary.items()})
    return select(data, source, missing="configmap")
