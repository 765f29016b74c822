"""Which rules run, and how severe they are: the user's word over ours. Pure."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from seatrial.kit.errors import UsageError
from seatrial.lint.rule import Rule
from seatrial.lint.settings import LintSettings


def choose_rules(
    rules: Sequence[Rule], settings: LintSettings, only: Sequence[str] = ()
) -> tuple[Rule, ...]:
    """The rules of this run, with their severities.

    `only`: codes or names; these run and no others, whatever is disabled. Raises UsageError for a
    code or name that no rule has, or that is in both lists of the settings.
    """
    for name in (*only, *settings.enable, *settings.disable, *settings.severity):
        _refuse_unknown(name, rules)
    for name in settings.enable:
        if name in settings.disable:
            raise UsageError(f"{name} is both enabled and disabled", remedy="leave out one of them")
    chosen = (rule for rule in rules if _runs(rule, settings, only))
    return tuple(_with_severity(rule, settings) for rule in chosen)


def _runs(rule: Rule, settings: LintSettings, only: Sequence[str]) -> bool:
    if only:
        return _is_named(rule, only)
    if rule.name in settings.enable:
        return True
    if _is_named(rule, settings.disable):
        return False
    return rule.is_default or rule.code in settings.enable


def _with_severity(rule: Rule, settings: LintSettings) -> Rule:
    # A name is more exact than a code.
    for name in (rule.name, rule.code):
        if name in settings.severity:
            return replace(rule, severity=settings.severity[name])
    return rule


def _is_named(rule: Rule, names: Iterable[str]) -> bool:
    return any(name in (rule.code, rule.name) for name in names)


def _refuse_unknown(name: str, rules: Sequence[Rule]) -> None:
    known = {each for rule in rules for each in (rule.code, rule.name)}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            f"there is no lint rule {name}",
            remedy=f"did you mean {near[0]}?" if near else "`seatrial lint --list` names them all",
        )
