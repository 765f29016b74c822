"""Edits on text: what is written, and that nothing else changes."""

import pytest
import yaml

from seatrial.lint.edits import AppendItem, Edit, RemoveField, RenameKey, SetField, apply_edits
from seatrial.lint.fix.text import Page, replacement, style_of


def mended(text: str, edit: Edit) -> str:
    root = yaml.compose(text, yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    change = replacement(Page(text, style_of(text, root)), root, edit)
    assert change is not None
    made = change.applied(text)
    assert yaml.safe_load(made) == apply_edits(yaml.safe_load(text), [edit])
    return made


TEXT = """\
spec:  # of the pod
  grace: 30  # seconds
  containers:
  - name: web   # the server
    image: "web:1"
    env: [a, b]
  # the last word
status: {}
"""


def test_a_scalar_is_replaced_and_its_comment_stays() -> None:
    made = mended(TEXT, SetField(("spec", "grace"), 45))
    assert made == TEXT.replace("30  # seconds", "45  # seconds")


def test_a_new_field_stands_after_the_last_one_of_its_mapping() -> None:
    made = mended(TEXT, SetField(("spec", "containers", 0, "lifecycle", "preStop"), {"sleep": 5}))
    inserted = "    lifecycle:\n      preStop:\n        sleep: 5\n"
    assert made == TEXT.replace("    env: [a, b]\n", f"    env: [a, b]\n{inserted}")


def test_a_scalar_becomes_a_block() -> None:
    made = mended(TEXT, SetField(("spec", "grace"), {"seconds": 30}))
    assert "  grace:\n    seconds: 30  # seconds\n" in made


def test_an_empty_value_is_filled_and_its_comment_stays() -> None:
    made = mended("a:  # nothing yet\nb: 1\n", SetField(("a", "x", "y"), 1))
    assert made == "a:  # nothing yet\n  x:\n    y: 1\nb: 1\n"


def test_an_empty_value_gets_a_scalar() -> None:
    assert mended("a:\nb: 1\n", SetField(("a",), "yes")) == "a: 'yes'\nb: 1\n"


def test_a_key_is_renamed_in_its_quotes() -> None:
    assert mended('"a": 1  # one\n', RenameKey(("a",), "b")) == '"b": 1  # one\n'


def test_a_field_goes_with_its_lines() -> None:
    made = mended(TEXT, RemoveField(("spec", "containers")))
    assert made == "spec:  # of the pod\n  grace: 30  # seconds\n  # the last word\nstatus: {}\n"


def test_the_first_key_of_an_item_goes_and_its_dash_stays() -> None:
    made = mended(TEXT, RemoveField(("spec", "containers", 0, "name")))
    assert '  - image: "web:1"\n' in made


def test_the_last_item_leaves_an_empty_list() -> None:
    made = mended(TEXT, RemoveField(("spec", "containers", 0)))
    assert "  containers: []\n" in made


def test_an_item_is_appended_in_the_style_of_its_list() -> None:
    made = mended(TEXT, AppendItem(("spec", "containers"), {"name": "b", "args": ["x"]}))
    assert "    env: [a, b]\n  - name: b\n    args:\n    - x\n  # the last word\n" in made
    assert "env: [a, b, c]\n" in mended(TEXT, AppendItem(("spec", "containers", 0, "env"), "c"))


def test_a_list_that_is_missing_is_made_as_the_others_are_written() -> None:
    made = mended("a:\n    - 1\nb: 1\n", AppendItem(("c",), {"x": 1}))
    assert made == "a:\n    - 1\nb: 1\nc:\n    - x: 1\n"


def test_flow_collections_stay_on_their_line() -> None:
    assert mended("a: {b: 1}\n", SetField(("a", "c"), {"d": [1]})) == "a: {b: 1, c: {d: [1]}}\n"
    assert mended("a: {}\n", SetField(("a", "c"), 2)) == "a: {c: 2}\n"
    assert mended("a: {b: 1, c: 2}\n", RemoveField(("a", "b"))) == "a: {c: 2}\n"
    assert mended("a: [1, 2]\n", RemoveField(("a", 1))) == "a: [1]\n"
    assert mended("a: {b: 1}\n", RemoveField(("a", "b"))) == "a: {}\n"


def test_json_stays_json() -> None:
    made = mended('{\n  "a": {\n    "b": 1\n  }\n}\n', SetField(("a", "c"), {"d": "e"}))
    assert made == '{\n  "a": {\n    "b": 1,\n    "c": {"d": "e"}\n  }\n}\n'


def test_line_ends_of_other_systems_stay() -> None:
    made = mended("a:\r\n  b: 1\r\nc: 2\r\n", SetField(("a", "d", "e"), 3))
    assert made == "a:\r\n  b: 1\r\n  d:\r\n    e: 3\r\nc: 2\r\n"


def test_a_text_without_a_last_newline() -> None:
    assert mended("a: 1", SetField(("b",), 2)) == "a: 1\nb: 2"


def test_block_scalars_keep_their_text() -> None:
    text = "a:\n  script: |\n    one\n    two\n\nb: 1\n"
    made = mended(text, SetField(("a", "c"), 1))
    assert made.startswith("a:\n  script: |\n    one\n    two\n")


@pytest.mark.parametrize("end", ["\n", "", "\nb: 1\n"])
@pytest.mark.parametrize("header", ["|", "|-", ">", "|+"])
def test_a_block_scalar_stays_one(header: str, end: str) -> None:
    made = mended(f"a:\n- {header}\n    one\n    two{end}", SetField(("a", 0), "ONE\n\n  two\n"))
    assert made.startswith("a:\n- |\n    ONE\n\n      two")
    assert "\nb: 1" in made or "b" not in end


@pytest.mark.parametrize("value", [" starts with a space\n", "ends\n\n", ""])
def test_a_block_scalar_that_cannot_stay_one_is_quoted(value: str) -> None:
    made = mended("a: |\n  one\nb: 1\n", SetField(("a",), value))
    assert made.endswith("\nb: 1\n")


@pytest.mark.parametrize(
    "edit",
    [SetField(("b", "x"), 2), RemoveField(("b", "x")), AppendItem(("b", "l"), 2),
     RenameKey(("b", "x"), "y")],
)  # fmt: skip
def test_what_an_alias_shares_is_left_alone(edit: Edit) -> None:
    text = "a: &one {x: 1, l: [1]}\nb: *one\n"
    root = yaml.compose(text, yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    assert replacement(Page(text, style_of(text, root)), root, edit) is None


def test_what_is_not_there_is_not_removed() -> None:
    root = yaml.compose("a: 1\n", yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    page = Page("a: 1\n", style_of("a: 1\n", root))
    assert replacement(page, root, RemoveField(("b",))) is None
    assert replacement(page, root, RenameKey(("b",), "c")) is None
    assert replacement(page, root, SetField(("a", "b"), 1)) is None


def test_text_in_the_place_of_quoted_text_is_quoted_alike() -> None:
    single = mended("a: {b: 'x y'}\n", SetField(("a", "b"), "x z"))
    assert single == "a: {b: 'x z'}\n"
    double = mended('a: ["sh", "-c", "x y"]\n', SetField(("a", 2), "exec x y"))
    assert double == 'a: ["sh", "-c", "exec x y"]\n'
    assert mended('a: "1"\n', SetField(("a",), 1)) == "a: 1\n"


def test_what_is_new_is_indented_as_the_rest() -> None:
    wide = "a:\n    b: 1\n    c:\n        - x\n"
    made = mended(wide, SetField(("a", "d"), {"e": [{"f": {"g": 1}, "h": [2]}]}))
    added = """\
    d:
        e:
            - f:
                  g: 1
              h:
                  - 2
"""
    assert made == wide + added
