"""Findings → mended text. Pure.

Does: applies the edits of findings to the sources they were found in, one after the other.
Holds: what comes out is read again after each finding and must equal the data that its edits ask
for; a finding whose edits cannot be written so is left as it is. Two findings of one pass never
touch the same field: the second waits for the next pass, when it is judged anew.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from seatrial.lint.edits import Edit, RemoveField, apply_edits
from seatrial.lint.fix.text import Page, replacement, style_of
from seatrial.lint.load.slices import document_starts
from seatrial.lint.manifest import FieldPath, Source
from seatrial.lint.model import LintFinding


@dataclass(frozen=True, slots=True)
class Mended:
    """A source's new text, and the findings that are mended by it."""

    source: Source
    text: str
    findings: tuple[LintFinding, ...]


def mend(findings: Iterable[LintFinding]) -> list[Mended]:
    """One pass: every source that changes."""
    of_source: dict[int, list[LintFinding]] = {}
    for finding in findings:
        if finding.edits:
            of_source.setdefault(id(finding.manifest.source), []).append(finding)
    mended = (_mend_source(each[0].manifest.source, each) for each in of_source.values())
    return [each for each in mended if each.findings]


def _mend_source(source: Source, findings: Sequence[LintFinding]) -> Mended:
    """Documents from the last to the first, so that the places of the others hold."""
    text = source.text
    done: list[LintFinding] = []
    of_object: dict[int, list[LintFinding]] = {}
    for finding in findings:
        of_object.setdefault(id(finding.manifest), []).append(finding)
    starts = sorted(
        of_object.values(), key=lambda each: -int(each[0].manifest.node.start_mark.index)
    )
    for group in starts:
        at = int(group[0].manifest.node.start_mark.index)
        start, end = _document(source.text, at)
        # Objects of one List share a document: what was mended after this one has moved its end.
        end += len(text) - len(source.text) if _shares(starts, group, start, end) else 0
        changed, mended = _mend_object(text[start:end], at - start, group)
        text = text[:start] + changed + text[end:]
        done.extend(mended)
    return Mended(source, text, tuple(done))


def _mend_object(
    text: str, at: int, findings: Sequence[LintFinding]
) -> tuple[str, list[LintFinding]]:
    done: list[LintFinding] = []
    touched: list[FieldPath] = []
    for finding in findings:
        paths = [_touches(edit) for edit in finding.edits]
        if any(_overlap(path, other) for path in paths for other in touched):
            continue
        changed = _apply(text, at, finding.edits)
        if changed is not None:
            text = changed
            done.append(finding)
            touched.extend(paths)
    return text, done


def _apply(text: str, at: int, edits: Sequence[Edit]) -> str | None:
    """The document's text after all of the edits; None when it would not be what they ask for."""
    root = _object_at(text, at)
    if root is None:
        return None
    wanted = apply_edits(_plain(root), edits)
    for edit in edits:
        node = _object_at(text, at)
        if node is None:
            return None
        change = replacement(Page(text, style_of(text, node)), node, edit)
        if change is None:
            return None
        text = change.applied(text)
    made = _object_at(text, at)
    return text if made is not None and _plain(made) == wanted else None


def _object_at(text: str, at: int) -> yaml.MappingNode | None:
    """The mapping that starts at this place; None when there is none (any more)."""
    try:
        root = yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return next((each for each in _mappings(root) if each.start_mark.index == at), None)


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value)


def _plain(node: yaml.MappingNode) -> dict[str, object]:
    loader = yaml.SafeLoader("")
    try:
        value: dict[str, object] = loader.construct_document(node)
        return value
    finally:
        loader.dispose()


def _document(text: str, at: int) -> tuple[int, int]:
    """From where to where the document reaches that holds this place."""
    starts = document_starts(text)
    index = bisect_right(starts, at)
    return starts[index - 1], starts[index] if index < len(starts) else len(text)


def _shares(
    groups: Sequence[Sequence[LintFinding]], group: Sequence[LintFinding], start: int, end: int
) -> bool:
    """Another object of the same document was mended before this one."""
    mine = int(group[0].manifest.node.start_mark.index)
    places = (int(each[0].manifest.node.start_mark.index) for each in groups)
    return any(start <= place < end and place > mine for place in places)


def _touches(edit: Edit) -> FieldPath:
    # Indexes of a list move when an item goes: nothing else of that list is touched in this pass.
    removes_item = isinstance(edit, RemoveField) and isinstance(edit.path[-1], int)
    return edit.path[:-1] if removes_item else edit.path


def _overlap(left: FieldPath, right: FieldPath) -> bool:
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]
