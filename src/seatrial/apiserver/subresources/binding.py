"""binding: the scheduler's word on which node a pod goes to, given once."""

from typing import Any

import orjson

from seatrial.api import causes, status, timestamps
from seatrial.api.objects import Object, is_terminating
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.options import write_options
from seatrial.apiserver.refusal import Refused
from seatrial.kit.clock import wall_time_s

_CREATED = orjson.dumps(
    {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
)


async def bind(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409)."""
    info = call.info
    body = decode(await call.request.body(), call.request.headers.get("content-type", ""))
    node = _node(call, body)
    uid = (body.get("metadata") or {}).get("uid")
    now = timestamps.render(wall_time_s())

    def edit(pod: Object) -> Object:
        if uid and uid != pod["metadata"]["uid"]:
            found = pod["metadata"]["uid"]
            raise Refused(status.uid_conflict(info.kind, info.name, wanted=uid, found=found))
        _check_free(call, pod)
        pod["spec"]["nodeName"] = node
        pod["status"] = _scheduled(pod.get("status") or {}, now)
        return pod

    options = write_options(call.request.query)
    await api.writer.change(
        info.kind,
        info.namespace,
        info.name,
        edit,
        options=options,
        warn=call.warnings.append,
        subresource=info.subresource,
    )
    return Answer(_CREATED, 201)


def _node(call: Call, body: Any) -> str:
    target = body.get("target") if isinstance(body, dict) else None
    if not isinstance(target, dict):
        raise Refused(status.bad_request("the body must be a Binding object with a target"))
    if target.get("kind", "Node") != "Node":
        cause = causes.unsupported("target.kind", target["kind"], ["Node", "<empty>"])
        raise Refused(status.invalid(call.info.kind, call.info.name, [cause]))
    if not target.get("name"):
        raise Refused(
            status.invalid(call.info.kind, call.info.name, [causes.required("target.name")])
        )
    return str(target["name"])


def _check_free(call: Call, pod: Object) -> None:
    name, node = call.info.name, pod["spec"].get("nodeName")
    if is_terminating(pod):
        why = f"pod {name} is being deleted, cannot be assigned to a host"
    elif node:
        why = f'pod {name} is already assigned to node "{node}"'
    else:
        return
    refusal = status.conflict(call.info.kind, name, why)
    refusal["message"] = f'Operation cannot be fulfilled on pods/binding "{name}": {why}'
    raise Refused(refusal)


def _scheduled(before: Object, now: str) -> Object:
    others = [each for each in before.get("conditions") or () if each.get("type") != "PodScheduled"]
    condition = {
        "type": "PodScheduled",
        "status": "True",
        "lastTransitionTime": now,
    }
    return {**before, "conditions": [*others, condition]}
