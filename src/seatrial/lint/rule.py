"""What a rule is: a value with a name, and a function from what it looks at to its hits.

A rule is a module below `rules/` with one `RULE`, one line in `registry.py`, and a docstring that
tells its story (see `story.py`): it is the rule's page, and its two examples are its first tests.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seatrial.findings.model import Severity
from seatrial.lint.edits import Edit
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.workload import Workload

INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule is broken."""

    path: FieldPath  # of the field, also when it is missing
    message: str  # one sentence: what is so, with its figures
    advice: str  # one sentence: what to do
    edits: tuple[Edit, ...] = ()  # what a machine may do; in the same manifest
    manifest: Manifest | None = None  # where it is not the one that was looked at


Hits = Iterable[Hit]


@dataclass(frozen=True, slots=True)
class World:
    """What a rule may look at besides its subject."""

    inventory: Inventory
    kubernetes_version: tuple[int, int] = (1, 37)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Exactly one of `check_workload` (asked for every maker of pods) and `check_manifest` (asked for
    every manifest of `kinds`; of all kinds when that is empty).
    """

    code: str  # of the practice in the catalogue
    name: str  # unique, in kebab case
    severity: Severity
    summary: str  # what it finds, in one line
    check_workload: Callable[[Workload, World], Hits] | None = None
    check_manifest: Callable[[Manifest, World], Hits] | None = None
    kinds: frozenset[str] = frozenset()
    is_default: bool = True  # else only when asked for by name
