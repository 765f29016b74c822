"""Carries out what the pod machine plans for a sandbox, and keeps its content up to date.

Does: set up (again later when it fails), tear down, fresh tokens, volumes that follow their
objects.
"""

import asyncio

from seatrial.kit.clock import wall_time_s
from seatrial.kubelet.containers import Stage
from seatrial.kubelet.errors import KubeletFailure, MountFailure
from seatrial.kubelet.pod_host import PodHost
from seatrial.kubelet.references import token_wishes
from seatrial.kubelet.restarts import SYNC_RETRY_S

# Tokens are asked for again when this share of their time is over.
TOKEN_REFRESH_SHARE = 0.8


class SandboxKeeper:
    """The sandbox of one pod, as a part of the pod's state."""

    def __init__(self, host: PodHost) -> None:
        self._host = host

    async def set_up(self) -> None:
        """MAKING becomes READY, or ABSENT with an Event and a time for the next try."""
        host = self._host
        try:
            await host.sandbox.set_up(host.pod)
        except KubeletFailure as error:
            reason = "FailedMount" if isinstance(error, MountFailure) else "FailedCreatePodSandBox"
            host.tell("Warning", reason, str(error))
            host.see(stage=Stage.ABSENT, retry_at=wall_time_s() + SYNC_RETRY_S)
            return
        host.see(stage=Stage.READY, ip=host.sandbox.ip)
        wishes = token_wishes(host.pod)
        if wishes:
            shortest_s = min(each.expiration_s for each in wishes)
            host.spawn(self._keep_tokens(shortest_s), name="tokens")

    async def tear_down(self) -> None:
        """REMOVING becomes GONE."""
        await self._host.sandbox.tear_down()
        self._host.see(stage=Stage.GONE)

    async def gather_again(self) -> None:
        """Fetch what the pod refers to once more, and let what waits for it try again."""
        host = self._host
        if host.seen.stage is Stage.ABSENT:
            host.see(retry_at=0.0)
        if host.seen.stage is not Stage.READY:
            return
        try:
            await host.sandbox.gather(host.pod)
        except MountFailure as error:
            host.tell("Warning", "FailedMount", str(error))
            return
        self.rewrite_volumes()
        for name, state in host.seen.containers.items():
            if state.waiting_reason == "CreateContainerConfigError":
                host.change(name, retry_at=0.0)

    def rewrite_volumes(self) -> None:
        """Write the volumes whose content has changed."""
        host = self._host
        if host.seen.stage is not Stage.READY:
            return
        try:
            host.sandbox.refresh(host.pod)
        except MountFailure as error:
            host.tell("Warning", "FailedMount", str(error))

    async def _keep_tokens(self, expiration_s: float) -> None:
        while True:
            await asyncio.sleep(expiration_s * TOKEN_REFRESH_SHARE)
            await self.gather_again()
