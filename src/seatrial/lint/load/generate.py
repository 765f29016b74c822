"""Kustomize folders and helm charts → the text that their own programs make of them (edge).

Does: runs the program, bounded in time and without a shell; says which is missing.
Does not: imitate them.
Differs from Kubernetes: charts are rendered with their own values.yaml alone; for other values
pipe `helm template -f VALUES` into `seatrial lint -`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from seatrial.lint.load.read import Unreadable, decode

RENDER_LIMIT_S = 60.0
_PROBLEM_CHARS_MAX = 400
_RELEASE_CHARS_MAX = 53


def build_kustomization(directory: str) -> str:
    """What `kustomize build` makes of the directory. Raises Unreadable."""
    if kustomize := _program("kustomize"):
        return _run((kustomize, "build", directory))
    if kubectl := _program("kubectl"):
        return _run((kubectl, "kustomize", directory))
    raise Unreadable(
        "is a kustomization, and neither kustomize nor kubectl is installed",
        remedy="install one of them, or name the files of the folder one by one",
    )


def render_chart(directory: str, kubernetes_version: tuple[int, int]) -> str:
    """What `helm template` makes of the chart and its own values. Raises Unreadable."""
    helm = _program("helm")
    if not helm:
        raise Unreadable(
            "is a helm chart, and helm is not installed: its templates are not linted",
            remedy="install helm, pipe the output of `helm template` into `seatrial lint -`, or"
            " leave the chart out with --exclude",
        )
    version = ".".join(map(str, (*kubernetes_version, 0)))
    name = _release_name(os.path.basename(os.path.realpath(directory)))
    return _run((helm, "template", name, directory, "--include-crds", "--skip-tests",
                 "--kube-version", version))  # fmt: skip


def _program(name: str) -> str | None:
    """Its path: of PATH, else beside the Python that runs us (packages bring kubectl there)."""
    return shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable))


def _run(argv: Sequence[str]) -> str:
    shown = " ".join((os.path.basename(argv[0]), argv[1]))
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=RENDER_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"`{shown}` did not end within {RENDER_LIMIT_S:.0f} s") from error
    except OSError as error:
        raise Unreadable(f"`{shown}` cannot be started: {error.strerror}") from error
    if done.returncode:
        raise Unreadable(f"`{shown}` failed: {_problem(done.stderr)}")
    return decode(done.stdout)


def _problem(stderr: bytes) -> str:
    """Its own words in one line, without what surrounds them in a log."""
    words = " ".join(stderr.decode(errors="replace").split())
    words = words.rpartition(" err=")[2].strip('"').removeprefix("Error: ").removeprefix("error: ")
    words = words.removesuffix(" Use --debug flag to render out invalid YAML")
    return words[:_PROBLEM_CHARS_MAX] or "it gives no reason"


def _release_name(folder: str) -> str:
    """A release takes letters, digits and dashes."""
    letters = (each if each.isascii() and each.isalnum() else "-" for each in folder.lower())
    return "".join(letters)[:_RELEASE_CHARS_MAX].strip("-") or "release-name"
