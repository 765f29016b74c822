"""delete: at once, gracefully, or when the last finalizer lets go."""

from typing import Any

from seatrial.api import status
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.options import DeleteOptions, delete_options
from seatrial.apiserver.present.choose import answer_status, answer_with, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.strategies.registry import strategy_of
from seatrial.apiserver.verbs.create import storage_kind


async def delete(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 403, 404, 409)."""
    info = call.info
    presenter_of(call)
    options = await options_of(call)
    kind = storage_kind(info.kind)
    deleted = await api.writer.delete(kind, info.namespace, info.name, options)
    if deleted.gone and not strategy_of(kind).shows_deleted:
        uid = deleted.obj["metadata"]["uid"]
        return answer_status(call, status.success(info.kind, info.name, uid=uid))
    is_waited_for = not deleted.gone and options.is_cascade_explicit
    return answer_with(call, deleted.obj, code=202 if is_waited_for else 200)


async def options_of(call: Call) -> DeleteOptions:
    """From body and query. Raises Refused (400, 413, 415)."""
    body = await call.request.body()
    decoded: Any = {}
    if body.strip():
        decoded = decode(body, call.request.headers.get("content-type", "")) or {}
    if not isinstance(decoded, dict):
        raise Refused(status.bad_request("the body must be a DeleteOptions object"))
    return delete_options(call.request.query, decoded)
