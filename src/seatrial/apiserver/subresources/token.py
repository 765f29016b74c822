"""token: a signed token for a service account (TokenRequest)."""

from typing import Any

import orjson

from seatrial.api import causes, kinds, status, timestamps
from seatrial.api.kinds import Kind
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.tokens import Subject
from seatrial.kit.clock import wall_time_s

LIFETIME_S = 3600
LIFETIME_MIN_S = 600
LIFETIME_MAX_S = 1 << 32
_BINDABLE: dict[str, Kind] = {"Pod": kinds.POD, "Secret": kinds.SECRET, "Node": kinds.NODE}


async def request_token(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409, 422)."""
    info = call.info
    account = (await api.objects.get(info.kind, info.namespace, info.name)).shared
    body = decode(await call.request.body(), call.request.headers.get("content-type", ""))
    spec = _spec(body)
    lifetime_s = _lifetime_s(call, spec)
    uid = account["metadata"]["uid"]
    bound = await _bound(api, call, spec.get("boundObjectRef"))
    audiences = [str(each) for each in spec.get("audiences") or [api.config.issuer]]
    token = api.tokens.issue(
        Subject(info.namespace, info.name, uid, bound), audiences=audiences, lifetime_s=lifetime_s
    )
    expires = timestamps.render(int(wall_time_s()) + lifetime_s)
    answer = {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": info.name, "namespace": info.namespace},
        "spec": {**spec, "audiences": audiences, "expirationSeconds": lifetime_s},
        "status": {"token": token, "expirationTimestamp": expires},
    }
    return Answer(orjson.dumps(answer), 201)


def _spec(body: Any) -> dict[str, Any]:
    spec = body.get("spec", {}) if isinstance(body, dict) else None
    if not isinstance(spec, dict) or not isinstance(spec.get("audiences") or [], list):
        raise Refused(status.bad_request("the body must be a TokenRequest object"))
    return spec


def _lifetime_s(call: Call, spec: dict[str, Any]) -> int:
    wanted = spec.get("expirationSeconds")
    if wanted is None:
        return LIFETIME_S
    field, told = "spec.expirationSeconds", ""
    if not isinstance(wanted, int) or wanted < LIFETIME_MIN_S:
        told = "may not specify a duration less than 10 minutes"
    elif wanted > LIFETIME_MAX_S:
        told = "may not specify a duration larger than 2^32 seconds"
    if told:
        cause = causes.invalid(field, wanted, told)
        raise Refused(status.invalid(call.info.kind, call.info.name, [cause]))
    return int(wanted)


async def _bound(
    api: Api, call: Call, reference: dict[str, Any] | None
) -> tuple[str, str, str] | None:
    if not reference:
        return None
    kind, name = _BINDABLE.get(str(reference.get("kind"))), str(reference.get("name", ""))
    if kind is None:
        told = f"cannot bind token for serviceaccount to object {reference.get('kind')!r}"
        raise Refused(status.bad_request(told))
    found = await api.objects.get(kind, call.info.namespace if kind.namespaced else "", name)
    uid = found.shared["metadata"]["uid"]
    wanted = reference.get("uid")
    if wanted and wanted != uid:
        raise Refused(status.uid_conflict(kind, name, wanted=wanted, found=uid))
    return kind.kind, name, uid
