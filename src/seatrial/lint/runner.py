"""Runs rules over an inventory. Pure: manifests in, findings out, in the order of files."""

from collections.abc import Iterable, Iterator

from seatrial.lint.manifest import Manifest, render_path
from seatrial.lint.model import LintFinding
from seatrial.lint.rule import Hit, Rule, World


def run_rules(world: World, rules: Iterable[Rule]) -> list[LintFinding]:
    """All findings, by file, line and column."""
    found = [finding for rule in rules for finding in _run(rule, world)]
    order = {id(each): index for index, each in enumerate(world.inventory.manifests)}
    return sorted(
        found,
        key=lambda each: (order[id(each.manifest)], each.place.line, each.place.column, each.rule),
    )


def _run(rule: Rule, world: World) -> Iterator[LintFinding]:
    if rule.check_workload is not None:
        for workload in world.inventory.workloads:
            for hit in rule.check_workload(workload, world):
                yield finding_of(rule, hit, workload.manifest)
    if rule.check_manifest is not None:
        for manifest in _subjects(rule, world):
            for hit in rule.check_manifest(manifest, world):
                yield finding_of(rule, hit, manifest)


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
