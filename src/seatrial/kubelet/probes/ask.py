"""Asks a probe once, whichever its kind."""

from dataclasses import dataclass
from typing import Any

from seatrial.api.objects import Object
from seatrial.kubelet.ports import UnknownPort, port_of
from seatrial.kubelet.probes import command, http, tcp
from seatrial.kubelet.probes.outcome import Outcome, unknown
from seatrial.runtime.interface import Runtime


@dataclass(frozen=True, slots=True)
class Target:
    """The container that is asked."""

    runtime: Runtime
    container_id: str
    container: Object
    pod_ip: str


async def ask(probe: dict[str, Any], target: Target, *, timeout_s: float) -> Outcome:
    """The outcome of one asking; never raises for what the container does."""
    try:
        return await _ask(probe, target, timeout_s)
    except UnknownPort as error:
        return unknown(str(error))


async def _ask(probe: dict[str, Any], target: Target, timeout_s: float) -> Outcome:
    if "exec" in probe:
        argv = probe["exec"].get("command") or []
        return await command.ask(target.runtime, target.container_id, argv, timeout_s=timeout_s)
    if "httpGet" in probe:
        action = probe["httpGet"]
        port = port_of(target.container, action["port"])
        url = http.url_of(action, pod_ip=target.pod_ip, port=port)
        return await http.ask(url, http.headers_of(action), timeout_s=timeout_s)
    if "tcpSocket" in probe:
        action = probe["tcpSocket"]
        port = port_of(target.container, action["port"])
        return await tcp.ask(action.get("host") or target.pod_ip, port, timeout_s=timeout_s)
    if "grpc" in probe:
        # HTTP/2 takes some 30 ms to import: only a node with such a probe pays for it.
        from seatrial.kubelet.probes import grpc

        action = probe["grpc"]
        return await grpc.ask(
            target.pod_ip, int(action["port"]), action.get("service") or "", timeout_s=timeout_s
        )
    return unknown("missing probe handler")
