"""What every pod's worker shares: the parts of this node."""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.client.informer import Informer
from seatrial.client.interface import Client
from seatrial.client.recorder import EventRecorder
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.delays import Delays
from seatrial.kubelet.fields import NodeFacts
from seatrial.kubelet.interface import PodNetwork
from seatrial.kubelet.objects_cache import ObjectsCache
from seatrial.kubelet.pulling import ImagePuller
from seatrial.runtime.interface import Runtime


@dataclass(frozen=True, slots=True)
class NodeParts:
    """Made once by the kubelet, used by every worker."""

    config: KubeletConfig
    node: NodeFacts
    client: Client
    runtime: Runtime
    network: PodNetwork
    recorder: EventRecorder
    objects: ObjectsCache
    services: Informer
    images: ImagePuller
    delays: Delays
    forget: Callable[[str], None]  # a worker with this uid has nothing left to do
