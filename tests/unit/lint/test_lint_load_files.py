"""Whatever is named is read, or said in one line; the rest is read all the same."""

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.lint.load.files import Loaded, load
from seatrial.lint.load.read import FILE_BYTES_MAX, Unreadable, decode

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, content: str | bytes) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def names(loaded: Loaded) -> list[str]:
    return [f"{each.source.name} {each.name}" for each in loaded.manifests]


def said(loaded: Loaded) -> list[str]:
    return [str(each) for each in loaded.bad]


@pytest.mark.usefixtures("here")
class TestDirectories:
    def test_files_are_read_in_order_and_others_are_counted(self) -> None:
        for name in ("b.yml", "a.yaml", "sub/c.json", "d.txt", ".hidden.yaml", ".git/e.yaml"):
            write(f"k8s/{name}", MAP % "x")
        write("k8s/values.yaml", "replicas: 3\n")
        write("k8s/playbook.yaml", "- hosts: all\n")
        write("k8s/empty.yaml", "# nothing yet\n")
        loaded = load(["k8s"])
        assert names(loaded) == ["k8s/a.yaml x", "k8s/b.yml x", "k8s/sub/c.json x"]
        assert (said(loaded), loaded.files, loaded.passed_over) == ([], 3, 3)

    def test_the_current_one_is_not_named_in_front(self) -> None:
        write("sub/a.yaml", MAP % "a")
        assert names(load(["."])) == ["sub/a.yaml a"]

    def test_exclude(self) -> None:
        for name in ("a.yaml", "vendor/b.yaml", "sub/vendor/c.yaml", "sub/d_test.yaml"):
            write(f"k8s/{name}", MAP % "x")
        assert names(load(["k8s"], exclude=["vendor", "*_test.yaml"])) == ["k8s/a.yaml x"]
        assert names(load(["k8s"], exclude=["k8s/sub/**", "vendor/*"])) == ["k8s/a.yaml x"]

    def test_one_without_manifests_is_told(self) -> None:
        Path("empty").mkdir()
        assert said(load(["empty"])) == ["empty: the directory holds no manifest"]

    def test_links_are_followed_once(self) -> None:
        write("real/a.yaml", MAP % "a")
        Path("k8s").mkdir()
        for link in ("one", "two"):
            Path("k8s", link).symlink_to("../real")
        assert names(load(["k8s"])) == ["k8s/one/a.yaml a"]

    def test_links_in_circles_are_told(self) -> None:
        write("k8s/a.yaml", MAP % "a")
        Path("k8s/up").symlink_to("..")
        Path("k8s/self.yaml").symlink_to("self.yaml")
        loaded = load(["k8s"])
        assert names(loaded) == ["k8s/a.yaml a"]
        assert said(loaded) == [
            f"k8s/up: is a symbolic link that leads back to {Path.cwd()}",
            "k8s/self.yaml: cannot be read: too many levels of symbolic links",
        ]

    def test_json_with_comments_is_not_ours(self) -> None:
        write("k8s/tsconfig.json", "{ // comment\n}")
        write("k8s/broken.json", '{"apiVersion": "v1", // comment\n "kind": 1]')
        loaded = load(["k8s"])
        assert loaded.passed_over == 1
        assert [each.place.file for each in loaded.bad] == ["k8s/broken.json"]

    def test_patches_and_data_of_a_kustomization_are_not_objects(self) -> None:
        for name in ("web", "patch", "strategic", "config", "values"):
            write(f"k8s/app/{name}.yaml", MAP % name)
        write("k8s/app/kustomization.yaml", """\
resources: [web.yaml]
patches:
- path: patch.yaml
- patch: |
    kind: ConfigMap
    metadata: {name: inline}
patchesStrategicMerge: [strategic.yaml]
configMapGenerator:
- name: config
  files: [key=config.yaml]
helmCharts:
- name: chart
  valuesFile: values.yaml
""")  # fmt: skip
        loaded = load(["k8s"])
        assert (names(loaded), loaded.passed_over) == (["k8s/app/web.yaml web"], 5)


@pytest.mark.usefixtures("here")
class TestNamed:
    def test_one_that_holds_no_object_is_told(self) -> None:
        write("values.yaml", "replicas: 3\n---\n- a\n")
        assert said(load(["values.yaml"])) == [
            "values.yaml:1:1: is no object of Kubernetes: it has no apiVersion and no kind",
            "values.yaml:3:1: is a list, no object",
        ]

    def test_one_that_is_empty_is_fine(self) -> None:
        write("empty.yaml", "---\n# nothing\n")
        loaded = load(["empty.yaml"])
        assert (said(loaded), loaded.files) == ([], 1)

    def test_half_an_object_is_told(self) -> None:
        write("k8s/a.yaml", "kind: Deployment\nmetadata: {name: a}\n---\n" + MAP % "b")
        loaded = load(["k8s"])
        assert said(loaded) == ["k8s/a.yaml:1:1: the object has no apiVersion"]
        assert names(loaded) == ["k8s/a.yaml b"]

    def test_a_quoted_template_is_told(self) -> None:
        write("a.yaml", MAP % '"{{ .Release.Name }}"')
        assert said(load(["a.yaml"])) == [
            "a.yaml:3:12: looks like a helm template that was not rendered"
        ]

    def test_a_kubeconfig_is_passed_over(self) -> None:
        write("config.yaml", "apiVersion: v1\nkind: Config\nclusters: []\n")
        loaded = load(["config.yaml"])
        assert (names(loaded), said(loaded)) == ([], [])

    def test_twice_is_read_once(self) -> None:
        write("k8s/a.yaml", MAP % "a")
        assert names(load(["k8s/a.yaml", "k8s", "k8s/../k8s/a.yaml"])) == ["k8s/a.yaml a"]

    def test_standard_input(self) -> None:
        loaded = load(["-"], stdin=io.BytesIO((MAP % "a").encode()))
        (manifest,) = loaded.manifests
        assert (str(manifest.place()), manifest.source.is_file) == ("<stdin>:1:1", False)

    def test_what_cannot_be_read(self) -> None:
        os.mkfifo("pipe.yaml")
        write("good.yaml", MAP % "good")
        write("nul.yaml", b"a: 1\nb: \0\n")
        write("utf16.yaml", (MAP % "a").encode("utf-16"))
        write("latin.yaml", "a: 1\nb: ä\n".encode("latin-1"))
        paths = ["missing.yaml", "pipe.yaml", "/dev/zero", "nul.yaml", "utf16.yaml", "latin.yaml"]
        loaded = load([*paths, "good.yaml"])
        assert said(loaded) == [
            "missing.yaml: cannot be read: no such file or directory",
            "pipe.yaml: is a pipe",
            "/dev/zero: is a device",
            "nul.yaml:2: is binary: it has a NUL byte",
            "utf16.yaml: is UTF-16",
            "latin.yaml:2: is not UTF-8: the byte 0xe4 cannot be there",
        ]
        assert names(loaded) == ["good.yaml good"]

    def test_a_mark_of_utf_8_is_fine(self) -> None:
        write("a.yaml", b"\xef\xbb\xbf" + (MAP % "a").encode())
        assert names(load(["a.yaml"])) == ["a.yaml a"]

    def test_a_huge_file_is_not_read(self) -> None:
        with open("huge.yaml", "wb") as file:
            file.truncate(50 << 20)
        assert said(load(["huge.yaml"])) == [
            "huge.yaml: is 50.0 MiB, and at most 10.0 MiB are read of a file"
        ]


def test_an_endless_stream_is_bounded() -> None:
    with pytest.raises(Unreadable, match=r"is more than 10.0 MiB"):
        decode(b"#" * (FILE_BYTES_MAX + 1))


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A directory that everybody may enter, and for root the rights of nobody."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        user = os.geteuid()
        if user:
            yield Path(directory)
            return
        os.chown(directory, 65534, -1)
        os.seteuid(65534)
        try:
            yield Path(directory)
        finally:
            os.seteuid(user)


def test_no_permission_is_told(as_nobody: Path) -> None:
    write(f"{as_nobody}/a.yaml", MAP % "a")
    write(f"{as_nobody}/closed.yaml", MAP % "b")
    Path(as_nobody, "closed.yaml").chmod(0)
    Path(as_nobody, "sub").mkdir(mode=0)
    loaded = load([str(as_nobody)])
    assert [each.name for each in loaded.manifests] == ["a"]
    assert said(loaded) == [
        f"{as_nobody}/sub: cannot be read: permission denied",
        f"{as_nobody}/closed.yaml: cannot be read: permission denied",
    ]
