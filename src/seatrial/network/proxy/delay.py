"""Endpoint changes that arrive late, on purpose; pure arithmetic over a clock that is told.

Does: hold back what was seen of a Service's endpoints until its delay is over.
Holds: per Service, changes are released in the order in which they were seen, each as a whole; a
Service without delay is never held back; when the delay goes, the present state arrives at once.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from seatrial.api.objects import Object, spec_of
from seatrial.kit.text import parse_duration_s

State = TypeVar("State")

# Changes of one Service that may wait; beyond it the oldest is skipped, the newer ones contain it.
PENDING_MAX = 1024


@dataclass(frozen=True, slots=True)
class Delay:
    """One EndpointPropagationDelay, as far as one node is concerned."""

    service: str  # namespace/name, "" for every Service
    delay_s: float


def parse_delay(fault: Object, *, node_name: str) -> Delay | None:
    """What the fault means on this node; None when it means nothing.

    Raises ValueError for a delay that is no duration.
    """
    spec = spec_of(fault)
    if (spec.get("nodeName") or node_name) != node_name:
        return None
    service = spec.get("service") or {}
    named = f"{service.get('namespace') or 'default'}/{service['name']}" if service else ""
    return Delay(named, max(parse_duration_s(str(spec.get("delay") or "0")), 0.0))


def delay_of(service: str, delays: Iterable[Delay]) -> float:
    """How late endpoint changes of `service` arrive, in seconds: the longest of all that match."""
    return max((each.delay_s for each in delays if each.service in {"", service}), default=0.0)


class Late(Generic[State]):
    """What the node knows of each Service's endpoints, which may be old news."""

    def __init__(self) -> None:
        self._known: dict[str, State] = {}
        self._pending: dict[str, deque[tuple[float, State]]] = {}

    @property
    def known(self) -> Mapping[str, State]:
        """The state that has arrived, by Service."""
        return self._known

    def latest(self, service: str) -> State | None:
        """What was seen last, whether it has arrived or not."""
        waiting = self._pending.get(service)
        return waiting[-1][1] if waiting else self._known.get(service)

    def forget(self, service: str) -> None:
        """The Service is gone, and all that was known of it."""
        self._known.pop(service, None)
        self._pending.pop(service, None)

    def see(self, service: str, state: State, *, now_s: float, delay_s: float) -> bool:
        """A change happened; has it arrived at once?"""
        waiting = self._pending.get(service)
        if delay_s <= 0 and not waiting:
            self._known[service] = state
            return True
        waiting = self._pending.setdefault(service, deque(maxlen=PENDING_MAX))
        last_s = waiting[-1][0] if waiting else now_s
        waiting.append((max(now_s + delay_s, last_s), state))
        return False

    def release(self, now_s: float) -> Iterator[str]:
        """Let everything arrive whose time has come; the Services it concerns."""
        for service, waiting in list(self._pending.items()):
            arrived = False
            while waiting and waiting[0][0] <= now_s:
                self._known[service] = waiting.popleft()[1]
                arrived = True
            if not waiting:
                del self._pending[service]
            if arrived:
                yield service

    def heal(self, is_delayed: Callable[[str], bool]) -> Iterator[str]:
        """Let the present state arrive for every Service that is no longer delayed."""
        for service in [each for each in self._pending if not is_delayed(each)]:
            self._known[service] = self._pending.pop(service)[-1][1]
            yield service

    def next_s(self) -> float | None:
        """When the next change arrives; None when nothing waits."""
        return min((waiting[0][0] for waiting in self._pending.values()), default=None)
