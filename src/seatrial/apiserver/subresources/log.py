"""log: what a container wrote, fetched from its node."""

from urllib.parse import quote

from seatrial.api import status
from seatrial.api.objects import Object, annotations_of, spec_of
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import TEXT, Answer, Streamed
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.subresources.relay import relay

_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_PASSED_ON = (
    "follow",
    "limitBytes",
    "previous",
    "sinceSeconds",
    "sinceTime",
    "stream",
    "tailLines",
    "timestamps",
)


async def read_log(api: Api, call: Call) -> Answer | Streamed:
    """Raises Refused (400, 404, 503)."""
    info = call.info
    pod = (await api.objects.get(info.kind, info.namespace, info.name)).shared
    container = choose_container(pod, call.request.query.get("container"))
    node = spec_of(pod).get("nodeName")
    if not node:
        # Nobody has run it yet, so it has said nothing.
        return Answer(b"", content_type=TEXT)
    names = (info.namespace, info.name, container)
    path = "/containerLogs/" + "/".join(quote(each, safe="") for each in names)
    given = call.request.query
    query = {name: given.get(name) for name in _PASSED_ON if name in given}
    return await relay(api, node, path, query)


def choose_container(pod: Object, wanted: str) -> str:
    """The container that is meant. Raises Refused (400)."""
    name, spec = pod["metadata"]["name"], spec_of(pod)
    mains = [each["name"] for each in spec.get("containers") or ()]
    inits = [each["name"] for each in spec.get("initContainers") or ()]
    if not wanted:
        if len(mains) + len(inits) == 1:
            return str((mains or inits)[0])
        if annotations_of(pod).get(_DEFAULT_CONTAINER) in mains:
            return annotations_of(pod)[_DEFAULT_CONTAINER]
        others = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
        told = f"a container name must be specified for pod {name}, choose one of: "
        raise Refused(status.bad_request(f"{told}[{' '.join(mains)}]{others}"))
    if wanted not in {*mains, *inits}:
        raise Refused(status.bad_request(f"container {wanted} is not valid for pod {name}"))
    return wanted
