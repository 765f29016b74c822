"""Registers the node and keeps saying that it lives.

Does: creates the Node (or takes over the one there is), writes its status at the start and every
few minutes; the Lease is a `LeaseKeeper`'s.
"""

import asyncio

from seatrial.api.kinds import NODE
from seatrial.api.objects import Object
from seatrial.client.errors import AlreadyExists, ClientError
from seatrial.client.interface import STRATEGIC, Client
from seatrial.kit.backoff import Backoff
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record
from seatrial.kubelet import node_object
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.machine import Machine

record = get_record("kubelet.node")

RETRY_BACKOFF = Backoff(first_s=0.1, factor=2.0, max_s=7.0)


class NodeHeartbeat:
    """The Node object of this kubelet."""

    def __init__(self, client: Client, config: KubeletConfig, machine: Machine) -> None:
        self._client = client
        self._config = config
        self._machine = machine

    async def register(self) -> Object:
        """Create the Node and write its status, as often as it takes; the object as it is then."""
        failures = 0
        while True:
            try:
                await self._create()
                return await self.write_status()
            except ClientError as error:
                failures += 1
                record.warning("node.not_registered", node=self._config.node_name, error=error)
                await asyncio.sleep(RETRY_BACKOFF.delay_s(failures))

    async def run(self) -> None:
        """Write the status again and again, until cancelled."""
        failures = 0
        while True:
            interval_s = self._config.node_status_interval_s
            await asyncio.sleep(RETRY_BACKOFF.delay_s(failures) or interval_s)
            try:
                await self.write_status()
                failures = 0
            except ClientError as error:
                failures += 1
                record.warning("node.status_not_written", error=error)

    async def write_status(self) -> Object:
        """Write the node's status once. Raises ClientError."""
        name = self._config.node_name
        before = await self._client.get(NODE, name)
        status = node_object.status(self._config, self._machine, before, now=wall_time_s())
        return await self._client.patch(
            NODE, name, None, {"status": status}, patch_type=STRATEGIC, subresource="status"
        )

    async def _create(self) -> None:
        wanted = node_object.node(self._config, self._machine)
        try:
            await self._client.create(NODE, wanted)
        except AlreadyExists:
            changes = {"metadata": {"labels": wanted["metadata"]["labels"]}, "spec": wanted["spec"]}
            await self._client.patch(NODE, self._config.node_name, None, changes)
