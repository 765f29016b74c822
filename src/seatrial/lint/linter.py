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
from seatrial.lint.model import BadInput, LintFinding
from seatrial.lint.realms import Realm, realms_of
from seatrial.lint.rule import Rule, World
from seatrial.lint.runner import Ran, run_all
from seatrial.lint.silence import keep_silences

# A mended manifest may show what was hidden; each pass mends something, so few are needed.
PASSES_MAX = 10


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the manifests found, and what was left out on the user's word."""

    findings: tuple[LintFinding, ...]
    silenced: int = 0
    known: int = 0
    broken: tuple[BadInput, ...] = ()


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
        ran = self._run(tuple(manifests))
        heard = keep_silences(ran.findings)
        if self.baseline is None:
            return Looked(tuple(heard.findings), heard.silenced, broken=tuple(ran.broken))
        compared = leave_out(heard.findings, self.baseline)
        return Looked(tuple(compared.new), heard.silenced, compared.known, tuple(ran.broken))

    def _run(self, manifests: Sequence[Manifest]) -> Ran:
        """Every realm by itself, findings in the order of the manifests."""
        realms = realms_of(manifests)
        ran = [self._run_one(each) for each in realms]
        if len(realms) == 1:
            return ran[0]
        shared = {id(each) for each in realms[0].shared}
        own = [each for one in ran for each in one.findings if id(each.manifest) not in shared]
        order = {id(each): index for index, each in enumerate(manifests)}
        found = sorted((*own, *_agreed(ran, shared)), key=lambda each: order[id(each.manifest)])
        broken = {str(each): each for one in ran for each in one.broken}
        return Ran(found, list(broken.values()))

    def _run_one(self, realm: Realm) -> Ran:
        world = World(inventory_of(realm.manifests, self.given), self.kubernetes_version)
        return run_all(world, self.rules)

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


def _agreed(ran: Sequence[Ran], shared: set[int]) -> list[LintFinding]:
    """What every realm finds about what they share."""
    told = [
        {(id(each.manifest), each.rule, each.field): each for each in one.findings
         if id(each.manifest) in shared}
        for one in ran
    ]  # fmt: skip
    first, *others = told
    return [each for key, each in first.items() if all(key in other for other in others)]


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
