"""A port by number or by the name a container gave it."""

from seatrial.api.objects import Object
from seatrial.kubelet.errors import KubeletFailure


class UnknownPort(KubeletFailure):
    """No port of that name."""


def port_of(container: Object, wanted: int | str) -> int:
    """The port's number. Raises UnknownPort."""
    if isinstance(wanted, int) or wanted.isdigit():
        return int(wanted)
    for port in container.get("ports") or []:
        if port.get("name") == wanted:
            return int(port["containerPort"])
    raise UnknownPort(f"couldn't find port: {wanted}")
