"""A machine that lets an ordinary user have no namespaces: one clear message, exit code 3.

The kernel refuses user namespaces to whoever lives in a changed root, so the same machine under
another root is such a machine.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the root"),
    pytest.mark.skipif(
        not (shutil.which("unshare") and shutil.which("chroot")), reason="no unshare or chroot here"
    ),
]

NOBODY = 65534
SEATRIAL = Path(sys.executable).with_name("seatrial")
ROOT = Path(__file__).parents[2]
ENTER = 'mount --rbind / "$1" && exec chroot --userspec="$2:$2" "$1" "${@:3}"'


def nobody_can_read(path: Path) -> bool:
    """Every directory on the way lets others through."""
    return all(each.stat().st_mode & 0o001 for each in path.resolve().parents)


@pytest.mark.skipif(
    not nobody_can_read(Path(sys.executable)) or not nobody_can_read(SEATRIAL),
    reason="an ordinary user cannot read this Python",
)
@pytest.mark.parametrize(
    "words", [["up", "--detach"], ["verify", str(ROOT / "examples/fortune/naive")]]
)
def test_the_machine_is_said_to_be_unable(tmp_path: Path, words: list[str]) -> None:
    root, home = tmp_path / "root", Path("/tmp") / f"st-{tmp_path.name}"
    root.mkdir()
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    environment = {"HOME": str(home), "SEATRIAL_HOME": str(home / "s"), "PATH": os.environ["PATH"]}
    try:
        done = subprocess.run(
            ["unshare", "--mount", "bash", "-c", ENTER, "enter", str(root), str(NOBODY),
             str(SEATRIAL), *words],
            env=environment, capture_output=True, text=True, timeout=60, check=False, cwd="/",
        )  # fmt: skip
        assert done.returncode == 3, done.stderr
        assert "cannot make a user namespace: operation not permitted" in done.stderr
        assert "or run seatrial as root" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list((home / "s").rglob("*.sock"))
        assert not (home / ".kube/config").exists()
    finally:
        shutil.rmtree(home)
