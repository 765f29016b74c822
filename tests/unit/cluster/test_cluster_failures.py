"""Any exception as messages for people."""

import errno

from seatrial.cluster.failures import explained
from seatrial.kit.errors import MachineError, UsageError


def test_groups_are_told_as_their_leaves_each_once() -> None:
    group = ExceptionGroup("two nodes", [MachineError("no room"), MachineError("no room")])
    nested = ExceptionGroup("all", [group, UsageError("wrong")])
    assert [(str(each), each.exit_code) for each in explained(nested)] == [
        ("no room", 3),
        ("wrong", 2),
    ]


def test_the_kernels_refusals_are_the_machines_failures() -> None:
    (full,) = explained(OSError(errno.ENOSPC, "x", "/data/log"))
    assert (str(full), full.exit_code) == ("/data/log: no space left on device", 3)
    assert full.remedy


def test_what_nobody_expects_is_not_explained_away() -> None:
    assert not explained(ValueError("bug"))
    assert not explained(ExceptionGroup("mixed", [MachineError("no room"), ValueError("bug")]))
