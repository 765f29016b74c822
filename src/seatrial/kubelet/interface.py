"""What the kubelet needs of its node, besides a Runtime, a Shelf and a Client."""

from typing import Protocol


class PodNetwork(Protocol):
    """Gives a sandbox its address (what a CNI plugin does)."""

    async def attach(self, pod: str, netns: str) -> str:
        """Wire the network namespace at path `netns` for pod "namespace/name"; its address."""

    async def detach(self, pod: str, netns: str) -> None:
        """Let the address go; no error when it is gone already."""
