"""No rule falls over a manifest that is not what Kubernetes expects: the schema says that."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import FieldPath, Manifest, Source
from seatrial.lint.registry import MODULES, built_in_rules, rule_module
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules
from seatrial.lint.story import story_of

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.just(10**12),
    st.sampled_from([0.5, "", "x", "50%", "-1", "localhost", "a/b", "\x00"]),
    st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {"a": {}}, ["x"], {"name": 1}]),
)


@cache
def examples() -> list[list[Manifest]]:
    """The good and bad examples of every rule."""
    stories = [story_of(rule_module(name).__doc__) for name in MODULES]
    texts = [text for story in stories for text in (story.bad, story.good)]
    read = [list(read_text(Source("example.yaml", text))) for text in texts]
    return [[each for each in one if isinstance(each, Manifest)] for one in read]


def paths_in(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    below = value.items() if isinstance(value, dict) else enumerate(value)
    for step, child in below:
        yield (*path, step)
        if isinstance(child, dict | list):
            yield from paths_in(child, (*path, step))


def with_odd(manifest: Manifest, path: FieldPath, odd: Any) -> Manifest:
    value = deepcopy(dict(manifest.value))
    here: Any = value
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = odd
    return Manifest(value, manifest.source, manifest.node)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_odd_value_anywhere_breaks_no_rule(data: st.DataObject) -> None:
    manifests = list(data.draw(st.sampled_from(examples())))
    at = data.draw(st.integers(0, len(manifests) - 1))
    path = data.draw(st.sampled_from(list(paths_in(dict(manifests[at].value)))))
    manifests[at] = with_odd(manifests[at], path, data.draw(odd_values))
    for finding in run_rules(World(inventory_of(manifests)), built_in_rules()):
        assert finding.message
        assert finding.advice
