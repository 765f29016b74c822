"""A small API server in memory, for tests of whatever stands on a client: living, not recorded.

Does: create, get, list (selectors, pages), update, merge patch, delete (finalizers, pod grace
period 0 only), watch with bookmarks, `pods/binding`, status subresources, conflicts, Gone for old
revisions.
Does not: validate, default, authenticate, count generations; of strategic merge it knows only lists
whose items have a `type` (conditions).
Holds: what it hands out is a copy; each write has a revision of its own.
"""

import asyncio
import copy
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from seatrial.api import fields, selectors, status, timestamps
from seatrial.api.kinds import Kind, KindTable
from seatrial.api.objects import Object, key_of, metadata, resource_version_of
from seatrial.client.errors import ApiError, error_from
from seatrial.client.transport.interface import Request
from seatrial.kit import chance
from seatrial.kit.clock import wall_time_s

CREATED, OK = 201, 200


@dataclass(frozen=True, slots=True)
class Address:
    """What a path means."""

    kind: Kind
    namespace: str
    name: str
    subresource: str


@dataclass(frozen=True, slots=True)
class _Change:
    revision: int
    type: str
    kind: Kind
    object: Object


@dataclass(slots=True)
class FakeApi:
    """Objects, their history, and the watches that read it."""

    kinds: KindTable = field(default_factory=KindTable)
    revision: int = 1
    # Watches from before this revision are answered with Gone.
    oldest: int = 0
    _objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    _history: list[_Change] = field(default_factory=list)
    _news: list[asyncio.Event] = field(default_factory=list)
    _waiters: list[asyncio.Future[None]] = field(default_factory=list)
    _watch_era: int = 0

    def put(self, kind: Kind, obj: Object) -> Object:
        """Create or replace an object as it stands; the object as stored."""
        stored = copy.deepcopy(obj)
        stored.setdefault("apiVersion", kind.api_version)
        stored.setdefault("kind", kind.kind)
        meta = stored.setdefault("metadata", {})
        key = (kind.resource, key_of(stored))
        before = metadata(self._objects.get(key, {}))
        meta.setdefault("uid", before.get("uid") or chance.uid())
        meta.setdefault("creationTimestamp", timestamps.render(wall_time_s()))
        self._write("MODIFIED" if key in self._objects else "ADDED", kind, stored)
        return copy.deepcopy(stored)

    def remove(self, kind: Kind, key: str) -> None:
        """Delete an object at once; nothing when it is not there."""
        stored = self._objects.get((kind.resource, key))
        if stored is not None:
            self._write("DELETED", kind, copy.deepcopy(stored))

    def object(self, kind: Kind, key: str) -> Object | None:
        """A copy of an object, or None."""
        return copy.deepcopy(self._objects.get((kind.resource, key)))

    def objects(self, kind: Kind) -> list[Object]:
        """Copies of all objects of a kind, in key order."""
        found = [
            (key, obj) for (where, key), obj in self._objects.items() if where == kind.resource
        ]
        return [copy.deepcopy(obj) for _, obj in sorted(found, key=lambda pair: pair[0])]

    def compact(self) -> None:
        """Forget all history: a watch from any revision but the latest is Gone."""
        self.oldest = self.revision
        self._history.clear()

    def cut_watches(self) -> None:
        """End every open watch in good order, as a server does at its time limit."""
        self._watch_era += 1
        self._wake()

    @property
    def watchers(self) -> int:
        """How many watches are open."""
        return len(self._news)

    async def wait_watchers(self, count: int) -> None:
        """Until exactly `count` watches are open."""
        while len(self._news) != count:
            change = asyncio.get_running_loop().create_future()
            self._waiters.append(change)
            await change

    def answer(self, request: Request) -> tuple[int, Object]:
        """One whole exchange: HTTP status and body; refusals are Status objects."""
        try:
            return self._answer(request, self.address(request.path))
        except ApiError as error:
            return error.code, error.status

    def address(self, path: str) -> Address:
        """What a path means. Raises NotFound."""
        parts = path.strip("/").split("/")
        group = parts[1] if parts[0] == "apis" else ""
        version, *rest = parts[2:] if group else parts[1:]
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in {"status", "finalize"}:
            namespace, rest = rest[1], rest[2:]
        plural, name, subresource = (*rest, "", "", "")[:3]
        kind = self.kinds.by_plural(group, version, plural)
        if kind is None:
            raise error_from(status.path_not_found())
        return Address(kind, namespace, name, subresource)

    async def watch(self, request: Request, address: Address) -> AsyncGenerator[bytes, None]:
        """Lines of a watch until the watches are cut."""
        selects = _selection(request, address)
        asked = request.query.get("resourceVersion", "")
        at, era, news = (
            int(asked) if asked not in {"", "0"} else 0,
            self._watch_era,
            asyncio.Event(),
        )
        if at and at < self.oldest:
            gone = status.expired_revision(at, self.oldest)
            yield _line("ERROR", gone)
            return
        self._news.append(news)
        self._watchers_changed()
        try:
            while era == self._watch_era:
                for change in [change for change in self._history if change.revision > at]:
                    if change.kind == address.kind and selects(change.object):
                        yield _line(change.type, change.object)
                at = max(at, self.revision)
                news.clear()
                await news.wait()
            bookmark = {"metadata": {"resourceVersion": str(at)}}
            yield _line("BOOKMARK", bookmark)
        finally:
            self._news.remove(news)
            self._watchers_changed()

    def _answer(self, request: Request, at: Address) -> tuple[int, Object]:
        body = orjson.loads(request.body) if request.body else {}
        if request.method == "POST":
            return CREATED, self._post(at, body)
        if request.method == "GET":
            return OK, self._must(at) if at.name else self._list(request, at)
        if request.method == "PUT":
            return OK, self._replace(at, body)
        if request.method == "PATCH":
            return OK, self._replace(at, _merged(self._must(at), body), keep_revision=False)
        if request.method == "DELETE":
            return OK, self._delete(at, body)
        raise error_from(status.method_not_allowed(at.kind, request.method))

    def _post(self, at: Address, body: Object) -> Object:
        if at.subresource == "binding":
            pod = self._must(at)
            pod["spec"]["nodeName"] = body["target"]["name"]
            self.put(at.kind, pod)
            return status.success(at.kind, at.name, code=CREATED)
        meta = body.setdefault("metadata", {})
        if at.namespace:
            meta["namespace"] = at.namespace
        if "name" not in meta:
            meta["name"] = meta.get("generateName", "") + chance.name_suffix()
        if (at.kind.resource, key_of(body)) in self._objects:
            raise error_from(status.already_exists(at.kind, meta["name"]))
        return self.put(at.kind, body)

    def _list(self, request: Request, at: Address) -> Object:
        selects = _selection(request, at)
        items = [obj for obj in self.objects(at.kind) if selects(obj)]
        begin = int(request.query.get("continue") or 0)
        limit = int(request.query.get("limit") or 0) or len(items) or 1
        meta = {"resourceVersion": str(self.revision)}
        if begin + limit < len(items):
            meta["continue"] = str(begin + limit)
        return {"metadata": meta, "items": items[begin : begin + limit]}

    def _replace(self, at: Address, body: Object, *, keep_revision: bool = True) -> Object:
        stored = self._must(at)
        asked = resource_version_of(body)
        if keep_revision and asked and asked != resource_version_of(stored):
            raise error_from(status.conflict(at.kind, at.name))
        if at.subresource == "status":
            body = {**stored, "status": body.get("status") or {}}
        body["metadata"] = {**metadata(body), "uid": metadata(stored)["uid"]}
        if _without_revision(body) == _without_revision(stored):
            return stored
        new = self.put(at.kind, body)
        if metadata(new).get("deletionTimestamp") and not metadata(new).get("finalizers"):
            self.remove(at.kind, key_of(new))
        return new

    def _delete(self, at: Address, options: Object) -> Object:
        stored = self._must(at)
        wanted = (options.get("preconditions") or {}).get("uid")
        if wanted and wanted != metadata(stored)["uid"]:
            found = metadata(stored)["uid"]
            raise error_from(status.uid_conflict(at.kind, at.name, wanted=wanted, found=found))
        if metadata(stored).get("finalizers"):
            metadata(stored).setdefault("deletionTimestamp", timestamps.render(wall_time_s()))
            return self.put(at.kind, stored)
        self.remove(at.kind, key_of(stored))
        return stored

    def _must(self, at: Address) -> Object:
        key = f"{at.namespace}/{at.name}" if at.namespace else at.name
        stored = self._objects.get((at.kind.resource, key))
        if stored is None:
            raise error_from(status.not_found(at.kind, at.name))
        return copy.deepcopy(stored)

    def _write(self, type: str, kind: Kind, stored: Object) -> None:
        self.revision += 1
        stored["metadata"]["resourceVersion"] = str(self.revision)
        key = (kind.resource, key_of(stored))
        if type == "DELETED":
            self._objects.pop(key)
        else:
            self._objects[key] = stored
        self._history.append(_Change(self.revision, type, kind, stored))
        self._wake()

    def _watchers_changed(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _wake(self) -> None:
        for news in self._news:
            news.set()


def _selection(request: Request, at: Address) -> Callable[[Object], bool]:
    labels = selectors.parse(request.query.get("labelSelector", ""))
    chosen = fields.parse(request.query.get("fieldSelector", ""))

    def selects(obj: Object) -> bool:
        meta = metadata(obj)
        if at.namespace and meta.get("namespace") != at.namespace:
            return False
        return labels.matches(meta.get("labels") or {}) and chosen.matches(obj)

    return selects


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return _merged_by_type(target, patch) if isinstance(patch, list) else patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def _merged_by_type(target: Any, patch: list[Any]) -> list[Any]:
    """Lists of conditions merge by type; any other list replaces."""
    if not patch or not all(isinstance(each, dict) and "type" in each for each in patch):
        return patch
    new = {each["type"] for each in patch}
    return [each for each in target or [] if each["type"] not in new] + patch


def _without_revision(obj: Object) -> Object:
    meta = {key: value for key, value in metadata(obj).items() if key != "resourceVersion"}
    return {**obj, "metadata": meta}


def _line(type: str, obj: Object) -> bytes:
    return orjson.dumps({"type": type, "object": obj}) + b"\n"
