"""Runs a container's postStart or preStop hook: exec, httpGet or sleep.

Does: run the handler once. Raises HookFailure.
Does not: bound it; a preStop hook's bound is the grace period, a postStart hook has none.

Differs from Kubernetes: an HTTPS hook that is answered over HTTP is not tried again over HTTP.
"""

import asyncio
from typing import Any

from seatrial.kubelet.errors import KubeletFailure
from seatrial.kubelet.ports import UnknownPort, port_of
from seatrial.kubelet.probes import http
from seatrial.kubelet.probes.ask import Target
from seatrial.runtime.interface import RuntimeFailure

# The kubelet's HTTP client for hooks gives up after a minute.
HTTP_LIMIT_S = 60.0


class HookFailure(KubeletFailure):
    """The hook could not be run, or failed."""


async def run(handler: dict[str, Any], target: Target) -> None:
    """Run one handler to its end. Raises HookFailure."""
    if "exec" in handler:
        await _command(handler["exec"].get("command") or [], target)
    elif "httpGet" in handler:
        await _http(handler["httpGet"], target)
    elif "sleep" in handler:
        await asyncio.sleep(float(handler["sleep"].get("seconds") or 0))
    else:
        raise HookFailure(f"invalid handler: {sorted(handler)}")


async def _command(argv: list[str], target: Target) -> None:
    try:
        result = await target.runtime.exec(target.container_id, argv, timeout_s=None)
    except RuntimeFailure as error:
        raise HookFailure(str(error)) from error
    if result.code != 0:
        raise HookFailure(f"command {argv} exited with {result.code}")


async def _http(action: dict[str, Any], target: Target) -> None:
    try:
        port = port_of(target.container, action.get("port") or 80)
    except UnknownPort as error:
        raise HookFailure(str(error)) from error
    url = http.url_of(action, pod_ip=target.pod_ip, port=port)
    try:
        # Whatever is answered counts, an error's status too: only silence fails a hook.
        await http.fetch(url, http.headers_of(action), timeout_s=HTTP_LIMIT_S)
    except http.HttpFailure as error:
        raise HookFailure(str(error)) from error
