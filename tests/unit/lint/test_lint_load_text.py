"""Text becomes manifests with places, or one line for each document that cannot."""

from typing import Any

import pytest

from seatrial.lint.load.text import BAD_DOCUMENTS_MAX, NoMapping, read_documents, read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import BadInput


def read(text: str, name: str = "x.yaml") -> tuple[list[Any], list[str]]:
    """Values of the mappings, and what is said of the rest."""
    both = list(read_text(Source(name, text)))
    values = [each.value for each in both if isinstance(each, Manifest)]
    return values, [str(each) for each in both if isinstance(each, BadInput)]


def test_documents_with_their_places() -> None:
    text = "# first\n\na: 1\n---\n---\n# nothing\n---\nb:\n  c: 2\n...\n"
    first, second = read_text(Source("x.yaml", text))
    assert isinstance(first, Manifest)
    assert isinstance(second, Manifest)
    assert (first.value, str(first.place())) == ({"a": 1}, "x.yaml:3:1")
    assert (second.value, str(second.place(("b", "c")))) == ({"b": {"c": 2}}, "x.yaml:9:3")
    assert text[second.span(("b", "c")).start :].startswith("c: 2")


@pytest.mark.parametrize("text", ["", "\n", "---\n", "# only a comment\n", "---\n---\n", "null\n"])
def test_nothing_is_fine(text: str) -> None:
    assert list(read_documents(Source("x.yaml", text))) == []


def test_carriage_returns_count_as_characters() -> None:
    (manifest,) = read_text(Source("x.yaml", "a: 1\r\nb:\r\n  c: 2\r\n"))
    assert isinstance(manifest, Manifest)
    span = manifest.span(("b", "c"))
    assert (manifest.value, span.start, span.line) == ({"a": 1, "b": {"c": 2}}, 12, 3)


def test_what_is_no_mapping_is_told_apart() -> None:
    found = list(read_documents(Source("x.yaml", "- a\n---\njust text\n")))
    assert [(each.what, str(each.place)) for each in found if isinstance(each, NoMapping)] == [
        ("a list", "x.yaml:1:1"),
        ("a single value", "x.yaml:3:1"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1\n", "x.yaml:2:1: not YAML: a tab where YAML takes blanks only"),
        ("a: b: c\n", "x.yaml:1:5: not YAML: a second `: ` in one line, or a line that is"
                      " indented wrongly"),
        ("a: *base\n", "x.yaml:1:4: *base has no anchor &base above it in this document"),
        ("a: [*base]\n", "x.yaml:1:5: *base has no anchor &base above it in this document"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: the key 'a' is there twice, in lines 1 and 3"),
        ("a: @b\n", "x.yaml:1:4: not YAML: a value cannot begin with '@'"),
        ("a: 'b\nc: d\n", "x.yaml:1:4: not YAML: a quote that is never closed"),
        ("a: [1\nb: 2\n", "x.yaml:1:4: not YAML: a `[` that is never closed, or a missing comma"),
        ("a: \x07\n", "x.yaml:1:4: the character U+0007 is not allowed in YAML"),
        ("? {a: 1}\n: 2\n", "x.yaml:1:3: a key must be text"),
        ("~: 1\n", "x.yaml:1:1: a key must be text, and this one is null"),
        ("a: &a [*a]\n", "x.yaml:1:4: it contains an alias of itself"),
        ("a: .inf\n", "x.yaml:1:4: .inf is no number that JSON has"),
        ("a: 1\n<<: 2\n", "x.yaml:2:5: << takes a mapping, or a list of mappings"),
    ],
)  # fmt: skip
def test_one_line_says_what_is_wrong_and_the_next_document_is_read(text: str, said: str) -> None:
    values, bad = read(f"{text}---\nlast: 1\n")
    assert (values, bad) == ([{"last": 1}], [said])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{{- if .Values.on }}\na: 1\n{{- end }}\n", "x.yaml:1:1"),
        ("a: 1\nb: {{ .Values.b }}\n", "x.yaml:2:4"),
        ("a:\n- {{ .Values.b }}\n", "x.yaml:2:3"),
        ("a:\n  {% if b %}\n  c: 1\n", "x.yaml:2:3"),
    ],
)
def test_templates_are_recognized(text: str, place: str) -> None:
    values, bad = read(f"first: 1\n---\n{text}---\nlast: 1\n")
    line = int(place.split(":")[1]) + 2
    place = f"x.yaml:{line}:{place.split(':')[2]}"
    assert bad == [f"{place}: looks like a helm template that was not rendered"]
    assert values == [{"first": 1}, {"last": 1}]


def test_a_broken_document_with_a_quoted_template_is_no_template() -> None:
    _, (said,) = read('alert: "{{ $labels.pod }}"\nb: c: d\n')
    assert "template" not in said


def test_errors_between_good_documents() -> None:
    values, bad = read("a: 1\n---\nb: [\n---\nc: 1\n---\nd: 'e\n---\nf: 1\n")
    assert values == [{"a": 1}, {"c": 1}, {"f": 1}]
    assert [each.split(":")[1] for each in bad] == ["4", "7"]


def test_after_many_broken_documents_the_rest_is_left() -> None:
    _, bad = read("---\na: {\n" * (BAD_DOCUMENTS_MAX + 5))
    assert len(bad) == BAD_DOCUMENTS_MAX + 1
    assert bad[-1].endswith(f"not read from here on: {BAD_DOCUMENTS_MAX} documents are broken")


def test_merge_keys() -> None:
    values, bad = read(
        "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\n"
        "one:\n  <<: *base\n  a: 9\nboth:\n  <<: [*base, *other]\n  d: 5\n"
    )
    assert bad == []
    assert values[0]["one"] == {"a": 9, "b": 2}
    assert values[0]["both"] == {"a": 1, "b": 2, "c": 4, "d": 5}


def test_an_anchor_may_be_defined_again() -> None:
    values, bad = read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n---\nlast: 1\n")
    assert (values, bad) == ([{"a": 1, "b": 1, "c": 2, "d": 2}, {"last": 1}], [])


def test_an_anchor_defined_again_in_a_broken_document() -> None:
    values, bad = read("a: &x 1\nb: &x 2\nc: [\n---\nlast: 1\n")
    assert values == [{"last": 1}]
    assert [each.partition(": ")[2][:8] for each in bad] == ["not YAML"]


def test_keys_become_text() -> None:
    values, _ = read("1: a\n1.5: b\non: c\n'on': d\n")
    assert values == [{"1": "a", "1.5": "b", "true": "c", "on": "d"}]


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for at in range(9):
        lines.append(f"a{at + 1}: &a{at + 1} [{', '.join([f'*a{at}'] * 10)}]")  # noqa: PERF401
    values, bad = read("\n".join([*lines, "---", "last: 1", ""]))
    assert values == [{"last": 1}]
    assert bad == ["x.yaml:5:5: its aliases repeat more than 200,000 values"]


STAIRS = "\n".join(f"{' ' * depth}a:" for depth in range(1000))


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, STAIRS])
def test_deep_nesting_is_refused_and_nothing_falls_over(text: str) -> None:
    _, (said,) = read(f"a:\n {text}" if text.startswith(("[", "{")) else text)
    assert said.endswith("it is nested deeper than 200 levels")


def test_depth_by_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x]", *(f"a{at + 1}: &a{at + 1} [*a{at}]" for at in range(300))]
    _, (said,) = read("\n".join(lines))
    assert said.endswith("with its aliases it is nested deeper than 200 levels")


def test_lists_are_taken_apart() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  spec: {x: 1}\n- kind: B\n- 3\n"
    one, two, three = read_documents(Source("x.yaml", text))
    assert isinstance(one, Manifest)
    assert isinstance(two, Manifest)
    assert (one.kind, str(one.place(("spec", "x")))) == ("A", "x.yaml:5:10")
    assert (two.kind, str(two.place())) == ("B", "x.yaml:6:3")
    assert isinstance(three, NoMapping)


class TestJson:
    def test_json_is_read_as_yaml_with_places(self) -> None:
        (manifest,) = read_text(Source("x.json", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n'))
        assert isinstance(manifest, Manifest)
        assert (manifest.value, manifest.place(("a", "b")).line) == ({"a": {"b": 1}}, 3)

    def test_a_stream_of_objects(self) -> None:
        found = list(read_text(Source("x.json", '{"a": 1}{"b": 2}\n  {"c": "\\ud83d\\ude00"}')))
        assert [
            (each.value, str(each.place())) for each in found if isinstance(each, Manifest)
        ] == [
            ({"a": 1}, "x.json:1:1"),
            ({"b": 2}, "x.json:1:9"),
            ({"c": "😀"}, "x.json:2:3"),
        ]

    def test_a_list_of_kubectl_get(self) -> None:
        values, bad = read('{"kind": "List", "items": [{"kind": "A\\ud83d\\ude00"}]}', "x.json")
        assert (values, bad) == ([{"kind": "A😀"}], [])

    def test_broken(self) -> None:
        assert read('{"a": 1,\n "b" 2]', "x.json") == (
            [],
            ["x.json:2:6: not JSON: expecting ':' delimiter"],
        )
        assert read("[" * 100_000, "x.json")[1] == [
            "x.json:1:1: it is nested deeper than 200 levels"
        ]

    def test_half_a_character(self) -> None:
        assert read('{"a": "\\ud83d"}', "x.json") == (
            [],
            ["x.json:1:1: it escapes half a character"],
        )


@pytest.mark.parametrize("value", ["{b: /?x=1}", "[b?]", "{b?: 1}", "[[{c: [d ?]}]]"])
def test_what_only_we_can_read_is_refused_as_kubectl_does(value: str) -> None:
    values, said = read(f"apiVersion: v1\na: {value}\n---\napiVersion: v2\n")
    assert values == [{"apiVersion": "v2"}]
    (only,) = said
    assert only.startswith("x.yaml:2:")
    assert "kubectl takes no `?`" in only


@pytest.mark.parametrize("value", ["/?x=1", "{b: '/?x=1'}", '["b?"]', "{b: c}  # why?"])
def test_a_question_mark_elsewhere_is_fine(value: str) -> None:
    assert read(f"apiVersion: v1\na: {value}\n")[1] == []
    assert read("a: [b?]\n")[1] == []  # no object: not for kubectl
