"""What no field of a manifest can say: declared by annotations, read here.

    seatrial.dev/start-time: 45s           from the start of the process until it can serve
    seatrial.dev/longest-request: 20s      the longest request that must not be cut
    seatrial.dev/drain-window: 5s          how long the application serves on after SIGTERM
    seatrial.dev/writable-paths: /data,/cache
    seatrial.dev/depends-on: Service/db,Service/cache

Does: reads them from the workload and its pod template (the template's wins).
Holds: a declaration that cannot be read counts as absent, and `problems` says which and why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TypeVar

from seatrial.kit.text import parse_duration_s
from seatrial.lint.workload import Workload

PREFIX = "seatrial.dev/"
START_TIME = f"{PREFIX}start-time"
LONGEST_REQUEST = f"{PREFIX}longest-request"
DRAIN_WINDOW = f"{PREFIX}drain-window"
WRITABLE_PATHS = f"{PREFIX}writable-paths"
DEPENDS_ON = f"{PREFIX}depends-on"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the annotations of one workload declare; None or () where they say nothing."""

    start_time_s: float | None = None
    longest_request_s: float | None = None
    drain_window_s: float | None = None
    writable_paths: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()  # "Service/db"


@dataclass(frozen=True, slots=True)
class Problem:
    """A declaration that cannot be read."""

    annotation: str
    message: str


def declared_by(workload: Workload) -> Declared:
    """What can be read of the declarations."""
    annotations = workload.annotations
    return Declared(
        start_time_s=_read(annotations, START_TIME, seconds_in),
        longest_request_s=_read(annotations, LONGEST_REQUEST, seconds_in),
        drain_window_s=_read(annotations, DRAIN_WINDOW, seconds_in),
        writable_paths=_read(annotations, WRITABLE_PATHS, _paths) or (),
        depends_on=_read(annotations, DEPENDS_ON, _objects) or (),
    )


def problems(workload: Workload) -> Iterator[Problem]:
    """The declarations that cannot be read."""
    for name in (START_TIME, LONGEST_REQUEST, DRAIN_WINDOW):
        yield from _problem(workload.annotations, name, seconds_in)
    yield from _problem(workload.annotations, WRITABLE_PATHS, _paths)
    yield from _problem(workload.annotations, DEPENDS_ON, _objects)


def seconds_in(text: str) -> float:
    """`45s`, `1m30s`, `500ms`, and a bare number of seconds. Raises ValueError."""
    bare = text.strip()
    is_number = bare.isascii() and bare.replace(".", "", 1).isdecimal()
    seconds = float(bare) if is_number else parse_duration_s(bare)
    if seconds < 0 or not isfinite(seconds):
        raise ValueError(f"{text!r} is not a time of zero or more seconds")
    return seconds


def _paths(text: str) -> tuple[str, ...]:
    paths = _words(text)
    for path in paths:
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not an absolute path")
    return paths


def _objects(text: str) -> tuple[str, ...]:
    objects = _words(text)
    for each in objects:
        kind, slash, name = each.partition("/")
        if not (kind and slash and name):
            raise ValueError(f"{each!r} does not name an object as KIND/NAME, like Service/db")
    return objects


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _read(
    annotations: Mapping[str, str], name: str, reader: Callable[[str], Value]
) -> Value | None:
    text = annotations.get(name)
    if text is None:
        return None
    try:
        return reader(str(text))
    except ValueError:
        return None  # `problems` tells it


def _problem(
    annotations: Mapping[str, str], name: str, reader: Callable[[str], object]
) -> Iterator[Problem]:
    text = annotations.get(name)
    if text is None:
        return
    try:
        reader(str(text))
    except ValueError as error:
        yield Problem(name, str(error))
