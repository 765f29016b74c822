"""The shapes of an answer: one object, a list, a line of a watch.

Holds: what is shown as it is stored is sent as the bytes that are stored; nothing is decoded.

Differs from Kubernetes: items of a list keep their `apiVersion` and `kind`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from seatrial.api.kinds import EVENT_V1, Kind
from seatrial.api.objects import Object
from seatrial.apiserver.strategies.event import from_core
from seatrial.apiserver.tables.table import Columns, render_table
from seatrial.store.interface import Entry

# Decodes stored bytes; the object it gives is shared and must not be changed.
Load = Callable[[], Object]
Decode = Callable[[Entry], Object]


class Shown:
    """An object to be shown: its bytes, and the decoded object when somebody needs it."""

    __slots__ = ("_load", "value")

    def __init__(self, value: bytes, load: Load) -> None:
        self.value = value
        self._load = load

    @property
    def obj(self) -> Object:
        """The decoded object, shared."""
        return self._load()


class Presenter(Protocol):
    """One shape."""

    # What it shows of an object are the stored bytes.
    sends_stored_bytes: bool

    def one(self, shown: Shown) -> bytes:
        """The body of a get, create, update."""

    def many(self, entries: Sequence[Entry], decode: Decode, metadata: dict[str, Any]) -> bytes:
        """The body of a list; `metadata` is the list's."""

    def bookmark(self, metadata: dict[str, Any]) -> bytes:
        """The object of a bookmark."""


class Plain:
    """As they are stored."""

    sends_stored_bytes = True

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def one(self, shown: Shown) -> bytes:
        return shown.value

    def many(self, entries: Sequence[Entry], decode: Decode, metadata: dict[str, Any]) -> bytes:
        del decode
        return self.join([each.value for each in entries], metadata)

    def join(self, values: Sequence[bytes], metadata: dict[str, Any]) -> bytes:
        """A list of encoded objects."""
        head = orjson.dumps(
            {"kind": f"{self._kind.kind}List", "apiVersion": self._kind.api_version}
        )
        return b"".join(
            (
                head[:-1],
                b',"metadata":',
                orjson.dumps(metadata),
                b',"items":[',
                b",".join(values),
                b"]}",
            )
        )

    def bookmark(self, metadata: dict[str, Any]) -> bytes:
        return orjson.dumps(
            {
                "kind": self._kind.kind,
                "apiVersion": self._kind.api_version,
                "metadata": {"creationTimestamp": None, **metadata},
            }
        )


class Converted(Plain):
    """As another version of the kind."""

    sends_stored_bytes = False

    def __init__(self, kind: Kind, convert: Callable[[Object], Object]) -> None:
        super().__init__(kind)
        self._convert = convert

    def one(self, shown: Shown) -> bytes:
        return orjson.dumps(self._convert(shown.obj))

    def many(self, entries: Sequence[Entry], decode: Decode, metadata: dict[str, Any]) -> bytes:
        converted = [orjson.dumps(self._convert(decode(each))) for each in entries]
        return self.join(converted, metadata)


class MetadataOnly:
    """`PartialObjectMetadata`: who they are, not what."""

    sends_stored_bytes = False
    _VERSION = "meta.k8s.io/v1"

    def one(self, shown: Shown) -> bytes:
        return orjson.dumps(partial(shown.obj))

    def many(self, entries: Sequence[Entry], decode: Decode, metadata: dict[str, Any]) -> bytes:
        return orjson.dumps(
            {
                "kind": "PartialObjectMetadataList",
                "apiVersion": self._VERSION,
                "metadata": metadata,
                "items": [partial(decode(each)) for each in entries],
            }
        )

    def bookmark(self, metadata: dict[str, Any]) -> bytes:
        return orjson.dumps(partial({"metadata": metadata}))


class Table:
    """Rows and columns, as `kubectl get` prints them."""

    sends_stored_bytes = False

    def __init__(self, columns: Columns, *, include: str, now_s: Callable[[], float]) -> None:
        self._columns = columns
        self._include = include
        self._now_s = now_s

    def one(self, shown: Shown) -> bytes:
        version = shown.obj["metadata"].get("resourceVersion", "")
        return self._table([shown.obj], {"resourceVersion": version})

    def many(self, entries: Sequence[Entry], decode: Decode, metadata: dict[str, Any]) -> bytes:
        return self._table([decode(each) for each in entries], metadata)

    def bookmark(self, metadata: dict[str, Any]) -> bytes:
        return self._table([], metadata)

    def _table(self, objects: Sequence[Object], metadata: dict[str, Any]) -> bytes:
        rows = [(each, self._included(each)) for each in objects]
        return orjson.dumps(render_table(self._columns, rows, metadata, now_s=self._now_s()))

    def _included(self, obj: Object) -> Object | None:
        match self._include:
            case "None":
                return None
            case "Object":
                return obj
        return partial(obj)


def partial(obj: Object) -> Object:
    """An object's metadata as an object."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }


def as_stored(kind: Kind) -> Plain:
    """The shape of whoever asks for nothing special."""
    return Converted(kind, from_core) if kind is EVENT_V1 else Plain(kind)
