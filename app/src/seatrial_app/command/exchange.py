"""One request to the child and its response to the client (edge; decisions in head.py, framing.py).

Does: pass a request on, its body as it comes; pass interim responses, the response and its body
back; send a request again where the child closed an idle connection just then; turn an upgrade
into a tunnel; pass on that a client has ended its half.
Does not: say goodbye to the client: the connection does.
Holds: a request that is not idempotent never goes onto a connection that was used before, so it is
never sent twice; a response that began is never replaced by one of ours; while draining, each
response says `Connection: close`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Callable

from seatrial_app.command import bounds
from seatrial_app.command.framing import Scanner, scanner_for
from seatrial_app.command.head import (
    END,
    UNTIL_CLOSE,
    Peer,
    Refused,
    Request,
    Response,
    parse_response,
    render_request,
    render_response,
)
from seatrial_app.command.tunnel import tunnel
from seatrial_app.command.way import NotUp, Way
from seatrial_app.command.wire import Wire


@dataclass(frozen=True)
class Passage:
    """What every exchange of one client connection shares."""

    client: Wire
    peer: Peer
    way: Way
    is_draining: Callable[[], bool]
    on_tunnel: Callable[[], None]


class Unanswered(Exception):
    """The child closed before the first byte of a response."""


async def exchange(passage: Passage, request: Request) -> bool:
    """Pass on one request and its response; False: the client's connection ends with it.

    Raises Refused with what to answer where nothing was answered yet.
    """
    upload = _Upload(passage.client, request)
    start = render_request(request, passage.peer) + upload.take_ready()
    may_reuse = request.may_be_repeated and upload.scanner.done and not request.upgrades
    while True:
        try:
            lent = await passage.way.borrow(fresh=not may_reuse)
        except NotUp as late:
            raise Refused(503, str(late)) from late
        try:
            return await _Run(passage, request, upload, lent.wire).run(start)
        except Unanswered as unanswered:
            if not lent.used:
                raise Refused(502, "the server closed without an answer") from unanswered
            may_reuse = False
        finally:
            passage.client.on_news = _nothing


class _Upload:
    """A request's body on its way to the child."""

    def __init__(self, client: Wire, request: Request) -> None:
        self._client = client
        self.scanner: Scanner = scanner_for(request.body)
        self.refusal: Refused | None = None

    def take_ready(self) -> bytes:
        """What of the body lies in the buffer."""
        if self.scanner.done or not self._client.buffer:
            return b""
        return self._client.take(self.scanner.take(self._client.buffer))

    async def pump(self, child: Wire) -> None:
        """Pass the rest on as it comes; what cannot be framed ends the child's connection."""
        try:
            while True:
                await child.wait_room()
                ready = self.take_ready()
                child.write(ready)
                if self.scanner.done or child.lost:
                    return
                if ready:
                    continue
                # From here to the wait nothing else runs: no news can be missed.
                if self._client.ended:
                    child.end()
                    return
                await self._client.wait_news()
        except Refused as refusal:
            self.refusal = refusal
            child.close()


class _Run:
    """One try of an exchange on one connection to the child."""

    def __init__(self, passage: Passage, request: Request, upload: _Upload, child: Wire) -> None:
        self._passage = passage
        self._client = passage.client
        self._request = request
        self._upload = upload
        self._child = child

    async def run(self, start: bytes) -> bool:
        child, reusable = self._child, False
        child.write(start)
        child.expect_parts()
        pumping = None
        if self._upload.scanner.done:
            self._client.on_news = self._pass_end_on
            self._pass_end_on()
        else:
            pumping = asyncio.ensure_future(self._upload.pump(child))
        try:
            response = await self._final_head()
            if response.status == 101 or (
                self._request.method == b"CONNECT" and response.status < 300
            ):
                await self._become_tunnel(response, pumping)
                return False
            stays = self._stays_open(response)
            await self._pass_response(response, stays)
            reusable = response.keeps_alive and self._request.minor == 1
            return stays
        finally:
            if pumping is not None:
                reusable = reusable and pumping.done()
                pumping.cancel()
            if reusable and self._upload.scanner.done:
                self._passage.way.give_back(child)
            else:
                child.close()

    async def _final_head(self) -> Response:
        while True:
            response = parse_response(await self._head(), self._request)
            if not response.is_interim:
                return response
            if self._request.minor == 1:
                self._client.write(render_response(response, close=False))

    async def _head(self) -> bytes:
        child = self._child
        looked = 0
        while True:
            end = child.buffer.find(END, max(0, looked - 3))
            if end >= 0:
                return child.take(end + len(END))[: -len(END)]
            looked = len(child.buffer)
            if looked > bounds.RESPONSE_HEAD_BYTES:
                raise Refused(502, "the server's headers are too long")
            if child.ended:
                raise self._why_no_head()
            await child.wait_news()

    def _why_no_head(self) -> Exception:
        if self._upload.refusal is not None:
            return self._upload.refusal
        if self._child.buffer:
            return Refused(502, "the server closed in the middle of its headers")
        return Unanswered()

    def _stays_open(self, response: Response) -> bool:
        """Whether the client may send another request after this response."""
        return (
            self._request.keeps_alive
            and response.body is not UNTIL_CLOSE
            and self._upload.scanner.done  # else its rest could not be told from a next request
            and not self._passage.is_draining()
        )

    async def _pass_response(self, response: Response, stays: bool) -> None:
        child, client = self._child, self._client
        scanner = scanner_for(response.body)
        out = render_response(response, close=not stays)
        while True:
            await client.wait_room()
            try:
                taken = 0 if scanner.done else scanner.take(child.buffer)
            except Refused as broken:  # the head is on its way: all that is left is to close
                client.write(out)
                raise Cut from broken
            client.write(out + child.take(taken))
            out = b""
            if scanner.done:
                return
            if taken:
                continue
            # From here to the wait nothing else runs: no news can be missed.
            if child.ended:
                if response.body is UNTIL_CLOSE:
                    return
                raise Cut
            await child.wait_news()

    async def _become_tunnel(
        self, response: Response, pumping: asyncio.Future[None] | None
    ) -> None:
        if pumping is not None:
            pumping.cancel()
            await asyncio.wait({pumping})
        self._client.on_news = _nothing
        self._client.write(render_response(response, close=False))
        self._passage.on_tunnel()
        await tunnel(self._client, self._child)

    def _pass_end_on(self) -> None:
        if self._client.ended and not self._client.buffer and not self._child.lost:
            self._child.end()


class Cut(Exception):
    """The child's response broke off: the client is told by an early end."""


def _nothing() -> None:
    return
