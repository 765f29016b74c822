"""Rules in Python files that `seatrial.toml` names (edge: it runs the user's own code).

A file has a `RULE` or a tuple `RULES`, made of `seatrial.lint.rule.Rule` as ours are.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from seatrial.findings.model import Severity
from seatrial.lint.rule import Rule
from seatrial.lint.settings import LintSettingsError


def python_rules(path: Path) -> Iterator[Rule]:
    """The rules of the file. Raises LintSettingsError with what is wrong."""
    spec = importlib.util.spec_from_file_location(f"seatrial_rules_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LintSettingsError(f"lint.python_rules: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's code raises is the user's
        raise LintSettingsError(f"{path}: {type(error).__name__}: {error}") from error
    found = [getattr(module, "RULE", None), *getattr(module, "RULES", ())]
    rules = [each for each in found if each is not None]
    if not rules:
        raise LintSettingsError(
            f"{path} has no rule", remedy="name it RULE, or several of them RULES"
        )
    for each in rules:
        if not isinstance(each, Rule):
            raise LintSettingsError(f"{path}: {each!r} is not a seatrial.lint.rule.Rule")
        if wrong := _fault_of(each):
            raise LintSettingsError(f"{path}: the rule {each.name} {wrong}")
        yield each


def _fault_of(rule: Rule) -> str:
    """What its author forgot; "" for a rule that can run."""
    severity: object = rule.severity  # nobody has checked the types of what was imported
    if not isinstance(severity, Severity):
        return f"has the severity {severity!r}, which is not one of seatrial.lint.rule"
    if (rule.check_workload is None) == (rule.check_manifest is None):
        return "needs check_workload or check_manifest"
    return "" if rule.code and rule.name else "needs a code and a name"
