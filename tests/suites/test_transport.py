"""Every transport against the one suite."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from seatrial.client.errors import TransportError
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.http import HttpTarget, HttpTransport, unix_transport
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.client.transport.interface import Request
from seatrial.client.transport.scripted import ScriptedTransport, fake_app
from seatrial.testing.suites.transport import Reached, TransportSuite


@asynccontextmanager
async def served(api: FakeApi, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(fake_app(api), lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as group:
        group.create_task(server._serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            api.cut_watches()


class TestInProcess(TransportSuite):
    @pytest.fixture
    async def reached(self) -> AsyncIterator[Reached]:
        api = FakeApi()
        transport = InProcessTransport(fake_app(api))
        yield Reached(transport, api)
        await transport.aclose()


class TestScripted(TransportSuite):
    @pytest.fixture
    async def reached(self) -> AsyncIterator[Reached]:
        transport = ScriptedTransport()
        yield Reached(transport, transport.api)
        await transport.aclose()


class TestUnixSocket(TransportSuite):
    @pytest.fixture
    async def reached(self, tmp_path: Path) -> AsyncIterator[Reached]:
        api, path = FakeApi(), tmp_path / "api.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen()
            transport = unix_transport(path)
            async with served(api, listener):
                yield Reached(transport, api)
                await transport.aclose()

    async def test_nobody_listens(self, tmp_path: Path) -> None:
        transport = unix_transport(tmp_path / "absent.sock")
        with pytest.raises(TransportError, match=r"GET /version at .*absent\.sock"):
            await transport.send(Request("GET", "/version"))
        await transport.aclose()


class TestTcp(TransportSuite):
    @pytest.fixture
    async def reached(self) -> AsyncIterator[Reached]:
        api = FakeApi()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            transport = HttpTransport(HttpTarget(f"http://127.0.0.1:{port}"))
            async with served(api, listener):
                yield Reached(transport, api)
                await transport.aclose()
