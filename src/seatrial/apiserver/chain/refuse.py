"""Every way out of a request that failed is a Status; nobody ever sees a traceback.

Does: refusals as they are; bodies too deep to be walked as 400; anything unexpected as 500
InternalError, with an error record.
"""

import orjson

from seatrial.api import status
from seatrial.apiserver.http import Answer, Request
from seatrial.apiserver.refusal import Refused
from seatrial.kit.chance import uid
from seatrial.kit.record import get_record
from seatrial.store.interface import StoreError

record = get_record("apiserver")


def answer_refusal(refusal: Refused) -> Answer:
    """The Status on the wire."""
    headers = list(refusal.headers)
    retry = (refusal.status.get("details") or {}).get("retryAfterSeconds")
    if retry:
        headers.append(("retry-after", str(retry)))
    return Answer(orjson.dumps(refusal.status), refusal.code, headers=headers)


def answer_failure(request: Request, error: Exception) -> Answer:
    """What the client is told of an error that nobody expected."""
    if isinstance(error, StoreError):
        record.error("store.failed", method=request.method, path=request.path, error=error)
        return answer_refusal(Refused(status.internal(str(error))))
    if isinstance(error, RecursionError):
        return answer_refusal(Refused(status.bad_request("the body is nested too deeply")))
    incident = uid()
    record_failure("request.failed", request, error, incident=incident)
    told = f"the server failed; its log has the details as incident {incident}"
    return answer_refusal(Refused(status.internal(told)))


def record_failure(event: str, request: Request, error: Exception, **more: str) -> None:
    """For us, not for the client: what failed, and where."""
    record.error(
        event,
        method=request.method,
        path=request.path,
        error=f"{type(error).__name__}: {error}",
        at=_place(error),
        **more,
    )


def _place(error: Exception) -> str:
    """The file and line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
