"""A pod's sandbox on this node: namespaces, address, volumes and the files all containers share.

Does: makes and removes them; what is independent is made at the same time.
Holds: after a failed `set_up` nothing of it is left; `tear_down` may be called in any state; what
an emptyDir on disk holds outlives `kill`, as it outlives the reboot of a node.
"""

import asyncio
import shutil
from pathlib import Path

from seatrial.api.kinds import SERVICE_ACCOUNT
from seatrial.api.objects import Object, key_of, name_of, namespace_of, spec_of, uid_of
from seatrial.client.errors import ClientError
from seatrial.kit.errors import SeatrialError
from seatrial.kubelet import sandbox_files
from seatrial.kubelet.errors import MountFailure, SandboxFailure
from seatrial.kubelet.node_parts import NodeParts
from seatrial.kubelet.objects_cache import Fetched
from seatrial.kubelet.places import PodPlaces
from seatrial.kubelet.references import token_wishes
from seatrial.kubelet.status import is_host_network
from seatrial.kubelet.together import both
from seatrial.kubelet.volumes.interface import TokenWish, VolumeContext
from seatrial.kubelet.volumes.volumes import Volumes
from seatrial.runtime.interface import SandboxSpec

NODE_RESOLV_CONF = Path("/etc/resolv.conf")


class PodSandbox:
    """The sandbox of one pod."""

    def __init__(self, parts: NodeParts, places: PodPlaces, pod: Object) -> None:
        self.id = uid_of(pod)
        self.ip = ""
        self.fetched = Fetched({})
        self.volumes = Volumes(places.volumes, rootless=parts.config.rootless)
        self._parts = parts
        self._places = places
        self._key = key_of(pod)
        self._netns = ""
        self._tokens: dict[TokenWish, str] = {}

    async def set_up(self, pod: Object) -> None:
        """Make everything. Raises MountFailure, SandboxFailure."""
        try:
            self.ip, _ = await both(self._attach(pod), self.gather(pod))
            self.volumes.make(self._context(pod))
            self._write_files(pod)
        except BaseException:
            await self.tear_down()
            raise

    async def gather(self, pod: Object) -> None:
        """Fetch what the pod refers to: ConfigMaps, Secrets and tokens. Raises MountFailure."""
        try:
            self.fetched, self._tokens = await both(
                self._parts.objects.fetch(pod), self._ask_tokens(pod)
            )
        except ClientError as error:
            raise MountFailure(f"cannot fetch what the pod refers to: {error}") from error

    def refresh(self, pod: Object) -> list[str]:
        """Write volumes whose content has changed since; their names. Raises MountFailure."""
        return self.volumes.refresh(self._context(pod))

    async def tear_down(self) -> None:
        """Remove everything but logs."""
        await self.kill()
        self.volumes.remove()
        if self._places.sandbox.exists():
            shutil.rmtree(self._places.sandbox)

    async def kill(self) -> None:
        """End namespaces, address and whatever still runs; what is on the disk stays."""
        # The address first: the path of its namespace may be another's once the sandbox is gone.
        if self._netns:
            netns, self._netns = self._netns, ""
            await self._parts.network.detach(self._key, netns)
        await self._parts.runtime.remove_sandbox(self.id)
        self.volumes.unmount()

    async def _attach(self, pod: Object) -> str:
        host_network = is_host_network(pod)
        spec = SandboxSpec(self.id, sandbox_files.hostname(pod), host_network=host_network)
        try:
            sandbox = await self._parts.runtime.create_sandbox(spec)
            if host_network:
                return self._parts.config.node_ip
            self._netns = sandbox.netns
            return await self._parts.network.attach(self._key, sandbox.netns)
        except SeatrialError as error:
            raise SandboxFailure(
                f"Failed to create pod sandbox: rpc error: code = Unknown desc = {error}"
            ) from error

    async def _ask_tokens(self, pod: Object) -> dict[TokenWish, str]:
        wanted = token_wishes(pod)
        got = await asyncio.gather(*(self._ask_token(pod, wish) for wish in wanted))
        return dict(zip(wanted, got, strict=True))

    async def _ask_token(self, pod: Object, wish: TokenWish) -> str:
        reference = {
            "apiVersion": "v1", "kind": "Pod", "name": name_of(pod), "uid": uid_of(pod),
        }  # fmt: skip
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {
                "audiences": [wish.audience] if wish.audience else [],
                "expirationSeconds": wish.expiration_s,
                "boundObjectRef": reference,
            },
        }
        account = spec_of(pod).get("serviceAccountName") or "default"
        answer = await self._parts.client.create_subresource(
            SERVICE_ACCOUNT, account, namespace_of(pod), "token", body
        )
        return str((answer.get("status") or {}).get("token") or "")

    def _context(self, pod: Object) -> VolumeContext:
        return VolumeContext(pod, self._parts.node, self.ip, self.fetched, self._tokens)

    def _write_files(self, pod: Object) -> None:
        config, files = self._parts.config, self._places.files
        files.mkdir(parents=True, exist_ok=True)
        own = NODE_RESOLV_CONF.read_text() if NODE_RESOLV_CONF.exists() else ""
        texts = {
            "hosts": sandbox_files.hosts(pod, self.ip, cluster_domain=config.cluster_domain),
            "hostname": f"{sandbox_files.hostname(pod)}\n",
            "resolv.conf": sandbox_files.resolv_conf(
                pod, cluster_dns=config.cluster_dns, cluster_domain=config.cluster_domain, own=own
            ),
        }
        for name, text in texts.items():
            (files / name).write_text(text)
            (files / name).chmod(0o644)
