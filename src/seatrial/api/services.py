"""Reading Services: which port of a pod a Service's port means, who is asked for."""

from typing import Any

from seatrial.api.objects import Object, spec_of
from seatrial.api.pods import named_port


def ports_of(service: Object) -> list[dict[str, Any]]:
    """`spec.ports`."""
    return spec_of(service).get("ports") or []


def target_port(port: dict[str, Any], pod: Object) -> int | None:
    """The number of the pod's port behind a Service's port; None when the pod has no such name."""
    target = port.get("targetPort") or port.get("port")
    if isinstance(target, str):
        return named_port(pod, target, port.get("protocol", "TCP"))
    return None if target is None else int(target)


def selector_of(service: Object) -> dict[str, str]:
    """Labels of the pods behind it; {} when its endpoints are somebody else's to write."""
    return spec_of(service).get("selector") or {}


def is_headless(service: Object) -> bool:
    """Has no address of its own: its name resolves to its pods."""
    return spec_of(service).get("clusterIP") == "None"


def cluster_ip(service: Object) -> str:
    """Its virtual address; "" when it has none (headless, ExternalName, not yet given)."""
    address = str(spec_of(service).get("clusterIP") or "")
    return "" if address == "None" else address


def publishes_not_ready(service: Object) -> bool:
    """Pods that are not ready are published as if they were."""
    return bool(spec_of(service).get("publishNotReadyAddresses"))
