"""What an admission plugin is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.apiserver.registry.objects import Objects


@dataclass(frozen=True, slots=True)
class Review:
    """One write: `old` is None when it creates. Plugins may change `obj`.

    `undo` is called, last first, when the write does not happen.
    """

    kind: Kind
    namespace: str
    obj: Object
    old: Object | None
    objects: Objects
    # Writes of a part ("status") are not reviewed: what they may change, no plugin looks at.
    subresource: str = ""
    undo: list[Callable[[], None]] = field(default_factory=list)
