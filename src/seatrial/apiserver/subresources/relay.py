"""A kubelet's answer passed on to the client, piece by piece."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

from seatrial.api import status
from seatrial.apiserver.call import Api
from seatrial.apiserver.http import TEXT, SendPiece, Streamed
from seatrial.apiserver.kubelets import KubeletAnswer, KubeletUnreachable
from seatrial.apiserver.refusal import Refused
from seatrial.kit.record import get_record

record = get_record("apiserver.relay")

# A refusal of the kubelet is read this far, bytes.
_REFUSAL_BYTES_MAX = 4096


async def relay(api: Api, node: str, path: str, query: Mapping[str, str]) -> Streamed:
    """The node's answer as ours. Raises Refused (503, or with what the kubelet said)."""
    async with AsyncExitStack() as stack:
        try:
            answer = await stack.enter_async_context(api.kubelets.stream(node, path, query))
        except KubeletUnreachable as error:
            raise Refused(status.unavailable(str(error))) from error
        if answer.status >= 400:
            told = await _read(answer.pieces)
            raise Refused(_refusal(answer.status, told))
        # The connection now belongs to the stream, which closes it.
        connection = stack.pop_all()
    return _passed_on(answer, connection)


def _passed_on(answer: KubeletAnswer, connection: AsyncExitStack) -> Streamed:
    async def run(send: SendPiece) -> None:
        async with connection:
            try:
                async for piece in answer.pieces:
                    await send(piece)
            except KubeletUnreachable as error:
                # The client sees an end; that it was not the kubelet's wish is for the record.
                record.warning("relay.cut", error=error)

    return Streamed(run, answer.status, answer.headers.get("content-type", TEXT))


async def _read(pieces: AsyncIterator[bytes]) -> str:
    told = b""
    async for piece in pieces:
        told += piece
        if len(told) >= _REFUSAL_BYTES_MAX:
            break
    return told[:_REFUSAL_BYTES_MAX].decode("utf-8", "replace").strip()


def _refusal(code: int, told: str) -> status.Status:
    match code:
        case 400:
            return status.bad_request(told)
        case 404:
            return status.failure(404, "NotFound", told or "the kubelet has no such thing")
    return status.failure(code, "InternalError" if code >= 500 else "BadRequest", told)
