"""create: a new object, named by its maker or by us."""

from seatrial.api import status
from seatrial.api.kinds import EVENT, EVENT_V1, Kind
from seatrial.api.objects import Object
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.options import write_options
from seatrial.apiserver.present.choose import answer_with, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.meta import check_kind
from seatrial.apiserver.strategies.event import from_core, to_core


async def create(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 403, 404, 405, 409, 415, 422)."""
    info = call.info
    if info.kind.namespaced and not info.namespace:
        raise Refused(status.method_not_allowed(info.kind, "create"))
    presenter_of(call)
    options = write_options(call.request.query)
    obj = await body_of(call)
    created = await api.writer.create(
        storage_kind(info.kind),
        info.namespace,
        to_storage(info.kind, obj),
        options=options,
        warn=call.warnings.append,
    )
    return answer_with(call, created, code=201)


async def body_of(call: Call) -> Object:
    """The body as an object of the call's kind. Raises Refused (400, 413, 415)."""
    body = await call.request.body()
    content_type = call.request.headers.get("content-type", "")
    return check_kind(call.info.kind, decode(body, content_type))


def storage_kind(kind: Kind) -> Kind:
    """The kind whose rules a write of `kind` obeys."""
    return EVENT if kind is EVENT_V1 else kind


def to_storage(kind: Kind, obj: Object) -> Object:
    """The object as it is stored."""
    return to_core(obj) if kind is EVENT_V1 else obj


def from_storage(kind: Kind, obj: Object) -> Object:
    """The object as `kind` shows it."""
    return from_core(obj) if kind is EVENT_V1 else obj
