"""What `seatrial lint` takes and what it refuses, from outside."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source

KUBECTL = shutil.which("kubectl") or shutil.which("kubectl", path=str(Path(sys.executable).parent))
# Each is read by kubectl as well: what is it, text or number or yes?
SCALARS = (
    "y Y yes on TRUE n No off False ~ null NULL 8080 +7 -7 0 -0 1_000 0x1F 0b101 0o17 017 0777"
    " -0x10 1.5 .5 -1.5e-3 1e3 12e2 3.0 08 09.5 1. 1e20 1e21 1e22 yEs 1:30 80:80 2001-01-01 1.2.3"
    " 0x 0b2 0o8 2001-01-01T00:00:00Z 1e 1e999 . .. _1 ._5 = 100m 128Mi 12e34 1e-7 0.000001"
    " 1_000.5 0b1_01 -0b11 +0x1f 0X1F 0B11 0O17 1__0 0_8 00 1e+3 +.5 -.5 +1.5 .5e3 1E5 0.1 100.00"
)
COLLECTIONS = """\
  on: 1
  1: 2
  1.5: 3
  0x10: 4
  08: 5
  2001-01-01: 6
  anchor: &base {a: 1, b: 2}
  merged: {<<: *base, a: 3}
  tags: [!foo bar, !!int '3', !!binary aGk=, !!float 3, !!str 3, !!bool yes]
  block: |
    text
"""
MISSPELT = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selectorr: {app: web}
  ports:
  - port: 80
"""
HELM = """\
#!/bin/sh
echo "$@" > "$HELM_TOLD"
cat "$2".yaml 2>/dev/null || { echo "Error: chart is broken" >&2; exit 1; }
"""


def lint(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "lint", "--rule", "SEA816", *arguments],
        cwd=cwd, input=stdin, text=True, capture_output=True, timeout=60, check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "400", **environment},
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    return done


def findings(done: subprocess.CompletedProcess[str]) -> list[Any]:
    found: list[Any] = json.loads(done.stdout)["findings"]
    return found


def test_each_bad_file_is_one_line_and_the_others_are_linted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "tabs.yaml").write_text("a:\n\tb: 1\n")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "doubled.yaml").write_text(MISSPELT + "kind: Service\n")
    (tmp_path / "laughs.yaml").write_text(
        "a0: &a0 [ha, ha]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60))
    )
    (tmp_path / "template.yaml").write_text("{{ if .Values.on }}\n" + MISSPELT + "{{ end }}\n")
    (tmp_path / "empty.yaml").write_text("")
    with open(tmp_path / "huge.yaml", "wb") as file:
        file.truncate(50 << 20)
    (tmp_path / "web.yaml").write_text(MISSPELT)
    done = lint(".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 2
    assert [(each["file"], each["line"]) for each in findings(done)] == [("web.yaml", 5)]
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert sorted(line.split(":")[1].strip() for line in lines) == [
        "binary.yaml", "doubled.yaml", "huge.yaml", "laughs.yaml", "loop", "pipe.yaml",
        "tabs.yaml", "template.yaml",
    ]  # fmt: skip
    assert "error: doubled.yaml:8:1: the key 'kind' is there twice, in lines 2 and 8" in lines


def test_standard_input(tmp_path: Path) -> None:
    done = lint("-", "--format", "json", cwd=tmp_path, stdin=MISSPELT)
    assert done.returncode == 1
    assert [(each["file"], each["line"]) for each in findings(done)] == [("<stdin>", 5)]


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_values_are_those_that_kubectl_reads() -> None:
    text = "apiVersion: x/v1\nkind: Foo\nmetadata: {name: a}\nspec:\n" + COLLECTIONS
    scalars = SCALARS.split()
    text += "".join(f"  k{number}: {scalar}\n" for number, scalar in enumerate(scalars))
    read = subprocess.run(
        [str(KUBECTL), "annotate", "--local", "-f", "-", "-o", "json", "a=b"],
        input=text, text=True, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    (manifest,) = read_text(Source("x.yaml", text))
    assert isinstance(manifest, Manifest)
    theirs = json.loads(read.stdout)["spec"]
    wrong = {
        key: (scalars[int(key[1:])] if key[0] == "k" else "", value, manifest.spec.get(key))
        for key, value in theirs.items()
        if (manifest.spec.get(key), type(manifest.spec.get(key))) != (value, type(value))
    }
    assert wrong == {}
    assert manifest.spec.keys() == theirs.keys()


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
class TestKustomize:
    @pytest.fixture
    def overlay(self, tmp_path: Path) -> Path:
        (tmp_path / "base").mkdir()
        (tmp_path / "base/web.yaml").write_text(MISSPELT)
        (tmp_path / "base/kustomization.yaml").write_text("resources: [web.yaml]\n")
        (tmp_path / "prod").mkdir()
        (tmp_path / "prod/kustomization.yaml").write_text(
            "resources: [../base]\nnamePrefix: prod-\n"
        )
        return tmp_path

    @pytest.mark.parametrize("path", ["prod", "prod/kustomization.yaml"])
    def test_what_it_makes_is_linted(self, overlay: Path, path: str) -> None:
        (found,) = findings(lint(path, "--format", "json", cwd=overlay))
        assert (found["file"], found["object"]) == ("prod (kustomize)", "Service/prod-web")

    def test_what_it_cannot_make_is_one_line(self, overlay: Path) -> None:
        (overlay / "base/web.yaml").unlink()
        done = lint("prod", cwd=overlay)
        assert done.returncode == 2
        assert "error: prod: `kubectl kustomize` failed: " in done.stderr

    def test_without_the_programs(self, overlay: Path) -> None:
        """Only where they are not beside this Python either."""
        if Path(sys.executable).with_name("kubectl").exists():
            pytest.skip("kubectl stands beside this Python")
        done = lint("prod", cwd=overlay, PATH="")
        assert done.returncode == 2
        assert "neither kustomize nor kubectl is installed" in done.stderr


class TestHelm:
    """With a helm that only repeats: how is it asked, and what is made of its answer?"""

    @pytest.fixture
    def chart(self, tmp_path: Path) -> Path:
        (tmp_path / "charts/web/templates").mkdir(parents=True)
        (tmp_path / "charts/web/Chart.yaml").write_text("apiVersion: v2\nname: web\n")
        (tmp_path / "charts/web/templates/web.yaml").write_text("{{ .Values.x }}\n")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/helm").write_text(HELM)
        (tmp_path / "bin/helm").chmod(0o755)
        (tmp_path / "web.yaml").write_text(MISSPELT)
        return tmp_path

    def run(self, chart: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{chart / 'bin'}:{os.environ['PATH']}"
        return lint(*arguments, cwd=chart, PATH=path, HELM_TOLD=str(chart / "told"))

    def test_what_it_renders_is_linted(self, chart: Path) -> None:
        done = self.run(chart, "charts", "--format", "json", "--kubernetes-version", "1.30")
        assert [each["file"] for each in findings(done)] == ["charts/web (helm)"]
        asked = "template web charts/web --include-crds --skip-tests --kube-version 1.30.0\n"
        assert (chart / "told").read_text() == asked

    def test_what_it_cannot_render_is_one_line(self, chart: Path) -> None:
        (chart / "web.yaml").unlink()
        done = self.run(chart, "charts/web/Chart.yaml")
        assert done.returncode == 2
        assert "error: charts/web: `helm template` failed: chart is broken" in done.stderr

    def test_a_library_has_nothing_to_render(self, chart: Path) -> None:
        (chart / "charts/web/Chart.yaml").write_text("name: web\ntype: library\n")
        done = self.run(chart, "charts")
        assert (done.returncode, (chart / "told").exists()) == (0, False)

    def test_without_helm_the_templates_are_not_taken_for_manifests(self, chart: Path) -> None:
        done = lint("charts", cwd=chart, PATH="/nowhere")
        assert done.returncode == 2
        assert "error: charts/web: is a helm chart, and helm is not installed" in done.stderr
        assert "templates/web.yaml" not in done.stderr
