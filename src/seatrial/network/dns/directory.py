"""The directory of names kept by informers: always as fresh as the last watch event."""

from collections.abc import Sequence

from seatrial.api.objects import Object, key_of, labels_of, namespace_of, spec_of
from seatrial.client.informer import Informer
from seatrial.network.dns.records import NamedService, named_service

SERVICE_LABEL = "kubernetes.io/service-name"


class InformedDirectory:
    """Names of what three informers know."""

    def __init__(self, *, namespaces: Informer, services: Informer, slices: Informer) -> None:
        self._namespaces = namespaces
        self._services = services
        self._slices = slices
        services.add_index("dns-address", _service_addresses)
        slices.add_index("dns-address", _slice_addresses)
        slices.add_index("dns-service", _slice_services)

    def has_namespace(self, namespace: str) -> bool:
        """See Directory."""
        return self._namespaces.get(namespace) is not None

    def service(self, namespace: str, name: str) -> NamedService | None:
        """See Directory."""
        found = self._services.get(f"{namespace}/{name}")
        return None if found is None else self._named(found)

    def services_at(self, address: str) -> Sequence[NamedService]:
        """See Directory."""
        services = {key_of(each): each for each in self._services.by_index("dns-address", address)}
        for each in self._slices.by_index("dns-address", address):
            for key in _slice_services(each):
                service = self._services.get(key)
                if service is not None and spec_of(service).get("clusterIP") == "None":
                    services[key] = service
        return [self._named(each) for _, each in sorted(services.items())]

    def _named(self, service: Object) -> NamedService:
        return named_service(service, self._slices.by_index("dns-service", key_of(service)))


def _service_addresses(service: Object) -> list[str]:
    spec = spec_of(service)
    return list(spec.get("clusterIPs") or [spec.get("clusterIP") or ""])


def _slice_addresses(endpoint_slice: Object) -> list[str]:
    entries = endpoint_slice.get("endpoints") or []
    return list(dict.fromkeys(a for each in entries for a in each.get("addresses") or []))


def _slice_services(endpoint_slice: Object) -> list[str]:
    name = labels_of(endpoint_slice).get(SERVICE_LABEL)
    return [f"{namespace_of(endpoint_slice)}/{name}"] if name else []
