"""Which ConfigMaps, Secrets and tokens a pod refers to; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.api.objects import Object, spec_of
from seatrial.kubelet.volumes.interface import TokenWish
from seatrial.kubelet.volumes.projected import wishes


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One object of the pod's namespace."""

    kind: Literal["ConfigMap", "Secret"]
    name: str


def references(pod: Object) -> tuple[Reference, ...]:
    """Every reference of the pod, once, in a stable order."""
    return tuple(sorted(set(_all(spec_of(pod)))))


def token_wishes(pod: Object) -> tuple[TokenWish, ...]:
    """The service account tokens that the pod's volumes ask for, once each."""
    wanted = [
        wish
        for volume in spec_of(pod).get("volumes") or []
        for wish in wishes(volume.get("projected") or {})
    ]
    return tuple(dict.fromkeys(wanted))


def _all(spec: Mapping[str, Any]) -> Iterator[Reference]:
    for container in (*(spec.get("initContainers") or []), *(spec.get("containers") or [])):
        yield from _of_container(container)
    for volume in spec.get("volumes") or []:
        yield from _of_volume(volume)
    for secret in spec.get("imagePullSecrets") or []:
        yield Reference("Secret", secret.get("name", ""))


def _of_container(container: Object) -> Iterator[Reference]:
    for source in container.get("envFrom") or []:
        yield from _named(source, "configMapRef", "secretRef")
    for entry in container.get("env") or []:
        yield from _named(entry.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")


def _of_volume(volume: Object) -> Iterator[Reference]:
    yield from _named(volume, "configMap", "")
    if "secret" in volume:
        yield Reference("Secret", volume["secret"].get("secretName", ""))
    for source in (volume.get("projected") or {}).get("sources") or []:
        yield from _named(source, "configMap", "secret")


def _named(source: Mapping[str, Any], config_map: str, secret: str) -> Iterator[Reference]:
    if config_map in source:
        yield Reference("ConfigMap", source[config_map].get("name", ""))
    if secret and secret in source:
        yield Reference("Secret", source[secret].get("name", ""))
