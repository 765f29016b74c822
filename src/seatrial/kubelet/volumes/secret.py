"""`secret`: the keys of a Secret as files; live.

Differs from Kubernetes: the files are on the node's disk, readable by their owner alone, not in
memory.
"""

from seatrial.kubelet.env import secret_data
from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes.interface import Payload, Source, VolumeContext
from seatrial.kubelet.volumes.keys import select


def payload(source: Source, context: VolumeContext) -> Payload:
    """The files. Raises MountFailure."""
    # A volume's own source says secretName, a projected one says name.
    name = source.get("secretName") or source.get("name", "")
    found = context.lookup.secret(name)
    if found is None:
        if source.get("optional"):
            return {}
        raise MountFailure(f'secret "{name}" not found')
    return select(secret_data(found), source, missing="secret")
