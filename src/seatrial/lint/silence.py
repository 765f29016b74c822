"""Silence by annotation: `seatrial.dev/ignore: "SEA301, readiness-probe-missing"`, with a reason.

Does: leaves out findings that the object's author has answered for.
Holds: without `seatrial.dev/ignore-reason` nothing is silenced (the rule silence-without-reason
says so, and cannot be silenced itself).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seatrial.lint.manifest import FieldPath, Manifest, mapping
from seatrial.lint.model import LintFinding
from seatrial.lint.workload import TEMPLATES

IGNORE = "seatrial.dev/ignore"
REASON = "seatrial.dev/ignore-reason"
EVERYTHING = "all"
NEVER_SILENT = "silence-without-reason"


@dataclass(frozen=True, slots=True)
class Silence:
    """What one set of annotations asks for."""

    names: tuple[str, ...]  # codes, names of rules, or "all"
    reason: str
    path: FieldPath  # of the annotation

    def covers(self, finding: LintFinding) -> bool:
        """The finding is one of those it names."""
        return any(name in (finding.code, finding.rule, EVERYTHING) for name in self.names)


def silences_of(manifest: Manifest) -> Iterator[Silence]:
    """Of the object, and of the pods it makes."""
    yield from _read(manifest.value, ())
    template = TEMPLATES.get(manifest.kind)
    if template:
        here: object = manifest.value
        for step in template:
            here = mapping(here).get(str(step))
        yield from _read(mapping(here), template)


def _read(value: Mapping[str, object], path: FieldPath) -> Iterator[Silence]:
    annotations = mapping(mapping(value.get("metadata")).get("annotations"))
    if IGNORE not in annotations:
        return
    names = str(annotations[IGNORE] or "").replace(",", " ").split()
    reason = str(annotations.get(REASON) or "").strip()
    yield Silence(tuple(names), reason, (*path, "metadata", "annotations", IGNORE))


@dataclass(frozen=True, slots=True)
class Heard:
    """What is left after silences were kept."""

    findings: list[LintFinding]
    silenced: int


def keep_silences(findings: Iterable[LintFinding]) -> Heard:
    """The findings that nobody answered for."""
    known: dict[int, list[Silence]] = {}
    heard, silenced = [], 0
    for finding in findings:
        key = id(finding.manifest)
        if key not in known:
            known[key] = [each for each in silences_of(finding.manifest) if each.reason]
        if finding.rule != NEVER_SILENT and any(each.covers(finding) for each in known[key]):
            silenced += 1
        else:
            heard.append(finding)
    return Heard(heard, silenced)
