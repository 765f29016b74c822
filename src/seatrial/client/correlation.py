"""What becomes of an Event before it is written: pure, after client-go's correlator.

Does: gives the same event its count instead of a second object; folds events that differ only in
their message into one, once there are many; refuses a source that floods one object.
Does not: write, nor read a clock: `now_s` comes with each event.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeVar

# client-go's defaults.
SIMILAR_MAX = 10  # different messages in the window before they are folded
SIMILAR_WINDOW_S = 600.0
BURST_EVENTS = 25  # about one object, from one source; then one in five minutes
REFILL_PER_S = 1 / 300
KEPT_MAX = 4096  # entries each of the memories below keeps
M = TypeVar("M")
V = TypeVar("V")

COMBINED = "(combined from similar events): "


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to which object. Equal values are the same event again."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str
    field_path: str
    type: str
    reason: str
    message: str
    component: str


@dataclass(frozen=True, slots=True)
class Written:
    """An event object that stands in the API."""

    name: str
    count: int
    first_s: float


@dataclass(slots=True)
class _Similar:
    messages: set[str]
    last_s: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    last_s: float


class Correlator:
    """Remembers what was written lately."""

    def __init__(self) -> None:
        self._written: OrderedDict[Happening, Written] = OrderedDict()
        self._similar: OrderedDict[Happening, _Similar] = OrderedDict()
        self._buckets: OrderedDict[tuple[str, ...], _Bucket] = OrderedDict()

    def fold(self, happening: Happening, now_s: float) -> Happening:
        """The event as it should be told: itself, or combined with similar ones."""
        family = _with_message(happening, "")
        similar = self._similar.get(family)
        if similar is None or now_s - similar.last_s > SIMILAR_WINDOW_S:
            similar = _Similar(set(), now_s)
        similar.messages.add(happening.message)
        similar.last_s = now_s
        _keep(self._similar, family, similar)
        if len(similar.messages) < SIMILAR_MAX:
            return happening
        similar.messages.pop()  # the set need not grow: it is past its threshold
        return _with_message(happening, COMBINED + happening.message)

    def admit(self, happening: Happening, now_s: float) -> bool:
        """Whether this source may say one more thing about this object."""
        source = (
            happening.component, happening.kind, happening.namespace, happening.name, happening.uid
        )  # fmt: skip
        bucket = self._buckets.get(source) or _Bucket(BURST_EVENTS, now_s)
        refilled = bucket.tokens + (now_s - bucket.last_s) * REFILL_PER_S
        bucket.tokens, bucket.last_s = min(BURST_EVENTS, refilled), now_s
        allowed = bucket.tokens >= 1
        bucket.tokens -= allowed
        _keep(self._buckets, source, bucket)
        return allowed

    def written(self, happening: Happening) -> Written | None:
        """The object that says this already."""
        return self._written.get(_identity(happening))

    def remember(self, happening: Happening, written: Written) -> None:
        """This object says it now."""
        _keep(self._written, _identity(happening), written)

    def forget(self, happening: Happening) -> None:
        """The object that said it is gone."""
        self._written.pop(_identity(happening), None)


def _identity(happening: Happening) -> Happening:
    # Folded events are one event, whatever the latest message was.
    folded = happening.message.startswith(COMBINED)
    return _with_message(happening, COMBINED) if folded else happening


def _with_message(happening: Happening, message: str) -> Happening:
    return replace(happening, message=message)


def _keep(memory: "OrderedDict[M, V]", key: M, value: V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > KEPT_MAX:
        memory.popitem(last=False)
