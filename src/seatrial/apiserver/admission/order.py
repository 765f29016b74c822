"""Admission plugins in the order in which they see a write, each with its reason.

Holds: what a plugin reserved is given back when the write does not happen.

Differs from Kubernetes: there are no webhooks, quotas or limit ranges yet.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seatrial.api import kinds
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.apiserver.admission import (
    default_tolerations,
    namespace_furniture,
    namespace_lifecycle,
    priority,
    service_account,
)
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.admission.service_addresses import ServiceAddresses
from seatrial.apiserver.config import ServiceRanges
from seatrial.apiserver.registry.objects import Objects


@dataclass(frozen=True, slots=True)
class Plugin:
    """One rule; `kinds` None means every kind."""

    name: str
    why: str
    kinds: frozenset[Kind] | None
    admit: Callable[[Review], Awaitable[None]]


_PODS = frozenset({kinds.POD})


class Admission:
    """All plugins, and what follows a write."""

    def __init__(self, objects: Objects, ranges: ServiceRanges, *, ca_pem: str) -> None:
        self._objects = objects
        self._ca_pem = ca_pem
        self._addresses = ServiceAddresses(ranges)
        plugins = _plugins(self._addresses)
        self._by_kind = {
            kind: tuple(each for each in plugins if each.kinds is None or kind in each.kinds)
            for kind in kinds.KINDS
        }

    @asynccontextmanager
    async def admitted(self, review: Review, *, dry_run: bool) -> AsyncIterator[None]:
        """Every plugin has agreed inside; leaving by an error, or dry, undoes what they did."""
        done = False
        try:
            plugins = () if review.subresource else self._by_kind.get(review.kind, ())
            for plugin in plugins:
                await plugin.admit(review)
            yield
            done = not dry_run
        finally:
            if not done:
                for undo in reversed(review.undo):
                    undo()

    def written(self, kind: Kind, key: str, obj: Object | None) -> None:
        """A write has happened; None when it was a removal."""
        if kind is kinds.SERVICE:
            self._addresses.settle(key, obj)

    async def created(self, kind: Kind, obj: Object) -> None:
        """What belongs to a new object is made with it."""
        if kind is kinds.NAMESPACE:
            await namespace_furniture.furnish(self._objects, obj, ca_pem=self._ca_pem)


def _plugins(addresses: ServiceAddresses) -> tuple[Plugin, ...]:
    return (
        Plugin(
            "NamespaceLifecycle",
            "nothing is made in a namespace that is not there or is on its way out",
            None,
            namespace_lifecycle.admit,
        ),
        Plugin(
            "ServiceAccount",
            "a pod speaks to the API in the name of an account, with a token of its own",
            _PODS,
            service_account.admit,
        ),
        Plugin(
            "DefaultTolerationSeconds",
            "a pod stays for five minutes on a node that is lost",
            _PODS,
            default_tolerations.admit,
        ),
        Plugin("Priority", "every pod has a priority, so that they compare", _PODS, priority.admit),
        Plugin(
            "ServiceAddresses",
            "an address or port belongs to one Service",
            frozenset({kinds.SERVICE}),
            addresses.admit,
        ),
    )
