"""Whatever is mended: the data is what the edits ask for, and no comment is lost."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.findings.model import Place, Severity
from seatrial.lint.edits import AppendItem, Edit, RemoveField, RenameKey, SetField, apply_edits
from seatrial.lint.fix.run import mend
from seatrial.lint.manifest import FieldPath, Manifest, Source, Span
from seatrial.lint.model import LintFinding

KEYS = st.sampled_from(["a", "b", "name", "image", "yes", "x.y/z", "1"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text("ab :#'\"\n-{", max_size=6)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document as some author might have written it, with a comment on every other line."""
    flow = draw(st.sampled_from([False, None, True]))
    indent = draw(st.sampled_from([2, 4]))
    text = yaml.safe_dump(
        draw(OBJECTS), default_flow_style=flow, indent=indent, sort_keys=False, width=10_000
    )
    if flow is True or '"' in text or "'" in text or "|" in text or ">" in text:
        return text
    lines = text.splitlines()
    return "".join(
        f"{line}  # {place}\n" if place % 2 and line.strip() else f"{line}\n"
        for place, line in enumerate(lines)
    )


def paths_of(value: Any, path: FieldPath = ()) -> list[FieldPath]:
    found = [path] if path else []
    items = enumerate(value) if isinstance(value, list) else ()
    for key, each in value.items() if isinstance(value, dict) else items:
        found.extend(paths_of(each, (*path, key)))
    return found


@st.composite
def edits(draw: st.DrawFn, value: Any) -> Edit:
    path = draw(st.sampled_from(paths_of(value)))
    kind = draw(st.sampled_from(["set", "new", "remove", "rename", "append"]))
    if kind == "set":
        return SetField(path, draw(VALUES))
    if kind == "new":
        return SetField((*path, draw(KEYS)), draw(VALUES))
    if kind == "append":
        return AppendItem(path, draw(VALUES))
    if kind == "rename" and isinstance(path[-1], str):
        return RenameKey(path, "renamed")
    return RemoveField(path)


def manifest_of(text: str) -> Manifest:
    node = yaml.compose(text, yaml.CSafeLoader)
    assert isinstance(node, yaml.MappingNode)
    return Manifest(yaml.safe_load(text), Source("a.yaml", text), node)


def finding(manifest: Manifest, *wanted: Edit) -> LintFinding:
    return LintFinding(
        "SEA000", "rule", Severity.INFO, Place(), "", "", "", "", "", Span(0, 0, 0, 0), manifest,
        tuple(wanted),
    )  # fmt: skip


@given(st.data())
def test_the_data_is_what_was_asked_for(data: st.DataObject) -> None:
    text = data.draw(texts())
    manifest = manifest_of(text)
    edit = data.draw(edits(manifest.value))
    for made in mend([finding(manifest, edit)]):
        assert yaml.safe_load(made.text) == apply_edits(manifest.value, [edit])


@given(st.data())
def test_a_new_field_or_item_adds_lines_and_changes_none(data: st.DataObject) -> None:
    text = data.draw(texts())
    manifest = manifest_of(text)
    for made in mend([finding(manifest, SetField(("brand", "new"), data.draw(VALUES)))]):
        if not manifest.node.flow_style:
            assert made.text.startswith(text)


@given(st.lists(OBJECTS, min_size=2, max_size=4))
def test_documents_of_one_file_are_mended_apart(objects: list[dict[str, Any]]) -> None:
    text = "---\n".join(yaml.safe_dump(each, sort_keys=False) for each in objects)
    source = Source("a.yaml", text)
    nodes = yaml.compose_all(text, yaml.CSafeLoader)
    manifests = [
        Manifest(value, source, node)
        for value, node in zip(yaml.safe_load_all(text), nodes, strict=True)
        if isinstance(node, yaml.MappingNode)
    ]
    wanted = [finding(each, SetField(("brand", "new"), 1)) for each in manifests]
    (made,) = mend(wanted)
    assert len(made.findings) == len(objects)
    assert list(yaml.safe_load_all(made.text)) == [
        {**each, "brand": {"new": 1}} for each in objects
    ]


def test_most_edits_can_be_written() -> None:
    text = "a:\n  b: [1]  # one\n  c:\n  - d: 1\n"
    manifest = manifest_of(text)
    possible: list[Edit] = [
        SetField(("a", "b"), 2), SetField(("a", "x", "y"), {"z": [1]}), RemoveField(("a", "b")),
        RenameKey(("a", "b"), "e"), AppendItem(("a", "c"), {"d": 2}), AppendItem(("a", "f"), 1),
        RemoveField(("a", "c", 0, "d")), SetField(("a", "c", 0, "e"), {"f": 1}),
    ]  # fmt: skip
    for edit in possible:
        assert mend([finding(manifest, edit)]), edit
