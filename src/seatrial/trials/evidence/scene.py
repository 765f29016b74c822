"""The present, as a book tells it so far: the latest objects and how the traffic does.

Holds: reads each entry once, however often it is asked.
"""

from collections.abc import Callable

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, name_of, uid_of
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.entry import Entry


class Scene:
    """Kept up as its book grows."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._read = 0
        self._objects: dict[tuple[str, str], Object] = {}  # by kind and uid
        self._streaks: dict[str, int] = {}  # by target: well answered in a row
        self._lost = 0
        self._sent = 0
        self._is_traffic_ended = False

    @property
    def is_traffic_ended(self) -> bool:
        """Has the driver said its last word?"""
        self._catch_up()
        return self._is_traffic_ended

    def all(self, kind: Kind) -> list[Object]:
        """Every object of that kind, in the order in which they were first seen."""
        self._catch_up()
        return [obj for (name, _), obj in self._objects.items() if name == kind.kind]

    def named(self, kind: Kind, name: str) -> Object:
        """The object of that name; `{}` when there is none."""
        return next((obj for obj in self.all(kind) if name_of(obj) == name), {})

    def streak(self, target: str) -> int:
        """How many of a target's latest requests were well answered in a row."""
        self._catch_up()
        return self._streaks.get(target, 0)

    def counts(self) -> tuple[int, int]:
        """Requests sent and lost so far."""
        self._catch_up()
        return self._sent, self._lost

    def reset_counts(self) -> None:
        """Count from here."""
        self._catch_up()
        self._sent = self._lost = 0

    async def until(self, is_so: Callable[[], bool], *, limit_s: float) -> bool:
        """Wait until `is_so`; False when time is up."""
        return await self._book.until(is_so, limit_s=limit_s)

    def _catch_up(self) -> None:
        fresh = self._book.since(self._read)
        self._read += len(fresh)
        for entry in fresh:
            if entry.kind == "request":
                self._take_request(entry)
            elif entry.facts.get("step") == "traffic-ended":
                self._is_traffic_ended = True
            elif entry.kind == "object":
                self._take_object(str(entry.facts["type"]), entry.facts["object"])

    def _take_request(self, entry: Entry) -> None:
        target, is_ok = str(entry.facts.get("target")), entry.facts.get("outcome") == "ok"
        self._sent += 1
        self._lost += not is_ok
        self._streaks[target] = self._streaks.get(target, 0) + 1 if is_ok else 0

    def _take_object(self, type_: str, obj: Object) -> None:
        key = (str(obj["kind"]), uid_of(obj))
        if type_ == "DELETED":
            self._objects.pop(key, None)
        else:
            self._objects[key] = obj
