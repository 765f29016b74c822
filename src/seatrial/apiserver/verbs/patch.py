"""patch: a change to whatever is there, JSON, merge or strategic; repeated when others write.

Differs from Kubernetes: there is no server-side apply yet (415).
"""

from collections.abc import Callable
from typing import Any

from seatrial.api import causes, status
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.api.patch.errors import PatchError
from seatrial.api.patch.json import apply_json_patch
from seatrial.api.patch.merge import apply_merge_patch
from seatrial.api.patch.strategic import apply_strategic_patch
from seatrial.api.schema.own import is_own
from seatrial.api.schema.schemas import schema_of
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer
from seatrial.apiserver.negotiate import decode_json
from seatrial.apiserver.options import write_options
from seatrial.apiserver.present.choose import answer_with, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.verbs.create import from_storage, storage_kind, to_storage

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

Apply = Callable[[Object], Any]


async def patch(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 404, 409, 415, 422)."""
    info = call.info
    presenter_of(call)
    options = write_options(call.request.query)
    apply = await patch_of(call)

    def edit(current: Object) -> Object:
        before = from_storage(info.kind, current)
        return to_storage(info.kind, apply_or_refuse(info.kind, info.name, before, apply))

    patched = await api.writer.change(
        storage_kind(info.kind),
        info.namespace,
        info.name,
        edit,
        options=options,
        warn=call.warnings.append,
        subresource=info.subresource,
    )
    return answer_with(call, patched)


async def patch_of(call: Call) -> Apply:
    """The body's patch as a function. Raises Refused (400, 413, 415)."""
    kind = call.info.kind
    body = await call.request.body()
    media_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    match media_type:
        case "application/json-patch+json":
            operations = decode_json(body)
            return lambda current: apply_json_patch(current, operations)
        case "application/merge-patch+json":
            merge = decode_json(body)
            return lambda current: apply_merge_patch(current, merge)
        case "application/strategic-merge-patch+json" if not is_own(kind):
            strategic = decode_json(body)
            return lambda current: apply_strategic_patch(schema_of(kind), current, strategic)
    raise Refused(_unsupported(kind, media_type))


def apply_or_refuse(kind: Kind, name: str, current: Object, apply: Apply) -> Object:
    """The patched object. Raises Refused (400, 422)."""
    try:
        patched = apply(current)
    except PatchError as error:
        if not error.is_invalid:
            raise Refused(status.bad_request(str(error))) from error
        cause = causes.Cause("FieldValueInvalid", "patch", str(error))
        raise Refused(status.invalid(kind, name, [cause])) from error
    if not isinstance(patched, dict):
        raise Refused(status.bad_request("the patch leaves no object"))
    return patched


def _unsupported(kind: Kind, media_type: str) -> status.Status:
    known = [JSON_PATCH, MERGE_PATCH, *([] if is_own(kind) else [STRATEGIC_PATCH])]
    refusal = status.unsupported_media_type(known)
    if media_type == APPLY_PATCH:
        refusal["message"] = (
            "server-side apply is not supported by this server; "
            f"send one of {', '.join(known)} (kubectl: apply without --server-side)"
        )
    return refusal
