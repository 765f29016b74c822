"""ServiceAccount: every namespace has an account `default` and the authority's certificate.

Does: makes ServiceAccount `default` and ConfigMap `kube-root-ca.crt` in every active namespace, and
makes them again when they are deleted or changed.
"""

from seatrial.api.kinds import CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT, Kind
from seatrial.api.objects import Object, is_terminating, namespace_of
from seatrial.client.errors import AlreadyExists, Forbidden, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler

ACCOUNT = "default"
ROOT_CA = "kube-root-ca.crt"


def root_ca(namespace: str, ca_pem: str) -> Object:
    """The ConfigMap from which pods learn whom to trust."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": ROOT_CA,
            "namespace": namespace,
            "annotations": {
                "kubernetes.io/description": "Contains a CA bundle that can be used to verify the "
                "kube-apiserver when using internal endpoints such as the internal service IP or "
                "kubernetes.default.svc."
            },
        },
        "data": {"ca.crt": ca_pem},
    }


def default_account(namespace: str) -> Object:
    """The account of pods that name none."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": ACCOUNT, "namespace": namespace},
    }


class ServiceAccountController:
    """Keyed by namespace."""

    def __init__(self, informers: InformerSet, *, ca_pem: str) -> None:
        self._client = informers.client
        self._ca_pem = ca_pem
        self._namespaces = informers.informer(NAMESPACE)
        self._accounts = informers.informer(SERVICE_ACCOUNT)
        self._config_maps = informers.informer(CONFIG_MAP)
        self.reconciler = Reconciler("serviceaccount", self.reconcile)
        self.reconciler.watch(self._namespaces)
        for informer in (self._accounts, self._config_maps):
            self.reconciler.watch(informer, keys=lambda obj: [namespace_of(obj)])

    async def reconcile(self, key: str) -> None:
        """One look at one namespace."""
        namespace = self._namespaces.get(key)
        if namespace is None or is_terminating(namespace):
            return
        if self._accounts.get(f"{key}/{ACCOUNT}") is None:
            await self._create(SERVICE_ACCOUNT, default_account(key))
        wanted, present = root_ca(key, self._ca_pem), self._config_maps.get(f"{key}/{ROOT_CA}")
        if present is None:
            await self._create(CONFIG_MAP, wanted)
        elif present.get("data") != wanted["data"]:
            await self._client.update(CONFIG_MAP, {**present, "data": wanted["data"]})

    async def _create(self, kind: Kind, obj: Object) -> None:
        try:
            await self._client.create(kind, obj, namespace_of(obj))
        except AlreadyExists:
            return
        except (NotFound, Forbidden):
            return  # the namespace is going: its news is on its way
