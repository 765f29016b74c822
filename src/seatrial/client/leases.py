"""A Lease renewed for as long as its holder lives: the heartbeat of a node.

Does: creates the lease, then writes `spec.renewTime` every `renew_s`; a renewal that fails is tried
again soon, because a missed heartbeat costs a node its pods.
Does not: compete for leadership; one lease has one holder here.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import LEASE
from seatrial.api.objects import Object
from seatrial.client.errors import AlreadyExists, ClientError, NotFound
from seatrial.client.interface import Client
from seatrial.kit.backoff import Backoff
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record

record = get_record("client.leases")

NODE_LEASE_NAMESPACE = "kube-node-lease"
# As the kubelet: a lease is good for 40 s and renewed in a quarter of that.
LEASE_DURATION_S = 40
RENEW_S = 10.0
RETRY_BACKOFF = Backoff(first_s=0.2, factor=2.0, max_s=7.0)


@dataclass(frozen=True, slots=True)
class LeaseSpec:
    """Whose lease, and how long it is good for."""

    name: str
    namespace: str = NODE_LEASE_NAMESPACE
    holder: str = ""  # default: the lease's own name, as nodes do
    duration_s: int = LEASE_DURATION_S
    renew_s: float = RENEW_S


class LeaseKeeper:
    """Keeps one lease renewed."""

    def __init__(self, client: Client, spec: LeaseSpec) -> None:
        self._client = client
        self._spec = spec

    async def run(self) -> None:
        """Renew until cancelled."""
        failures = 0
        while True:
            try:
                await self.renew()
                failures = 0
            except ClientError as error:
                failures += 1
                record.warning("lease.not_renewed", lease=self._spec.name, error=error)
            await asyncio.sleep(RETRY_BACKOFF.delay_s(failures) or self._spec.renew_s)

    async def renew(self) -> Object:
        """Write the lease once, now. Raises ClientError."""
        name, namespace = self._spec.name, self._spec.namespace
        patch = {"spec": _renewed(self._spec, wall_time_s())}
        try:
            return await self._client.patch(LEASE, name, namespace, patch)
        except NotFound:
            pass  # the first renewal, or somebody deleted it: create it below
        lease = {"metadata": {"name": name, "namespace": namespace}, **patch}
        lease["spec"]["acquireTime"] = lease["spec"]["renewTime"]
        try:
            return await self._client.create(LEASE, lease, namespace)
        except AlreadyExists:  # another incarnation of the holder was quicker
            return await self._client.patch(LEASE, name, namespace, patch)


def _renewed(spec: LeaseSpec, now_s: float) -> dict[str, Any]:
    return {
        "holderIdentity": spec.holder or spec.name,
        "leaseDurationSeconds": spec.duration_s,
        "renewTime": timestamps.render_micro(now_s),
    }
