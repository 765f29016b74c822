"""What every namespace has from its first moment: an account and the cluster's certificate.

Differs from Kubernetes: ServiceAccount `default` and ConfigMap `kube-root-ca.crt` are made together
with the namespace instead of by controllers a moment later, so that a pod may follow at once.
"""

from seatrial.api.kinds import CONFIG_MAP, SERVICE_ACCOUNT, Kind
from seatrial.api.objects import Object
from seatrial.api.timestamps import render
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.objects import Objects
from seatrial.kit.chance import uid
from seatrial.kit.clock import wall_time_s

ROOT_CA = "kube-root-ca.crt"
ROOT_CA_KEY = "ca.crt"
_ROOT_CA_NOTE = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)


async def furnish(objects: Objects, namespace: Object, *, ca_pem: str) -> None:
    """Make what is missing."""
    name = namespace["metadata"]["name"]
    account = _object(SERVICE_ACCOUNT, name, "default")
    bundle = _object(CONFIG_MAP, name, ROOT_CA)
    bundle["metadata"]["annotations"] = {"kubernetes.io/description": _ROOT_CA_NOTE}
    bundle["data"] = {ROOT_CA_KEY: ca_pem}
    for kind, obj in ((SERVICE_ACCOUNT, account), (CONFIG_MAP, bundle)):
        await _ensure(objects, kind, name, obj)


async def _ensure(objects: Objects, kind: Kind, namespace: str, obj: Object) -> None:
    try:
        await objects.create(kind, namespace, obj)
    except Refused as refusal:
        if refusal.status["reason"] != "AlreadyExists":
            raise


def _object(kind: Kind, namespace: str, name: str) -> Object:
    return {
        "kind": kind.kind,
        "apiVersion": kind.api_version,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid(),
            "creationTimestamp": render(wall_time_s()),
        },
    }
