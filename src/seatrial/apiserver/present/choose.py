"""The shape that a request asks for, and the answer in it."""

from collections.abc import Sequence

import orjson

from seatrial.api.objects import Object
from seatrial.apiserver.call import Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import YAML, encode_yaml, wanted
from seatrial.apiserver.present.presenter import (
    MetadataOnly,
    Presenter,
    Shown,
    Table,
    as_stored,
)
from seatrial.apiserver.tables.registry import columns_of
from seatrial.kit.clock import wall_time_s

_OF_OBJECTS = frozenset({"Table", "PartialObjectMetadata"})
_OF_LISTS = frozenset({"Table", "PartialObjectMetadataList"})


def presenter_of(call: Call, *, many: bool = False) -> Presenter:
    """How to show the answer. Raises Refused (406)."""
    kind = call.info.kind
    shape = wanted(call.request.headers.get("accept", ""), _OF_LISTS if many else _OF_OBJECTS).shape
    if shape == "Table":
        include = call.request.query.get("includeObject", "Metadata")
        return Table(columns_of(kind), include=include, now_s=wall_time_s)
    return MetadataOnly() if shape else as_stored(kind)


def answer_with(call: Call, obj: Object, *, code: int = 200) -> Answer:
    """One object."""
    presenter = presenter_of(call)
    return finished(call, presenter.one(Shown(orjson.dumps(obj), lambda: obj)), code=code)


def answer_status(call: Call, status: Object) -> Answer:
    """A Status, whose shape nobody chooses."""
    return finished(call, orjson.dumps(status), code=int(status["code"]))


def finished(call: Call, body: bytes, *, code: int = 200) -> Answer:
    """The answer in the wanted encoding, with the warnings that came up on the way."""
    headers = warning_headers(call.warnings)
    if wanted(call.request.headers.get("accept", ""), _OF_OBJECTS | _OF_LISTS).media_type == YAML:
        return Answer(encode_yaml(body), code, YAML, headers)
    return Answer(body, code, headers=headers)


def warning_headers(warnings: Sequence[str]) -> Sequence[tuple[str, str]]:
    """`Warning` headers as kubectl prints them."""
    return [("warning", f"299 - {_quoted(text)}") for text in dict.fromkeys(warnings)]


def _quoted(text: str) -> str:
    safe = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'
