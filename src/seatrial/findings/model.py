"""A finding: what was judged, what came out, why, and the smallest change that mends it.

Does: holds the values that lint and trials both produce.
Holds: PASS < UNKNOWN < FAIL, and the worst wins; what could not be judged is UNKNOWN with a reason,
never PASS.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Figure = float | int | str | bool | tuple[float, ...] | None
NO_FIGURES: Mapping[str, Figure] = MappingProxyType({})


class Verdict(enum.IntEnum):
    """How a practice was kept."""

    PASS = 0
    UNKNOWN = 1
    FAIL = 2


class Severity(enum.IntEnum):
    """How much what a manifest shows will hurt."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    @property
    def word(self) -> str:
        """`error`, `warning`, `info`: as files and people write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file; lines and columns count from 1, 0 where there is no such place."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; UNKNOWN when there are none, because nothing was judged."""
    return max(verdicts, default=Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why some requests were lost; `count` of them, all for the same reason."""

    outcome: str  # "refused", "reset", "EOF", "partial", "5xx", "timeout", ...
    # "new", "kept-alive", "idle", "in-flight", "silent", "half-sent", "slow-body" or "backlog"
    connection: str
    count: int
    cause: str  # a sentence for people, with its figures
    # Told, but not blamed: the trial went further than an application must survive.
    is_excused: bool = False
    # What kind of cause it is: the key by which advice is chosen.
    key: str = ""
    # Numbers of the requests in the evidence, a bounded sample.
    requests: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """The smallest change that mends it, in words and, where it can be one, as a patch (YAML)."""

    text: str
    patch: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one trial (or lint rule) says about one object."""

    code: str
    verdict: Verdict
    object: str  # "Deployment/fortune"
    summary: str  # one line: what came out
    trial: str = ""
    figures: Mapping[str, Figure] = field(default_factory=lambda: NO_FIGURES)
    causes: tuple[Cause, ...] = ()
    advice: tuple[Advice, ...] = ()
    place: str = ""  # "fortune.yaml:12" where a file is known
