"""The report as a value: what every reader of it shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.findings.model import Finding, Verdict, worst
from seatrial.trials.application import Application
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.evidence.entry import Entry
from seatrial.trials.reading import read_world
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.outcome import Counts
from seatrial.trials.world import World

NO_COUNTS = Counts()


@dataclass(frozen=True, slots=True)
class Sailed:
    """A voyage that set out: its findings and its evidence."""

    findings: tuple[Finding, ...]
    entries: tuple[Entry, ...]
    subject: Subject


@dataclass(frozen=True, slots=True)
class Unsailed:
    """A voyage that could not set out, and why."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One voyage in the report."""

    findings: tuple[Finding, ...]
    subject: Subject | None = None
    world: World | None = None
    counts: Counts = NO_COUNTS

    @property
    def title(self) -> str:
        """The trials of the voyage."""
        return " and ".join(finding.trial for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of it all."""

    application: str
    verdict: Verdict
    requests: Counts
    findings: tuple[Finding, ...]
    chapters: tuple[Chapter, ...]
    began: float  # epoch seconds
    took_s: float
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when everything passed, 1 otherwise."""
        return 0 if self.verdict is Verdict.PASS else 1


def make_report(
    application: Application,
    results: Sequence[Sailed | Unsailed],
    *,
    began: float,
    took_s: float,
    left_out: Sequence[str] = (),
) -> Report:
    """The report of these voyages; the worst verdict is the report's. `left_out` is noted."""
    chapters = tuple(_chapter(result) for result in results)
    findings = tuple(finding for chapter in chapters for finding in chapter.findings)
    requests = Counts()
    for chapter in chapters:
        requests += chapter.counts
    return Report(
        application=application.name,
        verdict=worst(finding.verdict for finding in findings),
        requests=requests,
        findings=findings,
        chapters=chapters,
        began=began,
        took_s=took_s,
        notes=(*_notes(results, findings), *left_out),
    )


def _chapter(result: Sailed | Unsailed) -> Chapter:
    if isinstance(result, Unsailed):
        return Chapter(result.findings)
    world = read_world(result.entries)
    counts = account(world, result.subject).counts
    return Chapter(result.findings, result.subject, world, counts)


def _notes(results: Sequence[Sailed | Unsailed], findings: Sequence[Finding]) -> tuple[str, ...]:
    """What a reader should know before believing it all."""
    sailed = [result for result in results if isinstance(result, Sailed)]
    texts = [
        str(entry.facts["text"])
        for result in sailed
        for entry in result.entries
        if entry.kind == "note"
    ]
    if sailed and not any(_has_journal(result) for result in sailed):
        texts.append(
            "this cluster keeps no journal of its nodes: which pod a lost request was sent to is"
            " inferred from the time"
        )
    if not findings:
        texts.append("the application has no Deployment: nothing was tried")
    return tuple(dict.fromkeys(texts))


def _has_journal(result: Sailed) -> bool:
    return any(entry.facts.get("step") == "journal" for entry in result.entries)
