"""get: one object, as the bytes that are stored wherever the client lets us."""

from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.present.choose import finished, presenter_of
from seatrial.apiserver.present.presenter import Shown


async def get(api: Api, call: Call) -> Answer:
    """Raises Refused (404, 406)."""
    info = call.info
    presenter = presenter_of(call)
    found = await api.objects.get(info.kind, info.namespace, info.name)
    return finished(call, presenter.one(Shown(found.entry.value, lambda: found.shared)))
