"""Pulling from a small registry in this process."""

import base64
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from seatrial.images.build import File, layer_tar
from seatrial.images.digest import digest_of
from seatrial.images.interface import BrokenImage, PullFailure
from seatrial.images.manifest import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Platform
from seatrial.images.registry import is_this_machine
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit.backoff import Backoff

PASSWORD = base64.b64encode(b"skipper:rum").decode()


def descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


@dataclass
class Harbour:
    """A registry with one repository, `fleet/boat`, and moods."""

    documents: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    # "": open to all, "bearer": wants a token, "password": the token costs a password, "basic".
    guard: str = ""
    stumbles: int = 0
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def add_image(self, version: str, *, content: bytes = b"ahoy") -> dict[str, object]:
        layer = layer_tar([File("/hello", content)])
        zipped = gzip.compress(layer, mtime=0)
        config = orjson.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"Cmd": ["sail"]},
                "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
            }
        )
        layers = [descriptor(OCI_LAYER + "+gzip", zipped)]
        manifest = orjson.dumps(
            {"schemaVersion": 2, "config": descriptor(OCI_CONFIG, config), "layers": layers}
        )
        self.blobs |= {digest_of(data): data for data in (zipped, config)}
        self.documents |= {version: manifest, digest_of(manifest): manifest}
        return descriptor(OCI_MANIFEST, manifest)

    def add_index(self, version: str, entries: list[dict[str, object]]) -> str:
        index = orjson.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
        self.documents |= {version: index, digest_of(index): index}
        return digest_of(index)

    @property
    def boat(self) -> str:
        return f"{self.address}/fleet/boat"

    async def manifests(self, request: web.Request) -> web.Response:
        return self._serve(request, self.documents.get(request.match_info["version"]))

    async def blob(self, request: web.Request) -> web.Response:
        return self._serve(request, self.blobs.get(request.match_info["digest"]))

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append(f"token {request.query.get('scope')}")
        if self.guard == "password" and request.headers.get("Authorization") != f"Basic {PASSWORD}":
            return web.Response(status=401)
        return web.json_response({"token": "aye"})

    def _serve(self, request: web.Request, data: bytes | None) -> web.Response:
        self.asked.append(request.path.rpartition("/")[2])
        if self.stumbles:
            self.stumbles -= 1
            return web.Response(status=503)
        if not self._admits(request.headers.get("Authorization", "")):
            return web.Response(status=401, headers={"WWW-Authenticate": self._challenge()})
        if data is None:
            return web.Response(status=404)
        kind = OCI_INDEX if b'"manifests"' in data else OCI_MANIFEST
        return web.Response(body=data, content_type=kind)

    def _admits(self, authorization: str) -> bool:
        wanted = {"": authorization, "basic": f"Basic {PASSWORD}"}.get(self.guard, "Bearer aye")
        return authorization == wanted

    def _challenge(self) -> str:
        if self.guard == "basic":
            return 'Basic realm="harbour"'
        realm = f"http://{self.address}/token"
        return f'Bearer realm="{realm}",service="harbour",scope="repository:fleet/boat:pull"'


@pytest.fixture
async def harbour() -> AsyncIterator[Harbour]:
    harbour = Harbour()
    app = web.Application()
    app.router.add_get("/v2/fleet/boat/manifests/{version}", harbour.manifests)
    app.router.add_get("/v2/fleet/boat/blobs/{digest}", harbour.blob)
    app.router.add_get("/token", harbour.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    harbour.address = f"{host}:{port}"
    yield harbour
    await runner.cleanup()


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[DirectoryShelf]:
    shelf = DirectoryShelf(
        tmp_path / "shelf",
        platform=Platform("linux", "amd64"),
        between_attempts=Backoff(first_s=0),
    )
    yield shelf
    shelf.close()


async def hello(shelf: DirectoryShelf, reference: str) -> bytes:
    image = await shelf.find(reference)
    assert image is not None
    return (image.layers[0] / "hello").read_bytes()


async def test_a_pulled_image_is_on_the_shelf(harbour: Harbour, shelf: DirectoryShelf) -> None:
    manifest = harbour.add_image("v1")
    image = await shelf.pull(f"{harbour.boat}:v1")
    assert image == await shelf.find(f"{harbour.boat}:v1")
    assert image.config.command == ("sail",)
    assert await hello(shelf, f"{harbour.boat}:v1") == b"ahoy"
    assert await hello(shelf, f"{harbour.boat}@{manifest['digest']}") == b"ahoy"


async def test_a_second_pull_fetches_no_layer(harbour: Harbour, shelf: DirectoryShelf) -> None:
    harbour.add_image("v1")
    await shelf.pull(f"{harbour.boat}:v1")
    harbour.asked.clear()
    await shelf.pull(f"{harbour.boat}:v1")
    assert len(harbour.asked) == 2
    harbour.add_image("v1", content=b"new")
    await shelf.pull(f"{harbour.boat}:v1")
    assert await hello(shelf, f"{harbour.boat}:v1") == b"new"


async def test_an_index_leads_to_this_machines_image(
    harbour: Harbour, shelf: DirectoryShelf
) -> None:
    ours = {**harbour.add_image("x"), "platform": {"os": "linux", "architecture": "amd64"}}
    theirs = {**harbour.add_image("y", content=b"no"), "platform": {"os": "linux",
              "architecture": "arm64"}}  # fmt: skip
    digest = harbour.add_index("v1", [theirs, ours])
    await shelf.pull(f"{harbour.boat}:v1")
    assert await hello(shelf, f"{harbour.boat}:v1") == b"ahoy"
    assert await hello(shelf, f"{harbour.boat}@{digest}") == b"ahoy"
    harbour.add_index("v2", [theirs])
    with pytest.raises(PullFailure, match="no match for platform"):
        await shelf.pull(f"{harbour.boat}:v2")


async def test_a_token_is_fetched_when_the_registry_wants_one(
    harbour: Harbour, shelf: DirectoryShelf
) -> None:
    harbour.guard = "bearer"
    harbour.add_image("v1")
    await shelf.pull(f"{harbour.boat}:v1")
    assert harbour.asked.count("token repository:fleet/boat:pull") == 1


@pytest.mark.parametrize("guard", ["password", "basic"])
async def test_a_password_opens_what_is_closed(
    harbour: Harbour, shelf: DirectoryShelf, guard: str
) -> None:
    harbour.guard = guard
    harbour.add_image("v1")
    with pytest.raises(PullFailure, match="pull access denied"):
        await shelf.pull(f"{harbour.boat}:v1")
    wrong = {"username": "skipper", "password": "water"}
    with pytest.raises(PullFailure, match="pull access denied"):
        await shelf.pull(f"{harbour.boat}:v1", auth=wrong)
    await shelf.pull(f"{harbour.boat}:v1", auth={"username": "skipper", "password": "rum"})
    assert await hello(shelf, f"{harbour.boat}:v1") == b"ahoy"


async def test_what_is_not_there_is_not_asked_for_twice(
    harbour: Harbour, shelf: DirectoryShelf
) -> None:
    with pytest.raises(PullFailure, match=r"fleet/boat:v9: not found"):
        await shelf.pull(f"{harbour.boat}:v9")
    assert harbour.asked == ["v9"]


async def test_a_stumble_is_forgiven_but_not_for_ever(
    harbour: Harbour, shelf: DirectoryShelf
) -> None:
    harbour.add_image("v1")
    harbour.stumbles = 2
    await shelf.pull(f"{harbour.boat}:v1")
    harbour.stumbles = 3
    with pytest.raises(PullFailure, match="answers 503"):
        await shelf.pull(f"{harbour.boat}:v1")


def forged_layer(harbour: Harbour) -> None:
    manifest = orjson.loads(harbour.documents["v1"])
    harbour.blobs[manifest["layers"][0]["digest"]] = b"forged"


def long_layer(harbour: Harbour) -> None:
    manifest = orjson.loads(harbour.documents["v1"])
    harbour.blobs[manifest["layers"][0]["digest"]] += b"x" * 10


def forged_config(harbour: Harbour) -> None:
    manifest = orjson.loads(harbour.documents["v1"])
    harbour.blobs[manifest["config"]["digest"]] = b"{}"


def no_manifest(harbour: Harbour) -> None:
    harbour.documents["v1"] = b"<html>welcome to our hotel's network</html>"


@pytest.mark.parametrize("forge", [forged_layer, long_layer, forged_config, no_manifest])
async def test_forgeries_are_refused_and_leave_nothing(
    harbour: Harbour, shelf: DirectoryShelf, tmp_path: Path, forge: Callable[[Harbour], None]
) -> None:
    harbour.add_image("v1")
    forge(harbour)
    with pytest.raises(BrokenImage):
        await shelf.pull(f"{harbour.boat}:v1")
    assert await shelf.list() == []
    assert list((tmp_path / "shelf/layers").iterdir()) == []
    assert list((tmp_path / "shelf/work").iterdir()) == []


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("[::1]:5000", True),
        ("registry-1.docker.io", False),
        ("10.0.0.1:5000", False),
        ("localhost.example.org", False),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(host: str, local: bool) -> None:
    assert is_this_machine(host) == local
