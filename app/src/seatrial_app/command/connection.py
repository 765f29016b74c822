"""One client's connection, from its first byte to our goodbye (edge).

Does: tell HTTP/1.x from all else; pass its requests on one after another, pipelined ones too; pass
all else on unread; end when idle and asked to, and never by a reset.
Holds: while a request has begun, asking to end waits for it; who has just come, or was just
answered, is given `QUIET_S` to speak.
"""

from __future__ import annotations

import asyncio
from typing import Callable, Protocol

from seatrial_app.command import bounds
from seatrial_app.command.exchange import Cut, Passage, exchange
from seatrial_app.command.head import END, Peer, Refused, parse_request, render_refusal
from seatrial_app.command.sniff import Speech, sniff
from seatrial_app.command.tunnel import tunnel
from seatrial_app.command.way import NotUp, Way
from seatrial_app.command.wire import Wire


class Owner(Protocol):
    """The front: what a connection asks of it, and tells it."""

    way: Way
    is_draining: bool
    is_closing: bool
    is_in_haste: bool
    opaque_only: bool
    requests: int

    def unseen(self, connection: Connection) -> None: ...


class Connection:
    """Serves one wire."""

    def __init__(self, owner: Owner, wire: Wire) -> None:
        self.wire = wire
        self.in_exchange = False
        self._was_idle = False
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._passage = Passage(
            client=wire,
            peer=Peer(_address_of(wire)),
            way=owner.way,
            is_draining=lambda: owner.is_draining,
            on_tunnel=self._is_tunnel_now,
        )

    async def serve(self) -> None:
        """Until it is over; cancelled when the client is gone."""
        try:
            await self._talk()
        except Refused as refusal:
            self.wire.write(render_refusal(refusal.status, str(refusal)))
        except (Cut, NotUp):
            pass  # an early end is all that can be said
        in_haste = self._was_idle and self._owner.is_in_haste
        await self.wire.goodbye(bounds.HASTE_S if in_haste else bounds.LINGER_S)

    async def _talk(self) -> None:
        speech = Speech.OPAQUE if self._owner.opaque_only else await self._speech()
        if speech is Speech.OPAQUE:
            self._is_tunnel_now()
            lent = await self._owner.way.borrow(fresh=True)
            await tunnel(self.wire, lent.wire)
        elif speech is Speech.HTTP:
            while await self._one_request():
                continue

    async def _speech(self) -> Speech | None:
        told: list[Speech] = []

        def look() -> bool:
            speech = sniff(self.wire.buffer)
            told.extend([speech] if speech else [])
            return bool(speech)

        return told[0] if await self._wait_request(look) else None

    async def _one_request(self) -> bool:
        """False: no other will follow."""
        head = await self._request_head()
        if head is None:
            return False
        request = parse_request(head)
        self._owner.requests += 1
        self.in_exchange = True
        try:
            return await exchange(self._passage, request)
        finally:
            self.in_exchange = False
            self.wire.last_news_s = self._loop.time()

    async def _request_head(self) -> bytes | None:
        buffer, found, looked = self.wire.buffer, -1, 0

        def look() -> bool:
            nonlocal found, looked
            while buffer.startswith(b"\r\n"):  # after a body, some old clients send one more
                self.wire.take(2)
            found = buffer.find(END, max(0, looked - 3))
            looked = len(buffer)
            return found >= 0

        if not await self._wait_request(look):
            return None
        if found > bounds.REQUEST_HEAD_BYTES:
            raise Refused(431, "the headers are too long")
        return self.wire.take(found + len(END))[: -len(END)]

    async def _wait_request(self, look: Callable[[], bool]) -> bool:
        """Until `look` finds what it wants; False: the client ended, or was idle and may go."""
        wire = self.wire
        begun_s: float | None = None
        while not look():
            if wire.ended:
                return False
            if len(wire.buffer) > bounds.REQUEST_HEAD_BYTES:
                raise Refused(431, "the headers are too long")
            now_s = self._loop.time()
            if wire.buffer:
                begun_s = now_s if begun_s is None else begun_s
                left_s = begun_s + bounds.REQUEST_HEAD_S - now_s
            else:
                left_s = wire.last_news_s + self._idle_s() - now_s
            if left_s <= 0:
                if wire.buffer:
                    raise Refused(408, "the headers did not come in time")
                self._was_idle = True
                return False
            await wire.wait_news(left_s)
        return True

    def _idle_s(self) -> float:
        if not self._owner.is_closing:
            return bounds.KEEP_ALIVE_S
        return bounds.HASTE_S if self._owner.is_in_haste else bounds.QUIET_S

    def _is_tunnel_now(self) -> None:
        """From now on only the child knows whether a request is under way here."""
        self._owner.unseen(self)


def _address_of(wire: Wire) -> bytes | None:
    name = wire.transport.get_extra_info("peername")
    return name[0].encode("ascii", "replace") if isinstance(name, tuple) else None
