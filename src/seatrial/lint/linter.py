"""One run of the linter, from manifests to a result, and again after mending. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seatrial.findings.model import Severity
from seatrial.lint.baseline import Entry, leave_out
from seatrial.lint.fix.run import mend
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import LintFinding
from seatrial.lint.rule import Rule, World
from seatrial.lint.runner import run_rules
from seatrial.lint.silence import keep_silences

# A mended manifest may show what was hidden; each pass mends something, so few are needed.
PASSES_MAX = 10


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the manifests found, and what was left out on the user's word."""

    findings: tuple[LintFinding, ...]
    silenced: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Mending:
    """Sources as they were and as they should be, and the manifests that they then hold."""

    changed: tuple[tuple[Source, str], ...]
    manifests: tuple[Manifest, ...]
    count: int  # findings that were mended


@dataclass(frozen=True, slots=True)
class Linter:
    """Everything that was decided before the first manifest was read."""

    rules: tuple[Rule, ...]
    kubernetes_version: tuple[int, int]
    given: tuple[str, ...] = ()
    baseline: Counter[Entry] | None = None
    fail_on: Severity = Severity.WARNING

    def look(self, manifests: Iterable[Manifest]) -> Looked:
        """Findings that are not silenced and not known."""
        world = World(inventory_of(manifests, self.given), self.kubernetes_version)
        heard = keep_silences(run_rules(world, self.rules))
        if self.baseline is None:
            return Looked(tuple(heard.findings), heard.silenced)
        compared = leave_out(heard.findings, self.baseline)
        return Looked(tuple(compared.new), heard.silenced, compared.known)

    def mend(self, manifests: Sequence[Manifest]) -> Mending:
        """Pass after pass, until nothing is left that a machine can mend."""
        first = {each.source.name: each.source for each in manifests}
        now, count = tuple(manifests), 0
        for _ in range(PASSES_MAX):
            wanted = (each for each in self.look(now).findings if _is_mendable(each))
            mended = {each.source.name: each for each in mend(wanted)}
            if not mended:
                break
            count += sum(len(each.findings) for each in mended.values())
            now = tuple(_reread(now, {name: each.text for name, each in mended.items()}))
        last = {each.source.name: each.source.text for each in now}
        changed = tuple(
            (source, last.get(name, source.text))
            for name, source in first.items()
            if last.get(name, source.text) != source.text
        )
        return Mending(changed, now, count)


def _is_mendable(finding: LintFinding) -> bool:
    return finding.manifest.source.is_file


def _reread(manifests: Sequence[Manifest], texts: dict[str, str]) -> Iterable[Manifest]:
    """The manifests, those of changed texts read again in the place of the first of them."""
    done: set[str] = set()
    for manifest in manifests:
        name = manifest.source.name
        if name not in texts:
            yield manifest
        elif name not in done:
            done.add(name)
            read = read_text(Source(name, texts[name]))
            yield from (each for each in read if isinstance(each, Manifest))
