"""From what a project has decided to a linter (edge: settings, baselines, the user's own rules).

Does: finds the settings of a path; brings our rules and the user's together.
"""

from collections.abc import Sequence
from pathlib import Path

from seatrial.findings.model import Severity
from seatrial.lint.baseline import read_baseline
from seatrial.lint.choose import choose_rules
from seatrial.lint.linter import Linter
from seatrial.lint.load.files import STDIN
from seatrial.lint.registry import built_in_rules, refuse_doubles
from seatrial.lint.rule import Rule
from seatrial.lint.settings import FILE_NAME, LintSettings, LintSettingsError, read_lint_settings


def settings_for(paths: Sequence[str], config: Path | None = None) -> LintSettings:
    """Of the file that is named, else of the nearest one at or above the first path."""
    if config:
        return read_lint_settings(config)
    first = Path.cwd() / ("." if not paths or paths[0] == STDIN else paths[0])
    for directory in (first, *first.parents):
        if (directory / FILE_NAME).is_file():
            return read_lint_settings(directory / FILE_NAME)
    return LintSettings()


def all_rules(settings: LintSettings) -> tuple[Rule, ...]:
    """Ours and the user's own, whose parts are imported only when there are some."""
    rules = list(built_in_rules())
    if settings.custom:
        from seatrial.lint.custom.expressions import expression_rule

        rules.extend(map(expression_rule, settings.custom))
    if settings.python_rules:
        from seatrial.lint.custom.python import python_rules

        rules.extend(rule for path in settings.python_rules for rule in python_rules(path))
    try:
        return refuse_doubles(rules)
    except ValueError as error:
        raise LintSettingsError(str(error), remedy="give each rule a name of its own") from error


def linter_for(
    settings: LintSettings, *, only: Sequence[str] = (), given: Sequence[str] = (),
    version: tuple[int, int] | None = None, baseline: Path | None = None,
    fail_on: Severity | None = None,
) -> Linter:  # fmt: skip
    """The linter of these settings; what is given beside them goes before them."""
    known = baseline or settings.baseline
    return Linter(
        choose_rules(all_rules(settings), settings, only),
        version or settings.kubernetes_version,
        (*settings.given, *given),
        read_baseline(known) if known else None,
        fail_on or settings.fail_on,
    )
