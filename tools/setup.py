"""Makes the virtual environment: with `uv` where it is installed, else with `venv` and `pip`.

    python tools/setup.py VENV GROUP...     (dependency groups of pyproject.toml)

Needs nothing but the Python that runs it.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PYTHON_MIN = (3, 11)


def main(venv: Path, groups: list[str]) -> int:
    if sys.version_info < PYTHON_MIN:
        wanted = ".".join(map(str, PYTHON_MIN))
        print(
            f"seatrial needs Python {wanted} or later; `make PYTHON=python3.11 ...`",
            file=sys.stderr,
        )
        return 2
    import tomllib  # came with Python 3.11: not before the version is known to be enough

    known = tomllib.loads(Path("pyproject.toml").read_text())["dependency-groups"]
    try:
        needed = [package for group in groups for package in known[group]]
        make(venv, ["-e", ".", "-e", "./app", *needed])
    except subprocess.CalledProcessError as error:
        print(f"set-up failed: {error}", file=sys.stderr)
        return 3
    for group in groups:
        (venv / f".installed-{group}").touch()
    return 0


def make(venv: Path, packages: list[str]) -> None:
    uv = shutil.which("uv")
    python = venv / "bin" / "python"
    if uv:
        if not python.exists():
            run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
        run([uv, "pip", "install", "--quiet", "--python", str(python), *packages])
        return
    if not (venv / "bin" / "pip").exists():
        ensure_venv()
        run([sys.executable, "-m", "venv", str(venv)])
    run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])


def ensure_venv() -> None:
    """Debian ships `venv` without what it needs: as root we add it, else we say so."""
    if find_spec("ensurepip"):
        return
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        wanted = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        sys.exit(f"this Python has no venv; as root: apt-get install {wanted}")
    run([apt, "update", "-qq"])
    run([apt, "install", "-y", "-qq", "--no-install-recommends", "python3-venv"])


def run(command: list[str]) -> None:
    print("+", " ".join(command[:6]), "..." if len(command) > 6 else "", flush=True)
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
