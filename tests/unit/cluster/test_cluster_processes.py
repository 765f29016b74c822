"""The process table, and waiting for a process without polling."""

import os
import subprocess
import sys

from seatrial.cluster.processes import Process, end, family, ours, start_ticks, wait_gone

WAITS = "import sys; print('up', flush=True); sys.stdin.read()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS


def run(program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_family_is_everything_below_parents_first() -> None:
    table = {
        pid: Process(pid, parent, depth=1, memory_bytes=0)
        for pid, parent in [(1, 0), (2, 1), (3, 2), (4, 3), (9, 1)]
    }
    assert [each.pid for each in family(2, table)] == [2, 3, 4]
    assert family(7, table) == []


def test_we_find_ourselves_and_our_children() -> None:
    with run(WAITS) as child:
        assert {os.getpid(), child.pid} <= {each.pid for each in ours(os.getpid())}
        assert start_ticks(child.pid) > 0
        child.kill()
        assert wait_gone(child.pid, limit_s=30)
        assert start_ticks(child.pid) == 0  # ended, though its parent has not taken note of it
    assert start_ticks(child.pid) == 0


def test_a_process_is_asked_to_end_and_killed_when_it_does_not() -> None:
    with run(WAITS) as polite:
        assert end(polite.pid, limit_s=30)
        assert polite.wait() == -15
    with run(DEAF) as deaf:
        assert not end(deaf.pid, limit_s=0.05)
        assert deaf.wait() == -9
    assert wait_gone(deaf.pid, limit_s=1)
