"""Gets the image of a container: from this machine's shelf, or from a registry.

Does: pull policies, credentials of imagePullSecrets, at most so many pulls at a time, and Events.
Does not: wait between tries; the pod's worker does.

Differs from Kubernetes: an image that was loaded into the shelf (from an archive, or a `host`
image) satisfies every pull policy, also Always, which then does not ask a registry; the Pulled
event says so.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from seatrial.api.objects import Object, spec_of
from seatrial.images.interface import Image, ImageFailure, ImageSource, InvalidImageName
from seatrial.kit.errors import SeatrialError
from seatrial.kubelet.durations import go_duration
from seatrial.kubelet.env import Lookup, secret_data
from seatrial.kubelet.errors import ImageRefusal

# (type, reason, message): an Event about the container.
Tell = Callable[[Literal["Normal", "Warning"], str, str], None]


class ImagePuller:
    """The images of one node's containers."""

    def __init__(self, shelf: ImageSource, *, pulls_max: int) -> None:
        self._shelf = shelf
        self._slots = asyncio.Semaphore(pulls_max)

    async def ensure(self, pod: Object, container: Object, *, lookup: Lookup, tell: Tell) -> Image:
        """The container's image, ready to run. Raises ImageRefusal."""
        name = str(container.get("image") or "")
        policy = container.get("imagePullPolicy") or default_policy(name)
        try:
            found = await self._shelf.find(name)
        except InvalidImageName as error:
            message = f'Failed to apply default image tag "{name}": {error}'
            tell("Warning", "InspectFailed", message)
            raise ImageRefusal(message, reason="InvalidImageName") from error
        except ImageFailure as error:
            tell("Warning", "InspectFailed", f'Failed to inspect image "{name}": {error}')
            raise ImageRefusal(
                f'Failed to inspect image "{name}": {error}', reason="ImageInspectError"
            ) from error
        if found is not None:
            tell("Normal", "Pulled", _present(name, policy, found))
            return found
        if policy == "Never":
            message = f'Container image "{name}" is not present with pull policy of Never'
            tell("Warning", "ErrImageNeverPull", message)
            raise ImageRefusal(message, reason="ErrImageNeverPull")
        return await self._pull(name, pull_credentials(pod, name, lookup), tell)

    async def _pull(self, name: str, auth: Mapping[str, str] | None, tell: Tell) -> Image:
        tell("Normal", "Pulling", f'Pulling image "{name}"')
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            async with self._slots:
                began_at = loop.time()
                image = await self._shelf.pull(name, auth=auth)
        except SeatrialError as error:
            tell("Warning", "Failed", f'Failed to pull image "{name}": {error}')
            tell("Warning", "Failed", "Error: ErrImagePull")
            raise ImageRefusal(
                f'failed to pull and unpack image "{name}": {error}', reason="ErrImagePull"
            ) from error
        now = loop.time()
        took, waited = go_duration(now - began_at), go_duration(now - asked_at)
        done = f'Successfully pulled image "{name}" in {took} ({waited} including waiting).'
        tell("Normal", "Pulled", done)
        return image


def default_policy(image: str) -> str:
    """The pull policy of a container that names none."""
    name, at, _ = image.partition("@")
    if at:
        return "IfNotPresent"
    _, colon, tag = name.rpartition("/")[2].partition(":")
    return "IfNotPresent" if colon and tag != "latest" else "Always"


def _present(name: str, policy: str, image: Image) -> str:
    if policy == "Always":
        origin = "host image" if image.is_host else "loaded archive"
        return (
            f'Container image "{name}" already present on this machine '
            f"({origin}; pull policy Always is satisfied by it)"
        )
    return f'Container image "{name}" already present on machine and can be accessed by the pod'


def pull_credentials(pod: Object, image: str, lookup: Lookup) -> dict[str, str] | None:
    """User name and password for the image's registry, from the pod's imagePullSecrets."""
    registry = _registry(image)
    for reference in spec_of(pod).get("imagePullSecrets") or []:
        secret = lookup.secret(reference.get("name", ""))
        for server, entry in _logins(secret or {}).items():
            if _host(server) == registry:
                return _login(entry)
    return None


def _registry(image: str) -> str:
    first, slash, _ = image.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost")
    return _host(first) if is_host else "docker.io"


def _host(server: str) -> str:
    host = server.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return "docker.io" if host in {"index.docker.io", "registry-1.docker.io"} else host


def _logins(secret: Object) -> dict[str, Any]:
    data = secret_data(secret)
    try:
        if ".dockerconfigjson" in data:
            return dict(json.loads(data[".dockerconfigjson"]).get("auths") or {})
        return dict(json.loads(data.get(".dockercfg", b"{}")))
    except (ValueError, AttributeError, TypeError):
        return {}  # as the kubelet: a secret that is none does not stop a pull without it


def _login(entry: Mapping[str, Any]) -> dict[str, str]:
    if entry.get("username"):
        return {"username": entry["username"], "password": entry.get("password") or ""}
    try:
        user, _, password = base64.b64decode(entry.get("auth") or "").decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"username": user, "password": password}
