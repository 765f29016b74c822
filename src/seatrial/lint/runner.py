"""Runs rules over an inventory. Pure: manifests in, findings out, in the order of files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from seatrial.kit.errors import Bug
from seatrial.lint.manifest import Manifest, render_path
from seatrial.lint.model import BadInput, LintFinding
from seatrial.lint.rule import Hit, Rule, World


@dataclass(frozen=True, slots=True)
class Ran:
    """Findings by file, line and column; and which rules broke, by nobody's fault but theirs."""

    findings: list[LintFinding]
    broken: list[BadInput]


def run_rules(world: World, rules: Iterable[Rule]) -> list[LintFinding]:
    """The findings of rules that do not break (tests ask one rule so)."""
    ran = run_all(world, rules)
    if ran.broken:
        raise Bug(str(ran.broken[0]))
    return ran.findings


def run_all(world: World, rules: Iterable[Rule]) -> Ran:
    """Every rule; one that raises is told, and the others run on."""
    broken: list[BadInput] = []
    found = [finding for rule in rules for finding in _run(rule, world, broken)]
    order = {id(each): index for index, each in enumerate(world.inventory.manifests)}
    found.sort(
        key=lambda each: (order[id(each.manifest)], each.place.line, each.place.column, each.rule)
    )
    return Ran(found, broken)


def _run(rule: Rule, world: World, broken: list[BadInput]) -> Iterator[LintFinding]:
    if rule.check_workload is not None:
        for workload in world.inventory.workloads:
            ask = partial(rule.check_workload, workload, world)
            yield from _ask(ask, rule, workload.manifest, broken)
    if rule.check_manifest is not None:
        for manifest in _subjects(rule, world):
            yield from _ask(partial(rule.check_manifest, manifest, world), rule, manifest, broken)


def _ask(
    ask: Callable[[], Iterable[Hit] | None], rule: Rule, subject: Manifest, broken: list[BadInput]
) -> Iterator[LintFinding]:
    try:
        for hit in ask() or ():
            yield finding_of(rule, hit, subject)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a rule's own fault, told by name
        reason = " ".join(str(error).split())
        said = f"the rule {rule.name} broke on {subject.object}: {type(error).__name__}: {reason}"
        broken.append(BadInput(subject.place(), said, "please report it to the rule's author"))


def _subjects(rule: Rule, world: World) -> Iterable[Manifest]:
    return world.inventory.of_kind(*rule.kinds) if rule.kinds else world.inventory.manifests


def finding_of(rule: Rule, hit: Hit, subject: Manifest) -> LintFinding:
    """The hit with everything that a reader wants to know of its place."""
    manifest = hit.manifest or subject
    return LintFinding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        place=manifest.place(hit.path),
        object=manifest.object,
        namespace=manifest.namespace,
        field=render_path(hit.path),
        message=hit.message,
        advice=hit.advice,
        span=manifest.span(hit.path),
        manifest=manifest,
        edits=hit.edits,
    )
