"""What the linter says: findings, and files it could not read."""

from dataclasses import dataclass

from seatrial.findings.model import Place, Severity
from seatrial.lint.edits import Edit
from seatrial.lint.manifest import Manifest, Span


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One broken rule at one place."""

    code: str
    rule: str
    severity: Severity
    place: Place
    object: str  # "Deployment/web"
    namespace: str
    field: str  # "spec.template.spec.containers[0].readinessProbe"
    message: str
    advice: str
    span: Span
    manifest: Manifest
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class BadInput:
    """A file, or a document in one, that could not be linted. The others are."""

    place: Place
    message: str  # one line
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
