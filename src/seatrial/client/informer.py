"""A shared cache of one collection, kept true by a watch.

Does: keeps the latest version of each object, indexes it, tells handlers what changed.
Does not: write; nor copy: what it hands out belongs to the cache.
Holds: nobody changes an object of the cache (copy it first: `copy.deepcopy`, or build a new one).
Holds: handlers run in the order of changes, each before the next change is applied. They are quick
and do not wait (a handler adds a key to a queue); a handler that raises stops the informer, loudly.
Holds: level-driven. After a gap the cache jumps to the present, handlers see one change (old, new)
for it; an object replaced by another of its name is told as a deletion and a creation.
"""

import asyncio
import builtins
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from seatrial.api.objects import Object, key_of, namespace_of, resource_version_of, uid_of
from seatrial.client.interface import Client, WatchEvent
from seatrial.client.reflector import Reflector, Selection

# (old, new): old None: it came; new None: it went; never both None.
Handler: TypeAlias = Callable[[Object | None, Object | None], None]
IndexFunction: TypeAlias = Callable[[Object], Iterable[str]]


class Informer:
    """The objects of one selection, as of the latest news."""

    def __init__(self, client: Client, selection: Selection) -> None:
        self.selection = selection
        self._reflector = Reflector(client, selection, sink=self)
        self._objects: dict[str, Object] = {}
        self._indexes: dict[str, _Index] = {"namespace": _Index(lambda obj: [namespace_of(obj)])}
        self._handlers: list[Handler] = []
        self._synced = asyncio.Event()

    async def run(self) -> None:
        """Follow the collection until cancelled."""
        await self._reflector.run()

    async def wait_synced(self) -> None:
        """Until the first list has arrived and handlers were told of it."""
        await self._synced.wait()

    def get(self, key: str) -> Object | None:
        """The object `namespace/name` (or `name`), or None."""
        return self._objects.get(key)

    def list(self, namespace: str = "") -> list[Object]:
        """All objects (of a namespace), oldest news first."""
        if namespace:
            return self.by_index("namespace", namespace)
        return list(self._objects.values())

    def by_index(self, index: str, value: str) -> "builtins.list[Object]":
        """The objects for which the index function gave `value`."""
        return [self._objects[key] for key in self._indexes[index].keys(value)]

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Keep a further index; a second one of that name must be the same function."""
        if name in self._indexes:
            return
        index = self._indexes[name] = _Index(function)
        for key, obj in self._objects.items():
            index.add(key, obj)

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        """Tell `handler` of each object there is, now and from now on; call the result to stop."""
        self._handlers.append(handler)
        for obj in list(self._objects.values()):
            handler(None, obj)
        return lambda: self._handlers.remove(handler)

    def replace(self, items: Iterable[Object]) -> None:
        """Sink: the whole collection is this."""
        fresh = {key_of(obj): obj for obj in items}
        for key in [key for key in self._objects if key not in fresh]:
            self._put(key, None)
        for key, obj in fresh.items():
            self._put(key, obj)
        self._synced.set()

    def apply(self, event: WatchEvent) -> None:
        """Sink: one object came, changed or went."""
        key = key_of(event.object)
        if event.type == "DELETED":
            # The last state is worth keeping for handlers: swap it in before it goes.
            if key in self._objects:
                self._objects[key] = event.object
            self._put(key, None)
            return
        self._put(key, event.object)

    def _put(self, key: str, new: Object | None) -> None:
        old = self._objects.get(key)
        if old is None and new is None:
            return
        if old is not None and new is not None:
            if resource_version_of(old) == resource_version_of(new):
                return
            if uid_of(old) != uid_of(new):
                self._put(key, None)
                old = None
        self._store(key, new)
        for handler in tuple(self._handlers):
            handler(old, new)

    def _store(self, key: str, new: Object | None) -> None:
        for index in self._indexes.values():
            index.remove(key)
            if new is not None:
                index.add(key, new)
        if new is None:
            self._objects.pop(key, None)
        else:
            self._objects[key] = new


class _Index:
    """Values to keys, and back, in order of arrival."""

    def __init__(self, function: IndexFunction) -> None:
        self._function = function
        self._keys: dict[str, dict[str, None]] = {}
        self._values: dict[str, tuple[str, ...]] = {}

    def keys(self, value: str) -> Iterator[str]:
        return iter(self._keys.get(value, ()))

    def add(self, key: str, obj: Object) -> None:
        values = tuple(self._function(obj))
        self._values[key] = values
        for value in values:
            self._keys.setdefault(value, {})[key] = None

    def remove(self, key: str) -> None:
        for value in self._values.pop(key, ()):
            keys = self._keys[value]
            keys.pop(key, None)
            if not keys:
                del self._keys[value]
