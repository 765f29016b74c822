"""What a rule offers to change mends what it found, at once, and breaks nothing else."""

from collections.abc import Iterable

import pytest

from seatrial.lint.linter import Linter, Mending
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import LintFinding
from seatrial.lint.registry import MODULES, built_in_rules, rule_module
from seatrial.lint.rule import Rule
from seatrial.lint.settings import VERSION_NEWEST
from seatrial.lint.story import story_of


def bad_example(name: str) -> list[Manifest]:
    text = story_of(rule_module(name).__doc__).bad
    return [each for each in read_text(Source("a.yaml", text)) if isinstance(each, Manifest)]


def linter_of(*rules: Rule) -> Linter:
    return Linter(rules, VERSION_NEWEST)


def offering() -> list[str]:
    """The rules that would change their bad example."""
    return [
        name
        for name in MODULES
        if any(
            each.edits
            for each in linter_of(rule_module(name).RULE).look(bad_example(name)).findings
        )
    ]


def mended_by(name: str) -> tuple[list[LintFinding], Mending]:
    """What the rule finds in its bad example, and what comes of its changes."""
    linter, manifests = linter_of(rule_module(name).RULE), bad_example(name)
    return list(linter.look(manifests).findings), linter.mend(manifests)


OFFERING = offering()
# Rules that say what the API server would: of fields, values and combinations.
REFUSED = [each for each in built_in_rules() if each.code == "SEA816" or "refused" in each.name]


def test_some_rules_offer_changes() -> None:
    assert len(OFFERING) > 20


@pytest.mark.parametrize("name", OFFERING)
def test_what_is_mended_is_found_no_more(name: str) -> None:
    found, mending = mended_by(name)
    left = linter_of(rule_module(name).RULE).look(mending.manifests).findings
    assert mending.count == sum(1 for each in found if each.edits)
    assert len(left) == sum(1 for each in found if not each.edits)


@pytest.mark.parametrize("name", OFFERING)
def test_it_is_mended_once_and_for_all(name: str) -> None:
    _, mending = mended_by(name)
    assert linter_of(rule_module(name).RULE).mend(mending.manifests).changed == ()


@pytest.mark.parametrize("name", OFFERING)
def test_a_change_is_nothing_that_the_api_server_refuses(name: str) -> None:
    def refused(manifests: Iterable[Manifest]) -> set[tuple[str, str, str]]:
        found = linter_of(*REFUSED).look(manifests).findings
        return {(each.rule, each.object, each.field) for each in found}

    _, mending = mended_by(name)
    assert refused(mending.manifests) <= refused(bad_example(name))
