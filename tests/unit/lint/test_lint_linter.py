"""Silences, baselines, settings and mending, around one run."""

from collections import Counter
from pathlib import Path

import pytest
from lint_examples import RULE, TEXT, findings, manifests

from seatrial.findings.model import Severity
from seatrial.kit.errors import UsageError
from seatrial.lint.baseline import BaselineError, leave_out, read_baseline, render_baseline
from seatrial.lint.choose import choose_rules
from seatrial.lint.fix.files import CannotMend, rewrite
from seatrial.lint.linter import Linter
from seatrial.lint.rule import Rule
from seatrial.lint.settings import (
    LintSettings,
    LintSettingsError,
    parse_lint_settings,
    parse_version,
    read_lint_settings,
)

LINTER = Linter((RULE,), (1, 37))


def annotated(ignore: str, reason: str) -> str:
    lines = f"  annotations:\n    seatrial.dev/ignore: {ignore}\n"
    lines += f"    seatrial.dev/ignore-reason: {reason}\n"
    return TEXT.replace("  name: web\n", f"  name: web\n{lines}")


@pytest.mark.parametrize("ignore", ["SEA305", "grace-is-five", "all", '"SEA101, SEA305"'])
def test_a_silence_with_a_reason_is_kept(ignore: str) -> None:
    looked = LINTER.look(manifests(annotated(ignore, "it is so")))
    assert (looked.findings, looked.silenced) == ((), 2)


@pytest.mark.parametrize(("ignore", "reason"), [("SEA305", '""'), ("SEA101", "other")])
def test_other_silences_are_not(ignore: str, reason: str) -> None:
    looked = LINTER.look(manifests(annotated(ignore, reason)))
    assert (len(looked.findings), looked.silenced) == (2, 0)


def test_a_pod_template_silences_its_workload() -> None:
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  grace: 5
  template:
    metadata:
      annotations: {seatrial.dev/ignore: SEA305, seatrial.dev/ignore-reason: so}
"""
    assert LINTER.look(manifests(text)).silenced == 2


def test_a_baseline_hides_what_it_holds_wherever_it_moved(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(render_baseline(findings()))
    moved = findings("# one line more\n" + TEXT)
    assert leave_out(moved, read_baseline(path)).new == []
    assert leave_out(moved, read_baseline(path)).known == 2


def test_one_entry_hides_one_finding() -> None:
    entries = Counter({("a.yaml", "grace-is-five", "", "Pod/web", "spec.grace"): 1})
    compared = leave_out([*findings(), *findings()], entries)
    assert (len(compared.new), compared.known) == (3, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1}'])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(BaselineError, match=r"baseline\.json"):
        read_baseline(path)


def test_mending_goes_on_until_nothing_is_left_to_mend() -> None:
    mending = LINTER.mend(manifests())
    ((source, text),) = mending.changed
    assert (source.text, text) == (TEXT, TEXT.replace("grace: 5", "grace: 30"))
    assert mending.count == 1
    assert [each.message for each in LINTER.look(mending.manifests).findings] == ["nobody owns it"]
    assert LINTER.mend(mending.manifests).changed == ()


def test_a_file_keeps_its_mode_its_link_and_its_mark(tmp_path: Path) -> None:
    target = tmp_path / "target.yaml"
    target.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    target.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    rewrite(link, "a: 1\r\n", "a: 2\r\n")
    assert link.is_symlink()
    assert target.read_bytes() == b"\xef\xbb\xbfa: 2\r\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 3\n")
    with pytest.raises(CannotMend, match="changed meanwhile"):
        rewrite(path, "a: 1\n", "a: 2\n")
    assert path.read_text() == "a: 3\n"


def rule(name: str, code: str, *, is_default: bool = True) -> Rule:
    return Rule(code, name, Severity.WARNING, "", check_manifest=RULE.check_manifest,
                is_default=is_default)  # fmt: skip


RULES = (rule("one", "SEA101"), rule("two", "SEA101"), rule("three", "SEA201", is_default=False))


@pytest.mark.parametrize(
    ("settings", "only", "names"),
    [
        (LintSettings(), (), ["one", "two"]),
        (LintSettings(disable=("two",)), (), ["one"]),
        (LintSettings(disable=("SEA101",), enable=("two",)), (), ["two"]),
        (LintSettings(enable=("SEA201",)), (), ["one", "two", "three"]),
        (LintSettings(disable=("one",)), ("one", "SEA201"), ["one", "three"]),
    ],
)
def test_which_rules_run(settings: LintSettings, only: tuple[str, ...], names: list[str]) -> None:
    assert [each.name for each in choose_rules(RULES, settings, only)] == names


def test_a_name_is_more_exact_than_a_code() -> None:
    settings = LintSettings(severity={"SEA101": Severity.INFO, "two": Severity.ERROR})
    chosen = choose_rules(RULES, settings)
    assert [each.severity for each in chosen] == [Severity.INFO, Severity.ERROR]


def test_a_rule_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no lint rule thre") as refused:
        choose_rules(RULES, LintSettings(disable=("thre",)))
    assert refused.value.remedy == "did you mean three?"


def test_what_is_enabled_and_disabled_is_refused() -> None:
    with pytest.raises(UsageError, match="one is both enabled and disabled"):
        choose_rules(RULES, LintSettings(enable=("one",), disable=("one",)))


def test_settings_are_read_with_their_paths(tmp_path: Path) -> None:
    path = tmp_path / "seatrial.toml"
    path.write_text(
        """
[lint]
kubernetes_version = "v1.30.2"
disable = ["SEA806"]
fail_on = "error"
baseline = "known.json"
severity = {SEA101 = "info"}
[[lint.custom]]
code = "ACME001"
name = "acme"
expression = "true"
message = "m"
kinds = ["Pod"]
"""
    )
    settings = read_lint_settings(path)
    assert settings.kubernetes_version == (1, 30)
    assert settings.baseline == tmp_path / "known.json"
    assert settings.severity == {"SEA101": Severity.INFO}
    assert settings.fail_on is Severity.ERROR
    assert settings.custom[0].kinds == ("Pod",)


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ({"disabel": []}, "lint.disabel is unknown"),
        ({"disable": "SEA101"}, "must be a list"),
        ({"disable": [1]}, r"lint.disable\[0\] must be a text"),
        ({"fail_on": "fatal"}, "'fatal' is not one of"),
        ({"kubernetes_version": "1.20"}, "1.25 to 1.37"),
        ({"custom": [{"code": "A"}]}, r"lint.custom\[0\].name is missing"),
        ({"given": ["Secret"]}, r"lint.given\[0\]: 'Secret' is not KIND/NAME"),
        ({"custom": [{"code": ""}]}, r"lint.custom\[0\].code is missing"),
        ([], "lint must be a table"),
    ],
)
def test_bad_settings_are_refused_by_key(wire: object, said: str) -> None:
    with pytest.raises(LintSettingsError, match=said):
        parse_lint_settings(wire, Path("seatrial.toml"))


@pytest.mark.parametrize("text", ["1", "one.two", "2.0", "1.38"])
def test_versions_without_schemas_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_version(text)
