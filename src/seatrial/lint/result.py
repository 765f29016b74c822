"""What one run of the linter came to.

Holds: exit code 2 when anything could not be read, else 1 when anything is found that the user
wants to fail on, else 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.findings.model import Severity
from seatrial.lint.model import BadInput, LintFinding


@dataclass(frozen=True, slots=True)
class Result:
    """Findings, what could not be read, and what was left out on the user's word."""

    findings: tuple[LintFinding, ...]
    bad_input: tuple[BadInput, ...] = ()
    files: int = 0
    objects: int = 0
    silenced: int = 0  # by annotations
    known: int = 0  # in the baseline
    fail_on: Severity = Severity.WARNING

    def count(self, severity: Severity) -> int:
        return sum(1 for each in self.findings if each.severity is severity)

    @property
    def exit_code(self) -> int:
        if self.bad_input:
            return 2
        return 1 if any(each.severity >= self.fail_on for each in self.findings) else 0

    @property
    def summary(self) -> dict[str, int]:
        """Figures by name, as JSON promises them."""
        return {
            "files": self.files,
            "objects": self.objects,
            "findings": len(self.findings),
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "infos": self.count(Severity.INFO),
            "silenced": self.silenced,
            "baseline": self.known,
            "fixable": sum(1 for each in self.findings if each.edits),
            "unreadable": len(self.bad_input),
        }


def by_file(findings: Sequence[LintFinding]) -> dict[str, list[LintFinding]]:
    """Findings of each file, files in the order of their first finding."""
    files: dict[str, list[LintFinding]] = {}
    for each in findings:
        files.setdefault(each.place.file, []).append(each)
    return files
