"""deletecollection: every chosen object of one namespace, or of a cluster-scoped kind."""

from dataclasses import replace

import orjson

from seatrial.api import status
from seatrial.api.objects import Object
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.options import choice
from seatrial.apiserver.present.choose import finished, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.keys import prefix_of
from seatrial.apiserver.verbs.create import storage_kind
from seatrial.apiserver.verbs.delete import options_of
from seatrial.apiserver.verbs.list import page_options, read_page
from seatrial.store.interface import Entry


async def delete_collection(api: Api, call: Call) -> Answer:
    """Answers with what was deleted. Raises Refused (400, 405)."""
    info = call.info
    if info.kind.namespaced and not info.namespace:
        raise Refused(status.method_not_allowed(info.kind, "deletecollection"))
    presenter = presenter_of(call, many=True)
    options = await options_of(call)
    chosen = choice(info.kind, call.request.query)
    prefix = prefix_of(info.kind, info.namespace)
    page = await read_page(api.objects, prefix, chosen, page_options(call.request.query))
    deleted: list[Object] = []
    for entry in page.entries:
        obj = api.objects.decode(entry)
        # Only what was chosen, not what took its name since.
        wanted = replace(options, uid=obj["metadata"]["uid"])
        try:
            one = await api.writer.delete(
                storage_kind(info.kind), info.namespace, obj["metadata"]["name"], wanted
            )
        except Refused as refusal:
            if refusal.code not in {404, 409}:
                raise
            continue
        deleted.append(one.obj)
    last = [Entry("", orjson.dumps(each), 0) for each in deleted]
    metadata = {"resourceVersion": str(api.objects.store.revision)}
    return finished(call, presenter.many(last, lambda entry: orjson.loads(entry.value), metadata))
