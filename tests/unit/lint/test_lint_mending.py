"""What a rule's edits do: its own bad example is good afterwards."""

import pytest
from lint_examples import manifests
from lint_workloads import again

from seatrial.lint.inventory import inventory_of
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules
from seatrial.lint.story import story_of

OURS = [name for name in MODULES if name.split(".")[0] in {"starting", "changing", "stopping"}]


@pytest.mark.parametrize("name", OURS)
def test_edits_mend_the_bad_example(name: str) -> None:
    module = rule_module(name)
    read = manifests(story_of(module.__doc__).bad)
    for finding in run_rules(World(inventory_of(read)), [module.RULE]):
        if finding.edits:
            others = [each for each in read if each is not finding.manifest]
            left = run_rules(World(again(finding, *others)), [module.RULE])
            assert (finding.field, finding.message) not in [(e.field, e.message) for e in left]
