"""Reading and writing objects of any kind in the store.

Does: keeps decoded objects beside their bytes; puts the store's revision into an object as its
`metadata.resourceVersion` in the same write; turns the store's errors into Statuses.
Does not: know rules of kinds; those are in `registry/writing.py` and the strategies.

Holds: a decoded object that is handed out as `Found.shared` is never changed by anybody; who wants
to change one takes `Found.own()`. The cache holds at most `DECODED_OBJECTS_MAX` objects.
"""

from dataclasses import dataclass

import orjson

from seatrial.api import status
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.apiserver.config import DECODED_OBJECTS_MAX
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.keys import key_of
from seatrial.store.interface import Entry, KeyExists, KeyMissing, Render, RevisionConflict, Store


class Moved(Exception):
    """Somebody wrote in between; who reads, changes and writes starts again."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it is stored."""

    entry: Entry
    shared: Object

    def own(self) -> Object:
        """A copy that may be changed."""
        # Decoding again is several times faster than a deep copy.
        decoded: Object = orjson.loads(self.entry.value)
        return decoded


class Objects:
    """The objects of all kinds."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._decoded: dict[str, tuple[int, Object]] = {}

    def decode(self, entry: Entry) -> Object:
        """The shared object of an entry; not to be changed."""
        known = self._decoded.get(entry.key)
        if known is not None and known[0] == entry.revision:
            return known[1]
        obj: Object = orjson.loads(entry.value)
        # An old revision (a paged list) must not push out the newest.
        if known is None or known[0] < entry.revision:
            self._keep(entry, obj)
        return obj

    async def find(self, kind: Kind, namespace: str, name: str) -> Found | None:
        """The object, or None."""
        entry = await self.store.get(key_of(kind, namespace, name))
        return None if entry is None else Found(entry, self.decode(entry))

    async def get(self, kind: Kind, namespace: str, name: str) -> Found:
        """The object. Raises Refused (404)."""
        found = await self.find(kind, namespace, name)
        if found is None:
            raise Refused(status.not_found(kind, name))
        return found

    async def create(self, kind: Kind, namespace: str, obj: Object) -> Found:
        """Store a new object; `obj` is given away. Raises Refused (409 AlreadyExists)."""
        name = obj["metadata"]["name"]
        try:
            entry = await self.store.create(key_of(kind, namespace, name), _renderer(obj))
        except KeyExists as error:
            raise Refused(status.already_exists(kind, name)) from error
        self._keep(entry, obj)
        return Found(entry, obj)

    async def replace(self, kind: Kind, found: Found, obj: Object) -> Found:
        """Store a new state of what was found; `obj` is given away.

        Raises Moved when it is no longer as it was found, Refused (404) when it is gone.
        """
        try:
            entry = await self.store.update(
                found.entry.key, _renderer(obj), expected=found.entry.revision
            )
        except KeyMissing as error:
            raise Refused(status.not_found(kind, obj["metadata"]["name"])) from error
        except RevisionConflict as error:
            raise Moved from error
        self._keep(entry, obj)
        return Found(entry, obj)

    async def remove(self, kind: Kind, found: Found, obj: Object) -> Found:
        """Remove what was found; watchers see `obj` with the deletion's revision.

        Raises Moved when it is no longer as it was found, Refused (404) when it is gone.
        """
        try:
            entry = await self.store.delete(
                found.entry.key, expected=found.entry.revision, render=_renderer(obj)
            )
        except KeyMissing as error:
            raise Refused(status.not_found(kind, obj["metadata"]["name"])) from error
        except RevisionConflict as error:
            raise Moved from error
        self._decoded.pop(found.entry.key, None)
        return Found(entry, obj)

    def _keep(self, entry: Entry, obj: Object) -> None:
        # The entry must go to the end, as the one that was used last.
        self._decoded.pop(entry.key, None)
        self._decoded[entry.key] = (entry.revision, obj)
        if len(self._decoded) > DECODED_OBJECTS_MAX:
            del self._decoded[next(iter(self._decoded))]


def _renderer(obj: Object) -> Render:
    """The bytes of an object with the revision that the store gives it."""

    def render(revision: int) -> bytes:
        obj["metadata"]["resourceVersion"] = str(revision)
        try:
            return orjson.dumps(obj)
        except orjson.JSONEncodeError as error:
            # What was decoded can be encoded, but for its depth.
            raise Refused(status.bad_request(f"the object cannot be stored: {error}")) from error

    return render
