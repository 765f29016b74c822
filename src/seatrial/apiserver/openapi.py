"""The OpenAPI documents on the wire: `kubectl explain`, `kubectl apply --validate`.

Differs from Kubernetes: OpenAPI 3 is written as JSON only, and OpenAPI 2 as protobuf without paths.
"""

import hashlib
from functools import lru_cache

import orjson

from seatrial.api import status
from seatrial.api.kinds import Kind, KindTable
from seatrial.api.openapi import document_v2, document_v3
from seatrial.apiserver.http import Answer, Request
from seatrial.apiserver.negotiate import wanted
from seatrial.apiserver.protobuf.openapi_v2 import ANSWERED_AS, ASKED_AS, encode_openapi_v2
from seatrial.apiserver.refusal import Refused

# One document for each group and version, and one for all.
_DOCUMENTS_KEPT = 32
_NO_SHAPES: frozenset[str] = frozenset()


def answer(request: Request, kinds: KindTable) -> Answer:
    """The document at a path. Raises Refused (404, 406)."""
    path = request.path.strip("/")
    accept = request.headers.get("accept", "")
    if path == "openapi/v2":
        if ASKED_AS in accept:
            return Answer(_protobuf(kinds.kinds), content_type=ANSWERED_AS)
        wanted(accept, _NO_SHAPES)
        return Answer(_document(kinds.kinds, ""))
    if path == "openapi/v3":
        return Answer(_index(kinds))
    group_version = path.removeprefix("openapi/v3/")
    if group_version == path or group_version not in _group_versions(kinds):
        raise Refused(status.path_not_found())
    wanted(accept, _NO_SHAPES)
    return Answer(_document(kinds.kinds, group_version))


def _group_versions(kinds: KindTable) -> list[str]:
    return list(dict.fromkeys(kind.base_path.strip("/") for kind in kinds.kinds))


@lru_cache(maxsize=_DOCUMENTS_KEPT)
def _document(kinds: tuple[Kind, ...], group_version: str) -> bytes:
    """The document of one `apis/GROUP/VERSION`, or of everything."""
    chosen = [
        each for each in kinds if not group_version or each.base_path.strip("/") == group_version
    ]
    return orjson.dumps(document_v3(chosen) if group_version else document_v2(chosen))


@lru_cache(maxsize=1)
def _protobuf(kinds: tuple[Kind, ...]) -> bytes:
    return encode_openapi_v2(document_v2(kinds))


def _index(kinds: KindTable) -> bytes:
    # Clients keep a document for as long as its hash stays.
    served = _group_versions(kinds)
    mark = hashlib.sha256(repr(kinds.kinds).encode()).hexdigest().upper()
    paths = {each: {"serverRelativeURL": f"/openapi/v3/{each}?hash={mark}"} for each in served}
    return orjson.dumps({"paths": paths})
