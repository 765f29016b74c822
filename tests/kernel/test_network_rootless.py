"""The same network as an ordinary user: the tests beside this one, in a user namespace."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Where the kernel's own answer is the reason to skip.
PROBE = ["unshare", "--user", "--map-root-user", "--net", "true"]


def missing() -> str:
    try:
        done = subprocess.run(PROBE, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"cannot run unshare: {error}"
    return done.stderr.strip()


MISSING = missing()
pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(MISSING), reason=MISSING)]


@pytest.mark.parametrize("name", ["test_network_node.py", "test_network_wire.py"])
def test_everything_works_without_privilege(name: str) -> None:
    inside = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--mount-proc"]
    pytest_run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(HERE / name)]
    done = subprocess.run(
        [*inside, "--kill-child", *pytest_run], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    summary = done.stdout.strip().splitlines()[-1]
    assert "passed" in summary
    assert "skipped" not in summary
