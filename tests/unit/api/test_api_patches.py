"""JSON patch and JSON merge patch: the examples of their RFCs, and refusals."""

from typing import Any

import pytest

from seatrial.api.patch.errors import PatchError
from seatrial.api.patch.json import OPERATIONS_MAX, apply_json_patch
from seatrial.api.patch.merge import apply_merge_patch

MERGES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "foo"}, None, None),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "wanted"), MERGES)
def test_merge_patch_examples(target: Any, patch: Any, wanted: Any) -> None:
    assert apply_merge_patch(target, patch) == wanted


OPERATIONS: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "q"}], {"baz": "q", "foo": "bar"}),
    ({"f": ["a", "c"]}, [{"op": "add", "path": "/f/1", "value": "b"}], {"f": ["a", "b", "c"]}),
    ({"f": ["a"]}, [{"op": "add", "path": "/f/-", "value": ["b"]}], {"f": ["a", ["b"]]}),
    ({"a": 1, "b": 2}, [{"op": "remove", "path": "/a"}], {"b": 2}),
    ({"f": [1, 2, 3]}, [{"op": "remove", "path": "/f/1"}], {"f": [1, 3]}),
    ({"f": [1, 2]}, [{"op": "replace", "path": "/f/0", "value": 9}], {"f": [9, 2]}),
    ({"a": {"b": 1}, "c": {}}, [{"op": "move", "from": "/a/b", "path": "/c/d"}],
     {"a": {}, "c": {"d": 1}}),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}], {"a": 1}),
    ({"a/b": 1, "m~n": 2}, [{"op": "test", "path": "/a~1b", "value": 1},
                            {"op": "replace", "path": "/m~0n", "value": 3}],
     {"a/b": 1, "m~n": 3}),
    ({"a": 1}, [{"op": "replace", "path": "", "value": {"b": 2}}], {"b": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("target", "operations", "wanted"), OPERATIONS)
def test_json_patch_examples(target: Any, operations: list[dict[str, Any]], wanted: Any) -> None:
    before = repr(target)
    assert apply_json_patch(target, operations) == wanted
    assert repr(target) == before, "the target was changed"


@pytest.mark.parametrize(
    ("operation", "is_invalid"),
    [
        ({"op": "add", "path": "/x/y", "value": 1}, True),
        ({"op": "remove", "path": "/x"}, True),
        ({"op": "replace", "path": "/x", "value": 1}, True),
        ({"op": "add", "path": "/l/3", "value": 1}, True),
        ({"op": "add", "path": "/l/01", "value": 1}, True),
        ({"op": "test", "path": "/one", "value": True}, True),
        ({"op": "test", "path": "/one", "value": 2}, True),
        ({"op": "move", "from": "/o", "path": "/o/p"}, True),
        ({"op": "add", "path": "/one/x", "value": 1}, True),
        ({"op": "add", "path": "/x"}, False),
        ({"op": "add", "path": "x", "value": 1}, False),
        ({"op": "add", "value": 1}, False),
        ({"op": "spin", "path": "/x"}, False),
    ],
)
def test_json_patch_refusals(operation: dict[str, Any], is_invalid: bool) -> None:
    with pytest.raises(PatchError) as caught:
        apply_json_patch({"one": 1, "l": [1, 2], "o": {"p": 1}}, [operation])
    assert caught.value.is_invalid is is_invalid


@pytest.mark.parametrize(
    "operations", [{}, "x", [1], [{"op": "test", "path": ""}] * (OPERATIONS_MAX + 1)]
)
def test_what_is_no_json_patch(operations: Any) -> None:
    with pytest.raises(PatchError):
        apply_json_patch({}, operations)
