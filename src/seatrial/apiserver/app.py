"""The API server as an ASGI app.

A request passes: paths open to all → who asks → what is asked → the verb → an answer. Everything on
the way may raise `Refused`.

Does not: start anything; a built app serves at once. `ApiServerApp.stop` ends watches and followed
logs; the sockets are `server.py`'s.
"""

import asyncio
from collections.abc import Awaitable, Callable

from seatrial.api import status
from seatrial.api.kinds import KindTable
from seatrial.apiserver import discovery, openapi
from seatrial.apiserver.admission.order import Admission
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.chain.authenticate import OPEN_PATHS, Authenticator
from seatrial.apiserver.chain.refuse import answer_failure, answer_refusal, record_failure
from seatrial.apiserver.chain.request_info import parse_path, verb_of
from seatrial.apiserver.config import ApiServerConfig
from seatrial.apiserver.http import (
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    Streamed,
    request_from,
    send_answer,
)
from seatrial.apiserver.kubelets import KubeletConnector
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.objects import Objects
from seatrial.apiserver.registry.writing import Writer
from seatrial.apiserver.streaming import send_stream
from seatrial.apiserver.subresources.registry import handler_of
from seatrial.apiserver.tokens import TokenIssuer
from seatrial.apiserver.verbs.changes import Changes
from seatrial.store.interface import Store

Handler = Callable[[Api, Call], Awaitable[Answer | Streamed]]


class ApiServerApp:
    """The ASGI app; also callable in process, without a socket."""

    def __init__(self, api: Api, authenticator: Authenticator) -> None:
        self._api = api
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Knows `http` scopes only; others are ignored, as their servers expect."""
        if scope["type"] != "http":
            return
        request = request_from(scope, receive)
        answer = await self._answer(request)
        if isinstance(answer, Streamed):
            await self._stream(request, answer, receive, send)
        else:
            await send_answer(answer, send)

    async def _stream(
        self, request: Request, answer: Streamed, receive: Receive, send: Send
    ) -> None:
        try:
            await send_stream(answer, receive, send, stopping=self._api.stopping)
        except* Exception as failures:  # noqa: BLE001 - the last link: nobody is above us
            # The head is out: the client can only be told by a stream that breaks off.
            for failure in failures.exceptions:
                record_failure("stream.failed", request, failure)

    def stop(self) -> None:
        """End every stream; whole answers go on. For good."""
        self._api.stopping.set()

    async def _answer(self, request: Request) -> Answer | Streamed:
        try:
            return await self._route(request)
        except Refused as refusal:
            return answer_refusal(refusal)
        except Exception as error:  # noqa: BLE001 - the last link: a failure becomes an answer
            return answer_failure(request, error)

    async def _route(self, request: Request) -> Answer | Streamed:
        if request.path in OPEN_PATHS:
            return discovery.answer_open(request)
        user = self._authenticator.authenticate(request.headers.get("authorization", ""))
        info = parse_path(request.path, self._api.kinds)
        if info is None:
            return discovery.answer(request, self._api.kinds) or openapi.answer(
                request, self._api.kinds
            )
        verb = verb_of(request.method, info, watching=request.query.flag("watch"))
        handler = handler_of(info, verb)
        if handler is None:
            raise Refused(status.method_not_allowed(info.kind, verb or request.method))
        return await handler(self._api, Call(request, info, user))


def build_app(config: ApiServerConfig, store: Store, kubelets: KubeletConnector) -> ApiServerApp:
    """A server over `store`; it serves at once and keeps nothing that the store does not have."""
    objects = Objects(store)
    tokens = TokenIssuer(config.issuer, config.signing_key_pem)
    admission = Admission(objects, config.services, ca_pem=config.ca_pem)
    api = Api(
        config=config,
        kinds=KindTable(),
        objects=objects,
        writer=Writer(objects, admission),
        kubelets=kubelets,
        tokens=tokens,
        changes=Changes(),
        stopping=asyncio.Event(),
    )
    return ApiServerApp(api, Authenticator(config.tokens, tokens))
