"""The waiter runs where nothing but Python is: what it imports, how it is packed and shown."""

import ast
import io
import signal
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

import seatrial.waiter
from seatrial.cli.main import cli, run
from seatrial.waiter.bundle import MODULES, bundle_bytes, merged_source, read_module
from seatrial.waiter.manifest import render_manifest
from seatrial.waiter.options import parse_arguments, render_help
from seatrial.waiter.targets import Defaults, parse_target

FOLDER = Path(seatrial.waiter.__file__).parent
PYTHON_MIN = (3, 9)
# What `kubectl apply` can keep of an object in its annotation.
APPLIED_BYTES_MAX = 262_144
PATHS = sorted(FOLDER.glob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    """Every module that is imported anywhere."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for alias in node.names}  # fmt: skip
    return names | {
        node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_and_its_own_package(path: Path) -> None:
    strangers = {
        name
        for name in imported(ast.parse(path.read_text()))
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("seatrial.waiter.")
    }
    # The bundle says which version it is; it is made where all of seatrial is.
    assert strangers == ({"seatrial"} if path.stem == "bundle" else set())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_module_is_ascii_and_of_an_old_python(path: Path) -> None:
    text = path.read_bytes().decode("ascii") if path.stem in MODULES else path.read_text()
    ast.parse(text, feature_version=PYTHON_MIN)


def test_every_module_is_in_the_bundle_or_has_a_reason_not_to_be() -> None:
    others = {"__init__", "__main__", "bundle", "manifest"}
    assert {path.stem for path in PATHS} == set(MODULES) | others


def test_modules_stand_after_those_that_they_need() -> None:
    for place, module in enumerate(MODULES):
        names = imported(ast.parse(read_module(module)))
        ours = {name.rpartition(".")[2] for name in names if name.startswith("seatrial.waiter.")}
        assert ours - {"bundle", "manifest"} <= set(MODULES[:place]), module


def test_no_name_stands_for_two_things_in_one_file() -> None:
    names = Counter(
        name for module in ("__main__", *MODULES) for name in defined(read_module(module))
    )
    assert {name: count for name, count in names.items() if count > 1} == {}


def defined(source: str) -> set[str]:
    """The names that a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {leaf.id for each in targets for leaf in ast.walk(each)
                      if isinstance(leaf, ast.Name)}  # fmt: skip
    return names


def test_nothing_of_ours_is_imported_by_the_merged_text() -> None:
    top = ast.parse(merged_source()).body
    ours = [name for name in imported(ast.Module(top, [])) if name.startswith("seatrial")]
    # Reached only by --bundle and --manifest, which say so where it is missing.
    assert sorted(ours) == ["seatrial.waiter.bundle", "seatrial.waiter.manifest"]


def test_signals_are_heard_before_the_rest_is_imported() -> None:
    calls = [
        ast.unparse(node.body[0])
        for node in ast.parse(merged_source()).body
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
    ]
    assert calls == ["hear_signals()", "sys.exit(main(sys.argv[1:]))"]
    source = merged_source()
    assert source.index("\n    hear_signals()\n") < source.index("import socket")


def test_a_bundle_has_the_same_bytes_each_time() -> None:
    data = bundle_bytes()
    assert data == bundle_bytes()
    assert data.startswith(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["__main__.py"]
        assert archive.read("__main__.py").decode() == merged_source()


def test_help_is_what_the_other_commands_help_looks_like() -> None:
    names = {"help_option_names": ["-h", "--help"]}
    root = click.Context(cli, info_name="seatrial", **names)  # type: ignore[arg-type]
    command = cli.get_command(root, "wait")
    assert command is not None
    context = click.Context(command, parent=root, info_name="wait", **names)  # type: ignore[arg-type]
    assert render_help() == command.get_help(context)


def manifest_of(*words: str) -> list[dict[str, object]]:
    settings = parse_arguments([*words, "--manifest"])
    targets = [parse_target(each, Defaults()) for each in settings.targets]
    text = render_manifest(settings, targets, source=merged_source())
    assert len(text) < APPLIED_BYTES_MAX
    return list(yaml.safe_load_all(text))


def test_a_manifest_holds_the_waiter_and_runs_it_with_the_same_words() -> None:
    config_map, spec = manifest_of("tcp://db:5432", "-n", "x", "--any", "http://a/#contains='\"")
    assert config_map["data"] == {"wait.py": merged_source()}
    containers = spec["initContainers"]
    assert isinstance(containers, list)
    assert containers[0]["command"] == [
        "python3", "-I", "-S", "/seatrial/wait.py", "--any", "--timeout=5m", "--namespace=x",
        "tcp://db:5432", "http://a/#contains='\"",
    ]  # fmt: skip


def test_a_manifest_brings_the_roles_that_its_objects_need() -> None:
    parts = manifest_of("pod/b", "pod/a", "job/shop/m", "--timeout=0")
    assert [part.get("kind") for part in parts] == [
        "ConfigMap", "Role", "RoleBinding", "Role", "RoleBinding", None,
    ]  # fmt: skip
    assert parts[1]["rules"] == [
        {
            "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "b"],
            "verbs": ["list", "watch"],
        }
    ]  # fmt: skip
    assert parts[3]["metadata"] == {"name": "seatrial-wait", "namespace": "shop"}
    assert "--timeout=0" in str(parts[-1])


@pytest.fixture
def signal_handlers() -> Iterator[None]:
    """The command line takes signals; afterwards they are as they were."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [(number, signal.getsignal(number)) for number in numbers]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def test_the_other_commands_front_door_leads_to_the_waiter(
    signal_handlers: None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["wait", "tcp://127.0.0.1:1", "--timeout=1ms", "--quiet"]) == 1
    assert run(["wait", "nonsense"]) == 2
    assert run(["wait", "dns://localhost", "-q"]) == 0
    assert capfd.readouterr().err.count("rror: ") == 2
