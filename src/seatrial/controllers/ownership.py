"""Who belongs to whom: claiming by selector, owner references, and writes not yet seen.

Does: decides which objects a controller owns, adopts or lets go (`claim`, pure), and remembers the
writes whose effects have not reached the cache yet (`Expectations`).
Holds: a controller that waits for its expectations never creates or deletes twice for one wish.
Expectations end after EXPECTATION_S even if their effect never shows, as in client-go.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seatrial.api.kinds import Kind
from seatrial.api.objects import (
    Object,
    controller_of,
    is_terminating,
    key_of,
    labels_of,
    metadata,
    name_of,
    owners_of,
    uid_of,
)
from seatrial.api.selectors import Selector
from seatrial.client.errors import Conflict, NotFound
from seatrial.client.informer import Informer
from seatrial.client.interface import Client

# client-go's ExpectationsTimeout.
EXPECTATION_S = 300.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What belongs to an owner (`kept`), what should (`adopt`), what no longer does (`release`)."""

    kept: tuple[Object, ...]
    adopt: tuple[Object, ...]
    release: tuple[Object, ...]


def claim(owner: Object, selector: Selector, candidates: Iterable[Object]) -> Claim:
    """Sort candidates of the owner's namespace; a terminating owner adopts nothing."""
    kept: list[Object] = []
    adopt: list[Object] = []
    release: list[Object] = []
    for candidate in candidates:
        controller = controller_of(candidate)
        matches = selector.matches(labels_of(candidate))
        if controller is not None:
            if controller.get("uid") != uid_of(owner):
                continue
            (kept if matches else release).append(candidate)
        elif matches and not is_terminating(candidate) and not is_terminating(owner):
            adopt.append(candidate)
    return Claim(tuple(kept), tuple(adopt), tuple(release))


def owner_reference(kind: Kind, owner: Object) -> dict[str, Any]:
    """A reference that makes `owner` the controller."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


async def carry_out(
    client: Client, kind: Kind, owner_kind: Kind, owner: Object, claimed: Claim
) -> list[Object]:
    """Adopt and release; the objects that belong to the owner afterwards.

    Adopting asks the server first whether the owner still is who the cache says it is.
    """
    owned = list(claimed.kept)
    if claimed.adopt:
        await _check_alive(client, owner_kind, owner)
    for candidate in claimed.adopt:
        references = [*owners_of(candidate), owner_reference(owner_kind, owner)]
        owned.append(await _patch_owners(client, kind, candidate, references))
    for candidate in claimed.release:
        left = [each for each in owners_of(candidate) if each.get("uid") != uid_of(owner)]
        try:
            await _patch_owners(client, kind, candidate, left)
        except NotFound:
            continue  # it is gone: nobody's any more
    return owned


async def _check_alive(client: Client, kind: Kind, owner: Object) -> None:
    fresh = await client.get(kind, name_of(owner), metadata(owner).get("namespace"))
    if uid_of(fresh) != uid_of(owner) or is_terminating(fresh):
        raise Conflict(
            {"message": f"{kind.kind} {key_of(owner)} has been replaced", "reason": "Conflict"}
        )


async def _patch_owners(
    client: Client, kind: Kind, obj: Object, references: list[dict[str, Any]]
) -> Object:
    # The uid in the patch makes the server refuse when another object has taken the name.
    patch = {"metadata": {"uid": uid_of(obj), "ownerReferences": references}}
    return await client.patch(kind, name_of(obj), metadata(obj).get("namespace"), patch)


class Expectations:
    """Creations and deletions that were asked for and have not been seen in the cache."""

    def __init__(self, informer: Informer) -> None:
        self._created: dict[str, dict[str, float]] = {}  # owner → key of the child → until
        self._deleted: dict[str, dict[str, float]] = {}  # owner → uid of the child → until
        informer.subscribe(self._observe)

    def expect_created(self, owner: str, key: str) -> None:
        """Before the create is sent, so that its news cannot come first."""
        self._created.setdefault(owner, {})[key] = _now() + EXPECTATION_S

    def expect_deleted(self, owner: str, uid: str) -> None:
        """Before the delete is sent."""
        self._deleted.setdefault(owner, {})[uid] = _now() + EXPECTATION_S

    def forget(self, owner: str, child: str) -> None:
        """The write was refused: nothing will be seen of it."""
        self._created.get(owner, {}).pop(child, None)
        self._deleted.get(owner, {}).pop(child, None)

    def are_met(self, owner: str) -> bool:
        """Nothing is outstanding for this owner (any more)."""
        now = _now()
        for table in (self._created, self._deleted):
            waiting = table.get(owner, {})
            for child in [child for child, until in waiting.items() if until <= now]:
                del waiting[child]
            if waiting:
                return False
            table.pop(owner, None)
        return True

    def _observe(self, old: Object | None, new: Object | None) -> None:
        seen = new or old
        assert seen is not None
        for waiting in self._created.values():
            waiting.pop(key_of(seen), None)
        if new is None or is_terminating(new):
            for waiting in self._deleted.values():
                waiting.pop(uid_of(seen), None)


def _now() -> float:
    return asyncio.get_running_loop().time()
