"""Each rule finds its bad example, is content with its good one, and tells its story."""

from importlib import import_module
from pathlib import Path

import pytest

from seatrial.findings.registry import by_code
from seatrial.lint import rules
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import LintFinding
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import Rule, World
from seatrial.lint.runner import run_rules
from seatrial.lint.story import story_of


def findings(rule: Rule, text: str) -> list[LintFinding]:
    read = list(read_text(Source("example.yaml", text)))
    manifests = [each for each in read if isinstance(each, Manifest)]
    assert len(manifests) == len(read), f"the example itself is broken: {read}"
    return run_rules(World(inventory_of(manifests)), [rule])


@pytest.mark.parametrize("name", MODULES)
def test_the_bad_example_is_found(name: str) -> None:
    module = rule_module(name)
    found = findings(module.RULE, story_of(module.__doc__).bad)
    assert found
    assert all(each.rule == module.RULE.name and each.place.line > 0 for each in found)


@pytest.mark.parametrize("name", MODULES)
def test_the_good_example_is_not(name: str) -> None:
    module = rule_module(name)
    assert findings(module.RULE, story_of(module.__doc__).good) == []


@pytest.mark.parametrize("name", MODULES)
def test_it_is_a_practice_and_named_as_its_file(name: str) -> None:
    rule = rule_module(name).RULE
    assert rule.code in by_code()
    assert rule.name == name.rpartition(".")[2].replace("_", "-")
    assert (rule.check_workload is None) != (rule.check_manifest is None)


def test_no_file_is_forgotten() -> None:
    root = Path(rules.__path__[0])
    files = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in root.rglob("*.py")
        if path.name != "__init__.py" and not path.name.startswith("_")
    }
    assert files == set(MODULES)
    assert import_module(f"seatrial.lint.rules.{MODULES[0]}")
