"""Waiting for an object by watching it; never by asking again and again.

Holds: every wait has a limit; a broken watch is resumed, a server that cannot be reached is tried
again until the limit.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, uid_of
from seatrial.client.errors import ClientError
from seatrial.client.informer import Informer
from seatrial.client.interface import Client
from seatrial.client.reflector import Selection
from seatrial.kit.tasks import Tasks

T = TypeVar("T")

Predicate: TypeAlias = Callable[[Object], bool]


class WaitTimeout(ClientError):
    """The condition did not come true in time."""


async def wait_for(
    client: Client, kind: Kind, name: str, namespace: str | None, predicate: Predicate, *,
    limit_s: float, what: str = "the condition",
) -> Object:  # fmt: skip
    """The object, once it is there and `predicate` holds; `what` names that for the error.

    Raises WaitTimeout after `limit_s`.
    """

    def seen(objects: list[Object]) -> Object | None:
        return next((obj for obj in objects if predicate(obj)), None)

    selection = Selection(kind, namespace, fields=f"metadata.name={name}")
    return await _wait(client, selection, seen, limit_s=limit_s, what=f"{what} of {name}")


async def wait_deleted(
    client: Client, kind: Kind, name: str, namespace: str | None, *,
    limit_s: float, uid: str = "",
) -> None:  # fmt: skip
    """Until the object (with `uid`: that very one) is gone. Raises WaitTimeout after `limit_s`."""

    def gone(objects: list[Object]) -> bool | None:
        left = [obj for obj in objects if not uid or uid_of(obj) == uid]
        return None if left else True

    selection = Selection(kind, namespace, fields=f"metadata.name={name}")
    await _wait(client, selection, gone, limit_s=limit_s, what=f"deletion of {name}")


async def wait_all(
    client: Client, selection: Selection, predicate: Callable[[list[Object]], bool], *,
    limit_s: float, what: str = "the condition",
) -> list[Object]:  # fmt: skip
    """The selected objects, once `predicate` holds for them together.

    Raises WaitTimeout after `limit_s`.
    """

    def seen(objects: list[Object]) -> list[Object] | None:
        return objects if predicate(objects) else None

    return await _wait(client, selection, seen, limit_s=limit_s, what=what)


async def _wait(
    client: Client, selection: Selection, seen: Callable[[list[Object]], T | None], *,
    limit_s: float, what: str,
) -> T:  # fmt: skip
    informer = Informer(client, selection)
    changed = asyncio.Event()
    informer.subscribe(lambda _old, _new: changed.set())
    follower = Tasks("wait")
    follower.start(informer.run(), name=str(selection))
    try:
        async with asyncio.timeout(limit_s):
            await informer.wait_synced()
            while (value := seen(informer.list())) is None:
                changed.clear()
                await changed.wait()
            return value
    except TimeoutError as error:
        raise WaitTimeout(f"{selection}: {what} did not come within {limit_s:g} s") from error
    finally:
        await follower.stop()
