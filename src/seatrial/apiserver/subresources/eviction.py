"""eviction: a deletion that a disruption budget may refuse.

Differs from Kubernetes: there are no PodDisruptionBudgets yet, so nothing refuses.
"""

from typing import Any

import orjson

from seatrial.api import status, timestamps
from seatrial.api.objects import Object
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.options import DeleteOptions, WriteOptions, delete_options
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.strategies.pod import POD_STRATEGY
from seatrial.kit.clock import wall_time_s

_CREATED = orjson.dumps(
    {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
)


async def evict(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409)."""
    info = call.info
    body = decode(await call.request.body(), call.request.headers.get("content-type", ""))
    options = _options(call, body)
    if not options.dry_run:
        await _tell_why(api, call, options)
    await api.writer.delete(info.kind, info.namespace, info.name, options)
    return Answer(_CREATED, 201)


def _options(call: Call, body: Any) -> DeleteOptions:
    if not isinstance(body, dict):
        raise Refused(status.bad_request("the body must be an Eviction object"))
    name = (body.get("metadata") or {}).get("name") or call.info.name
    if name != call.info.name:
        raise Refused(status.bad_request("name in URL does not match name in Eviction object"))
    return delete_options(call.request.query, body.get("deleteOptions") or {})


async def _tell_why(api: Api, call: Call, options: DeleteOptions) -> None:
    """The condition that says why a pod ends, on those that take their time to."""
    info = call.info
    now = timestamps.render(wall_time_s())

    def edit(pod: Object) -> Object:
        if POD_STRATEGY.grace_s(pod, options.grace_period_s) == 0:
            return pod
        return {**pod, "status": _disrupted(pod.get("status") or {}, now)}

    await api.writer.change(
        info.kind,
        info.namespace,
        info.name,
        edit,
        options=WriteOptions(),
        warn=call.warnings.append,
        subresource="status",
    )


def _disrupted(before: Object, now: str) -> Object:
    others = [
        each for each in before.get("conditions") or () if each.get("type") != "DisruptionTarget"
    ]
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
        "lastTransitionTime": now,
    }
    return {**before, "conditions": [*others, condition]}
