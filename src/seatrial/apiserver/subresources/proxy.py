"""proxy: a GET that goes through to a node's kubelet, `nodes/NAME/proxy/...`.

Differs from Kubernetes: only nodes, and only GET.
"""

from urllib.parse import quote

from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Streamed
from seatrial.apiserver.subresources.relay import relay


async def proxy(api: Api, call: Call) -> Streamed:
    """Raises Refused (404, 503)."""
    info = call.info
    await api.objects.get(info.kind, "", info.name)
    query = {name: values[0] for name, values in call.request.query.values.items()}
    return await relay(api, info.name, "/" + quote(info.rest), query)
