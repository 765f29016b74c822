"""Manifests are read with their places; what cannot be applied is refused by file and line."""

from pathlib import Path

import pytest

from seatrial.trials.application import load_application
from seatrial.trials.errors import ManifestError

EXAMPLES = Path(__file__).parents[3] / "examples"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"


def test_objects_come_in_the_order_in_which_they_may_be_applied(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n" + SERVICE
    )
    (tmp_path / "b.json").write_text(
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}}'
    )
    (tmp_path / "notes.md").write_text("not a manifest")
    application = load_application([tmp_path])
    assert [each.kind.kind for each in application.manifests] == [
        "ConfigMap",
        "Service",
        "Deployment",
    ]
    assert application.place_of("Service", "web") == f"{tmp_path}/a.yaml:5"
    assert application.name == f"{tmp_path.parent.name}/{tmp_path.name}"


def test_a_list_is_taken_apart_and_namespaces_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n"
        "- {apiVersion: v1, kind: Secret, metadata: {name: key, namespace: shop}}\n"
    )
    application = load_application([tmp_path])
    assert [each.kind.kind for each in application.manifests] == ["Secret"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SERVICE + "---\nkind: Pod\n", 6, "apiVersion or kind is missing"),
        ("\n\napiVersion: v1\nkind: Gadget\nmetadata: {name: x}\n", 3, 'no matches for kind "G'),
        ("apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\n", 1, 'in version "v1"'),
        ("apiVersion: v1\nkind: Pod\n", 1, "Pod has no metadata.name"),
        ("- one\n- two\n", 1, "a list is no Kubernetes object"),
        ("a: b\n c: [\n", 2, "not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' is there twice"),
        (SERVICE + "---\n" + SERVICE, 6, "Service web is also in"),
    ],
)
def test_what_cannot_be_applied_is_refused_by_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_application([path])
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_the_right_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\n")
    with pytest.raises(ManifestError) as caught:
        load_application([tmp_path])
    assert caught.value.remedy == "Deployment is known in apps/v1"


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifest in"):
        load_application([tmp_path])
    with pytest.raises(ManifestError, match="does not exist"):
        load_application([tmp_path / "gone"])


def test_dates_stay_text(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {day: 2026-01-02}\n"
    )
    (manifest,) = load_application([tmp_path]).manifests
    assert manifest.object["data"] == {"day": "2026-01-02"}


@pytest.mark.parametrize(
    "example", ["fortune/naive", "fortune/seaworthy", "nginx/as-it-comes", "nginx/mended"]
)
def test_the_examples_load(example: str) -> None:
    application = load_application([EXAMPLES / example])
    kinds = [each.kind.kind for each in application.manifests]
    assert kinds[-2:] == ["Service", "Deployment"]
    assert len(application.images) == 1


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{contaners: []}", 'unknown field "spec.contaners"'),
        ("{containers: {}}", "spec.containers must be an array, not an object"),
        ("{containers: [{name: a, command: sh}]}", "must be an array, not a string"),
    ],
)
def test_a_manifest_of_the_wrong_form_is_refused_with_its_fields(
    tmp_path: Path, spec: str, told: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {spec}\n")
    with pytest.raises(ManifestError) as refused:
        load_application([path])
    assert str(refused.value).startswith(f"{path}:1: Pod x: ")
    assert told in str(refused.value)


def test_a_file_without_objects_is_no_application(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("# nothing yet\n")
    with pytest.raises(ManifestError, match=r"no manifest in .*x\.yaml"):
        load_application([tmp_path / "x.yaml"])
