"""ConfigMaps and Secrets for pods: from the informers' caches, or asked for when they lack them.

A pod often arrives together with what it refers to; so a miss in the cache is asked of the API
server before a container is refused for it.
"""

import asyncio
from dataclasses import dataclass

from seatrial.api.kinds import CONFIG_MAP, SECRET, Kind
from seatrial.api.objects import Object, namespace_of
from seatrial.client.errors import NotFound
from seatrial.client.informer import Informer
from seatrial.client.interface import Client
from seatrial.kubelet.references import Reference, references

_KINDS: dict[str, Kind] = {"ConfigMap": CONFIG_MAP, "Secret": SECRET}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The objects that one pod refers to; those that are not there are left out."""

    objects: dict[Reference, Object]

    def config_map(self, name: str) -> Object | None:
        """The ConfigMap of that name."""
        return self.objects.get(Reference("ConfigMap", name))

    def secret(self, name: str) -> Object | None:
        """The Secret of that name."""
        return self.objects.get(Reference("Secret", name))


class ObjectsCache:
    """What pods refer to."""

    def __init__(self, client: Client, *, config_maps: Informer, secrets: Informer) -> None:
        self._client = client
        self._informers = {"ConfigMap": config_maps, "Secret": secrets}

    async def fetch(self, pod: Object) -> Fetched:
        """Everything the pod refers to. Raises ClientError other than NotFound."""
        wanted = references(pod)
        found = await asyncio.gather(*(self._one(each, namespace_of(pod)) for each in wanted))
        return Fetched({ref: obj for ref, obj in zip(wanted, found, strict=True) if obj})

    async def _one(self, reference: Reference, namespace: str) -> Object | None:
        if not reference.name:
            return None
        cached = self._informers[reference.kind].get(f"{namespace}/{reference.name}")
        if cached is not None:
            return cached
        try:
            return await self._client.get(_KINDS[reference.kind], reference.name, namespace)
        except NotFound:
            return None


def services_around(services: Informer, namespace: str) -> tuple[Object, ...]:
    """The Services of a namespace, and the API's own."""
    api = services.get("default/kubernetes")
    return (*services.list(namespace), *([api] if api is not None else []))
