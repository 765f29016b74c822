"""The contract of a client: Kubernetes' verbs on wire objects, in process and over a socket alike.

Every method raises what `client.errors` draws. `namespace` is None for cluster-scoped kinds and, in
`list` and `watch`, for all namespaces.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object

PatchType = Literal[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
]
MERGE: PatchType = "application/merge-patch+json"
STRATEGIC: PatchType = "application/strategic-merge-patch+json"
JSON_PATCH: PatchType = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class ObjectList:
    """A (page of a) list."""

    items: Sequence[Object]
    resource_version: str
    continue_token: str = ""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch; a BOOKMARK's object has only a resourceVersion."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object


class Client(Protocol):
    """Kubernetes' verbs."""

    async def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object: ...

    async def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "",
        limit: int = 0, continue_token: str = "", resource_version: str = "",
    ) -> ObjectList: ...  # fmt: skip

    def watch(
        self,
        kind: Kind,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        resource_version: str = "",
    ) -> AsyncIterator[WatchEvent]:
        """Events until the server closes the stream; an ERROR line is raised (Gone when it is too
        old).
        """

    async def create(self, kind: Kind, obj: Object, namespace: str | None = None) -> Object: ...

    async def update(self, kind: Kind, obj: Object, *, subresource: str = "") -> Object: ...

    async def patch(
        self, kind: Kind, name: str, namespace: str | None, patch: Any, *,
        patch_type: PatchType = MERGE, subresource: str = "",
    ) -> Object: ...  # fmt: skip

    async def delete(
        self, kind: Kind, name: str, namespace: str | None = None, *,
        grace_period_s: int | None = None, propagation: str = "", uid: str = "",
    ) -> Object: ...  # fmt: skip

    async def create_subresource(
        self, kind: Kind, name: str, namespace: str | None, subresource: str, body: Object
    ) -> Object:
        """`pods/binding`, `pods/eviction`, `serviceaccounts/token`."""

    def read(
        self, path: str, query: dict[str, str] | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """A raw GET, streamed: `pods/log`, `nodes/NAME/proxy/...`, `/version`."""

    async def aclose(self) -> None: ...
