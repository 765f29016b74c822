"""Rules look, the schema judges: no value of any shape, anywhere, breaks a rule of 4xx to 7xx."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lint_examples import manifests

from seatrial.lint.inventory import inventory_of
from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules
from seatrial.lint.story import story_of

FAMILIES = {"data", "identity", "dependencies", "crashes"}
OURS = [rule_module(name) for name in MODULES if name.split(".")[0] in FAMILIES]
RULES = [module.RULE for module in OURS]
EXAMPLES = [manifests(story_of(module.__doc__).bad) for module in OURS]
SHAPES: list[Any] = [
    None, 0, -1, 1.5, True, "", "x", "10.0.0.1", "$(X)", "\n", 10**30,
    [], [None], ["x"], [1], [["x"]], [{}], [{"name": None}], [{"name": {}}],
    {}, {"x": None}, {"name": []},
]  # fmt: skip


def paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in below:
        yield (*path, key)
        yield from paths(each, (*path, key))


def with_shape(manifest: Manifest, path: FieldPath, shape: Any) -> Manifest:
    value: Any = deepcopy(dict(manifest.value))
    here = value
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = deepcopy(shape)
    return Manifest(value, manifest.source, manifest.node)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_shape_breaks_a_rule(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(EXAMPLES))
    index = data.draw(st.integers(0, len(example) - 1))
    places = [path for path in paths(example[index].value) if path != ("kind",)]
    path, shape = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(SHAPES))
    changed = [*example]
    changed[index] = with_shape(example[index], path, shape)
    found = run_rules(World(inventory_of(changed)), RULES)
    assert all(each.place.line > 0 and each.message for each in found)
