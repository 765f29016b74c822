"""update: a whole new state of an object, or of its status."""

from seatrial.api.objects import Object
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.options import write_options
from seatrial.apiserver.present.choose import answer_with, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.meta import check_names
from seatrial.apiserver.strategies.registry import strategy_of
from seatrial.apiserver.verbs.create import body_of, storage_kind, to_storage


async def update(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409, 415, 422)."""
    info = call.info
    presenter_of(call)
    options = write_options(call.request.query)
    kind = storage_kind(info.kind)
    body = to_storage(info.kind, await body_of(call))
    check_names(kind, body, namespace=info.namespace, name=info.name)

    def edit(_current: Object) -> Object:
        return {**body, "metadata": dict(body["metadata"])}

    try:
        updated = await api.writer.change(
            kind,
            info.namespace,
            info.name,
            edit,
            options=options,
            warn=call.warnings.append,
            subresource=info.subresource,
        )
    except Refused as refusal:
        is_new = refusal.code == 404 and not body["metadata"].get("resourceVersion")
        if not (is_new and strategy_of(kind).created_by_update and not info.subresource):
            raise
        created = await api.writer.create(
            kind, info.namespace, body, options=options, warn=call.warnings.append
        )
        return answer_with(call, created, code=201)
    return answer_with(call, updated)
