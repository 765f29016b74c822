"""What this very machine says that it can do."""

import subprocess
import sys

import pytest

from seatrial.runtime.capability import WANTS, look

pytestmark = pytest.mark.kernel


async def test_everything_is_looked_at_and_each_lack_has_a_remedy() -> None:
    abilities = await look()
    names = [ability.name for ability in abilities]
    assert names == ["root", *(want.name for want in WANTS.values()), "cgroups"]
    for ability in abilities:
        if ability.is_needed:
            assert ability.is_there != bool(ability.remedy)


# In a user namespace of its own, so that the machine's setting stays as it is.
NO_MORE_NAMESPACES = """
import sys
from seatrial.kit.errors import MachineError
from seatrial.runtime.process.userns import become_node, enter_user_namespace
try:
    enter_user_namespace()
    with open("/proc/sys/user/max_user_namespaces", "w") as limit:
        limit.write("0")
except (MachineError, OSError) as error:
    print("skip:", error)
    sys.exit()
try:
    become_node(rootless=True)
except MachineError as error:
    print(error, "|", error.remedy)
"""


def test_a_machine_without_user_namespaces_is_told_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_MORE_NAMESPACES], capture_output=True, text=True, check=True
    )
    if done.stdout.startswith("skip:"):
        pytest.skip(done.stdout)
    why = "cannot make a user namespace: this machine allows no more of them | "
    assert done.stdout.startswith(why)
    assert "sysctl -w user.max_user_namespaces=" in done.stdout
