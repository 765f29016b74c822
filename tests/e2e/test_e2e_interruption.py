"""Interrupted or killed at any moment, nothing of ours is left and nothing acknowledged is lost."""

import os
import signal
from pathlib import Path

import pytest
from e2e_cluster import Cluster, Object
from e2e_objects import config_map
from e2e_traces import Traces, traces_of, wait_gone

NAIVE = Path(__file__).parents[2] / "examples" / "fortune" / "naive"
# What a foreground `up` has said when it is struck; "": nothing yet.
MOMENTS = ("", "control plane", "kubeconfig:")
HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def family(cluster: Cluster, root: int) -> Traces:
    """What hangs below a process that we started, and says that it is this cluster's."""
    return traces_of([root, *(each for each in cluster.status()["pids"])])


def assert_gone(cluster: Cluster, traces: Traces) -> None:
    wait_gone(traces.pids, limit_s=20)
    assert cluster.left_over(traces) == []
    assert not cluster.kubeconfig.exists() or "127.0.0.1" not in cluster.kubeconfig.read_text()
    assert cluster.status()["running"] is False


@pytest.mark.parametrize("number", [*HEARD, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("moment", MOMENTS)
def test_up_struck_at_any_moment_leaves_nothing(
    fresh: Cluster, moment: str, number: signal.Signals
) -> None:
    with fresh.follow("up", "--kubeconfig", str(fresh.kubeconfig)) as up:
        if moment:
            up.until(moment)
        traces = family(fresh, up.process.pid)
        up.process.send_signal(number)
        up.end()
    assert "Traceback" not in "\n".join(up.lines)
    assert_gone(fresh, traces)


def test_a_detached_start_that_is_killed_half_way_leaves_nothing(fresh: Cluster) -> None:
    with fresh.follow("up", "--detach", "--kubeconfig", str(fresh.kubeconfig)) as up:
        up.until("control plane")
        traces = family(fresh, up.process.pid)
        up.process.kill()
        up.end()
    assert_gone(fresh, traces)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_after_a_down_that_was_struck_the_next_one_does_it(
    fresh: Cluster, number: signal.Signals
) -> None:
    fresh.up()
    traces = fresh.traces()
    with fresh.follow("down") as down:
        down.process.send_signal(number)
        down.end()
    assert "Traceback" not in "\n".join(down.lines)
    fresh.down()
    assert_gone(fresh, traces)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_verify_struck_under_way_leaves_no_directory(
    fresh: Cluster, number: signal.Signals
) -> None:
    temporary = fresh.home / "tmp"
    temporary.mkdir()
    mine = fresh.with_environment(TMPDIR=str(temporary))
    with mine.follow("verify", str(NAIVE), "--trial", "crash") as verify:
        verify.until("start the traffic")
        assert [each.name.startswith("seatrial-verify-") for each in temporary.iterdir()] == [True]
        traces = traces_of([verify.process.pid])
        verify.process.send_signal(number)
        verify.end()
    wait_gone(traces.pids, limit_s=20)
    assert mine.left_over(traces) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("victim", ["control_plane", "cluster.node", "spawner"])
def test_whatever_part_is_killed_the_next_up_has_every_acknowledged_write(
    fresh: Cluster, victim: str
) -> None:
    fresh.up()
    written: Object = config_map("kept")
    fresh.kubectl().apply(written)
    traces = fresh.traces()
    for pid in traces.pids:
        if victim in command_of(pid):
            os.kill(pid, signal.SIGKILL)
    fresh.down()
    assert_gone(fresh, traces)
    fresh.up()
    assert fresh.kubectl().get("configmap", "kept")["data"] == written["data"]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
