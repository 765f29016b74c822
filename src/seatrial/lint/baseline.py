"""A baseline: what was found before, so that only what is new stops a build.

Does: reads and renders the file; leaves out what it holds.
Holds: an entry outlives edits elsewhere in the file (rule, object and field, no line numbers), and
one entry hides one finding.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seatrial.kit.errors import UsageError
from seatrial.lint.model import LintFinding

VERSION = 1
# file, rule, namespace, object, field
Entry = tuple[str, str, str, str, str]
_NAMES = ("file", "rule", "namespace", "object", "field")


class BaselineError(UsageError):
    """The file is not a baseline."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings beside a baseline."""

    new: list[LintFinding]
    known: int


def render_baseline(findings: Iterable[LintFinding]) -> str:
    """The file that holds these findings."""
    entries = sorted(map(_entry, findings))
    wire = {
        "version": VERSION,
        "findings": [dict(zip(_NAMES, entry, strict=True)) for entry in entries],
    }
    return json.dumps(wire, indent=2, ensure_ascii=False) + "\n"


def read_baseline(path: Path) -> Counter[Entry]:
    """How often each entry is there. Raises BaselineError."""
    try:
        wire = json.loads(path.read_text(encoding="utf-8"))
        if wire["version"] != VERSION:
            raise BaselineError(f"{path}: version {wire['version']} is not {VERSION}")
        return Counter(
            tuple(str(each[name]) for name in _NAMES)  # type: ignore[misc]
            for each in wire["findings"]
        )
    except OSError as error:
        raise BaselineError(
            f"{path}: cannot be read: {(error.strerror or '').lower()}",
            remedy=f"`seatrial lint --write-baseline {path} ...` makes it",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(f"{path}: not a baseline of seatrial lint") from error


def leave_out(findings: Iterable[LintFinding], baseline: Counter[Entry]) -> Compared:
    """Findings that the baseline does not hold, and how many it does."""
    left = baseline.copy()
    new: list[LintFinding] = []
    known = 0
    for finding in findings:
        entry = _entry(finding)
        if left[entry] > 0:
            left[entry] -= 1
            known += 1
        else:
            new.append(finding)
    return Compared(new, known)


def _entry(finding: LintFinding) -> Entry:
    return (
        finding.place.file,
        finding.rule,
        finding.namespace,
        finding.object,
        finding.field,
    )
