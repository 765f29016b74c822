"""Files, directories, kustomizations, charts, standard input → manifests (edge).

Does: finds out what each path is; reads it; decides which documents are objects of Kubernetes.
Holds: whatever cannot be read is one line in `bad`, and the rest is read all the same. What is
named must hold objects; what is only met in a directory need not (values.yaml, compose.yaml), and
is counted. A file that is named twice is read once.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from seatrial.findings.model import Place
from seatrial.lint.load.charts import CHART, is_library
from seatrial.lint.load.collector import collector_paused
from seatrial.lint.load.generate import build_kustomization, render_chart
from seatrial.lint.load.kustomization import KUSTOMIZATIONS
from seatrial.lint.load.objects import sort_documents
from seatrial.lint.load.read import Unreadable, read_file, read_stream
from seatrial.lint.load.text import read_documents
from seatrial.lint.load.walk import walk
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import BadInput

STDIN = "-"
STDIN_NAME = "<stdin>"


@dataclass(slots=True)
class Loaded:
    """What the paths held."""

    manifests: list[Manifest] = field(default_factory=list)
    bad: list[BadInput] = field(default_factory=list)
    files: int = 0  # texts that were read: files, charts, kustomizations, standard input
    passed_over: int = 0  # files of directories that hold no object of Kubernetes


def load(
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    kubernetes_version: tuple[int, int] = (1, 37),
    stdin: BinaryIO | None = None,
) -> Loaded:
    """Every manifest of the paths.

    `exclude`: patterns (`*`, `?`, `[a-z]`; `*` crosses folders) of names or paths below a directory
    that are left out. `kubernetes_version`: what charts are rendered for.
    """
    loader = _Loader(exclude, kubernetes_version, stdin)
    with collector_paused():
        for path in paths:
            loader.add(path)
    return loader.loaded


class _Loader:
    """Adds one path after the other to what is loaded."""

    def __init__(
        self, exclude: Sequence[str], version: tuple[int, int], stdin: BinaryIO | None
    ) -> None:
        self.loaded = Loaded()
        self._exclude = exclude
        self._version = version
        self._stdin = stdin
        self._seen: set[str] = set()

    def add(self, path: str) -> None:
        """Whatever the user named."""
        name = os.path.basename(path)
        if path == STDIN:
            self._take(Source(STDIN_NAME, "", is_file=False), lambda: read_stream(self._stdin))
        elif os.path.isdir(path):
            self._directory(path)
        elif name in KUSTOMIZATIONS:
            self._kustomization(os.path.dirname(path) or ".")
        elif name == CHART:
            self._chart(os.path.dirname(path) or ".")
        else:
            self._file(path, is_named=True)

    def _directory(self, path: str) -> None:
        if any(os.path.isfile(os.path.join(path, name)) for name in KUSTOMIZATIONS):
            self._kustomization(path)
            return
        found = walk(path, self._exclude)
        self.loaded.bad.extend(found.bad)
        self.loaded.passed_over += found.passed_over
        for file in found.files:
            self._file(file, is_named=False)
        for chart in found.charts:
            self._chart(chart)
        if not found.files and not found.charts and not found.bad:
            remedy = "manifests end in .yaml, .yml or .json"
            self.loaded.bad.append(BadInput(Place(path), "the directory holds no manifest", remedy))

    def _kustomization(self, path: str) -> None:
        source = Source(f"{path} (kustomize)", "", is_file=False)
        self._take(source, lambda: build_kustomization(path), once=path)

    def _chart(self, path: str) -> None:
        source = Source(f"{path} (helm)", "", is_file=False)
        self._take(source, lambda: self._rendered(path), once=path)

    def _rendered(self, chart: str) -> str:
        if is_library(read_file(os.path.join(chart, CHART))):
            return ""
        return render_chart(chart, self._version)

    def _file(self, path: str, *, is_named: bool) -> None:
        self._take(Source(path, ""), lambda: read_file(path), once=path, is_named=is_named)

    def _take(
        self, source: Source, read: Callable[[], str], *, once: str = "", is_named: bool = True
    ) -> None:
        """Read it, unless what is at the path `once` was read before."""
        if once:
            real = os.path.realpath(once)
            if real in self._seen:
                return
            self._seen.add(real)
        try:
            text = read()
        except Unreadable as error:
            place = Place(once or source.name, error.line)
            self.loaded.bad.append(BadInput(place, str(error), error.remedy))
        else:
            self._keep(replace(source, text=text), is_named=is_named)

    def _keep(self, source: Source, *, is_named: bool) -> None:
        done = sort_documents(read_documents(source))
        loaded = self.loaded
        if not is_named and source.name.endswith(".json") and "apiVersion" not in source.text:
            done.bad.clear()  # JSON with comments, for instance: whoever reads it knows
        loaded.manifests.extend(done.manifests)
        loaded.bad.extend((*done.bad, *done.others) if is_named else done.bad)
        if is_named or done.manifests or done.bad:
            loaded.files += 1
        else:
            loaded.passed_over += 1
