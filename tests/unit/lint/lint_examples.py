"""Findings to render and compare, made by a rule of the tests' own."""

from collections.abc import Sequence

from seatrial.findings.model import Severity
from seatrial.lint.edits import SetField
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import LintFinding
from seatrial.lint.rule import Hit, Hits, Rule, World
from seatrial.lint.runner import run_rules

TEXT = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  grace: 5
"""


def check(manifest: Manifest, _: World) -> Hits:
    if manifest.spec.get("grace") == 5:
        edits = (SetField(("spec", "grace"), 30),)
        yield Hit(("spec", "grace"), "grace is 5: too <little>", "raise it, please", edits)
    if "owner" not in manifest.labels:
        yield Hit(("metadata", "labels", "owner"), "nobody owns it", "say who does")


RULE = Rule("SEA305", "grace-is-five", Severity.ERROR, "grace is five", check_manifest=check)


def manifests(text: str = TEXT, name: str = "a.yaml") -> list[Manifest]:
    read = list(read_text(Source(name, text)))
    found = [each for each in read if isinstance(each, Manifest)]
    assert len(found) == len(read)
    return found


def findings(text: str = TEXT, rules: Sequence[Rule] = (RULE,)) -> list[LintFinding]:
    return run_rules(World(inventory_of(manifests(text))), rules)
