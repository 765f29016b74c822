"""Kubelet tests live in virtual time: what takes ten minutes takes none, and times are exact."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

import pytest

EPOCH_S = 1_800_000_000.0


class _JumpingSelector(selectors.DefaultSelector):
    """When nothing is ready, the loop's clock jumps to the next timer instead of waiting."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or not timeout:
            if timeout is None and not ready:
                raise RuntimeError("deadlock: everybody waits for somebody else")
            return ready
        self.loop.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is its own."""

    epoch_s = EPOCH_S

    def __init__(self) -> None:
        self.now_s = 0.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Asynchronous tests of this folder run on a VirtualLoop, save those with real sockets."""
    if "edges" in item.path.name:
        return {"real": asyncio.SelectorEventLoop}
    return {"virtual": VirtualLoop}
