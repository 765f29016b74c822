"""One request on its way through the server, and what the server is made of."""

import asyncio
from dataclasses import dataclass, field

from seatrial.api.kinds import KindTable
from seatrial.apiserver.chain.request_info import RequestInfo
from seatrial.apiserver.config import ApiServerConfig, User
from seatrial.apiserver.http import Request
from seatrial.apiserver.kubelets import KubeletConnector
from seatrial.apiserver.registry.objects import Objects
from seatrial.apiserver.registry.writing import Writer
from seatrial.apiserver.tokens import TokenIssuer
from seatrial.apiserver.verbs.changes import Changes


@dataclass(frozen=True, slots=True)
class Api:
    """The parts of a server."""

    config: ApiServerConfig
    kinds: KindTable
    objects: Objects
    writer: Writer
    kubelets: KubeletConnector
    tokens: TokenIssuer
    changes: Changes
    # Set when the server stops: watches and followed logs end at once.
    stopping: asyncio.Event


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request for a resource; `warnings` go with the answer."""

    request: Request
    info: RequestInfo
    user: User
    warnings: list[str] = field(default_factory=list)
