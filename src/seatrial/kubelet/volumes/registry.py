"""Every kind of volume this node can make: one line each."""

from seatrial.kubelet.volumes import configmap, downward, emptydir, hostpath, projected, secret
from seatrial.kubelet.volumes.interface import PayloadOf, PlaceOf

PAYLOADS: dict[str, PayloadOf] = {
    "configMap": configmap.payload,
    "secret": secret.payload,
    "downwardAPI": downward.payload,
    "projected": projected.payload,
}
PLACES: dict[str, PlaceOf] = {
    "emptyDir": emptydir.place,
    "hostPath": hostpath.place,
}
