"""The repository itself: nothing left over, nothing that names a machine, everything registered."""

import ast
from pathlib import Path

import pytest

from seatrial.api.kinds import KINDS, KindTable
from seatrial.cli.main import COMMANDS
from seatrial.findings.registry import PRACTICES, by_code
from seatrial.trials.catalogue.registry import TRIALS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LEFT_OVER = ("TODO", "FIXME", "XXX", "NotImplementedError", " shell=True", "time.sleep(")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_source_file_is_tidy(path: Path) -> None:
    text = path.read_text()
    assert [marker for marker in LEFT_OVER if marker in text] == []
    if path.stat().st_size:
        assert ast.get_docstring(ast.parse(text)), "a module says what belongs in it"


def test_no_package_init_holds_code() -> None:
    for path in SOURCES:
        if path.name == "__init__.py" and path.parent.name != "seatrial":
            body = ast.parse(path.read_text()).body
            assert all(isinstance(node, ast.Expr) for node in body), path


def test_every_command_has_a_module_with_a_command() -> None:
    for name in COMMANDS:
        assert (ROOT / "src/seatrial/cli" / f"{name}.py").exists(), name


def test_kinds_are_found_by_path_and_by_name() -> None:
    table = KindTable()
    for kind in KINDS:
        assert table.by_plural(kind.group, kind.version, kind.plural) is kind
        assert table.by_kind(kind.api_version, kind.kind) is kind


def test_every_trial_has_a_practice_with_a_page() -> None:
    codes = by_code(PRACTICES)
    assert {trial.code for trial in TRIALS} <= set(codes)
    assert [trial.name for trial in TRIALS] == [
        "scale-up",
        "rollout",
        "drain-tolerance",
        "in-flight",
        "keep-alive",
        "sigterm",
        "grace-budget",
        "crash",
    ]


def test_documents_link_to_what_exists() -> None:
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in _links(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def _links(text: str) -> list[str]:
    found = []
    for part in text.split("](")[1:]:
        target = part.partition(")")[0].partition("#")[0]
        if target and "://" not in target:
            found.append(target)
    return found
