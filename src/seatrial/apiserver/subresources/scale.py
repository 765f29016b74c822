"""scale: how many replicas, asked and told without the rest of the object."""

from typing import Any

import orjson

from seatrial.api import causes, selectors, status
from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.options import write_options
from seatrial.apiserver.present.choose import finished
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.verbs.patch import Apply, apply_or_refuse, patch_of

_COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Object) -> Object:
    """The Scale of a workload."""
    metadata = obj["metadata"]
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: metadata[field] for field in _COPIED if field in metadata},
        "spec": {"replicas": spec_of(obj).get("replicas", 0)},
        "status": {
            "replicas": status_of(obj).get("replicas", 0),
            "selector": str(selectors.from_object(spec_of(obj).get("selector"))),
        },
    }


async def get_scale(api: Api, call: Call) -> Answer:
    """Raises Refused (404)."""
    info = call.info
    found = await api.objects.get(info.kind, info.namespace, info.name)
    return finished(call, orjson.dumps(scale_of(found.shared)))


async def update_scale(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409, 422)."""
    body = decode(await call.request.body(), call.request.headers.get("content-type", ""))
    return await _rescale(api, call, lambda _current: body)


async def patch_scale(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409, 415, 422)."""
    apply = await patch_of(call)
    return await _rescale(
        api, call, lambda scale: apply_or_refuse(call.info.kind, call.info.name, scale, apply)
    )


async def _rescale(api: Api, call: Call, apply: Apply) -> Answer:
    info = call.info

    def edit(current: Object) -> Object:
        scale = apply(scale_of(current))
        current["spec"]["replicas"] = _replicas(call, scale)
        revision = (scale.get("metadata") or {}).get("resourceVersion")
        if revision:
            current["metadata"]["resourceVersion"] = revision
        return current

    changed = await api.writer.change(
        info.kind,
        info.namespace,
        info.name,
        edit,
        options=write_options(call.request.query),
        warn=call.warnings.append,
    )
    return finished(call, orjson.dumps(scale_of(changed)))


def _replicas(call: Call, scale: Any) -> int:
    spec = scale.get("spec") if isinstance(scale, dict) else None
    if not isinstance(spec, dict):
        raise Refused(status.bad_request("the body must be a Scale object with a spec"))
    replicas = spec.get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise Refused(status.bad_request(f"spec.replicas must be a number, not {replicas!r}"))
    if replicas < 0:
        cause = causes.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise Refused(status.invalid(call.info.kind, call.info.name, [cause]))
    return replicas
