"""A cluster's own life: up, status, down; killed, interrupted, started twice."""

import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest
from e2e_cluster import Cluster
from e2e_machine import Finished, Following
from e2e_objects import RUN_ON, config_map, container, pod
from e2e_traces import traces_of, wait_gone

GONE_LIMIT_S = 20.0


def test_status_says_what_runs_and_down_leaves_nothing(fresh: Cluster, busybox_tar: Path) -> None:
    fresh.run("image", "load", str(busybox_tar))
    fresh.up()
    assert stat.S_IMODE(fresh.kubeconfig.stat().st_mode) == 0o600
    kubectl = fresh.kubectl()
    kubectl.apply(pod("x", container(RUN_ON), terminationGracePeriodSeconds=300))
    kubectl.wait_ready("x")
    status = fresh.status()
    assert status["running"] is True
    assert status["nodes"] == [{"name": "seatrial-0", "ready": True}]
    assert status["kubeconfig"] == str(fresh.kubeconfig)
    assert status["version"]
    ours = set(status["pids"])
    assert ours == {pid for pid in traces_of(ours).pids if is_ours(pid)}
    traces = fresh.traces()
    assert len(traces.pids) > len(ours)
    assert len(traces.namespaces) > 3
    fresh.down()
    assert fresh.left_over(traces) == []
    ended = fresh.run("status", "--format", "json", may_fail=True)
    assert ended.code == 1
    assert json.loads(ended.out)["running"] is False
    assert "seatrial" not in fresh.kubeconfig.read_text()


def is_ours(pid: int) -> bool:
    """Not what runs in a pod."""
    return b"seatrial" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_down_keeps_the_objects_and_delete_forgets_them(fresh: Cluster) -> None:
    fresh.up()
    fresh.kubectl().apply(config_map("kept", a="b"))
    fresh.down()
    fresh.up()
    assert fresh.kubectl().field("configmap/kept", ".data.a") == "b"
    fresh.down("--delete")
    assert not fresh.data_dir.exists()
    fresh.up()
    assert fresh.kubectl().attempt("get", "configmap", "kept").code == 1


def test_down_without_a_cluster_says_so(fresh: Cluster) -> None:
    assert "no cluster runs on" in fresh.down().err
    assert "no cluster runs here" in fresh.run("status", may_fail=True).out


def test_a_second_up_is_refused_and_the_first_runs_on(fresh: Cluster) -> None:
    fresh.up()
    before = fresh.status()["pids"]
    refused = fresh.run("up", "--detach", "--kubeconfig", str(fresh.kubeconfig), may_fail=True)
    assert refused.code == 2
    assert one_message(refused).startswith("error: a cluster already runs on")
    assert "seatrial down" in refused.err
    assert fresh.status()["pids"] == before


def test_a_port_in_use_is_named(fresh: Cluster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = fresh.run("up", "--detach", "--port", str(port), may_fail=True)
    assert refused.code == 3
    assert one_message(refused) == (
        f"error: port {port} on 127.0.0.1 cannot be used: address already in use"
    )
    assert "--port" in refused.err
    assert fresh.status()["pids"] == []


def one_message(refused: Finished) -> str:
    """The one line that says what is wrong; progress and remedy stand around it."""
    lines = [line for line in refused.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, refused.err
    assert "Traceback" not in refused.err
    return lines[0]


def test_kill_9_loses_no_acknowledged_write_and_the_next_up_goes_on(
    fresh: Cluster, busybox_tar: Path
) -> None:
    fresh.run("image", "load", str(busybox_tar))
    fresh.up()
    kubectl = fresh.kubectl()
    kubectl.apply(pod("x", container(RUN_ON)))
    kubectl.wait_ready("x")
    status = fresh.status()
    traces = fresh.traces()
    control_plane = status["pids"][0]
    with writer(fresh) as writes:
        for _ in range(50):
            writes.until("configmap/")
        os.kill(control_plane, signal.SIGKILL)
        writes.end()
        acknowledged = writes.lines
    wait_gone(traces.pids, limit_s=GONE_LIMIT_S)
    assert [each for each in fresh.left_over(traces) if "socket" not in each] == []
    assert any("socket file" in each for each in fresh.left_over(traces))
    fresh.up()
    kept = set(kubectl("get", "configmaps", "-o", "name").split())
    told = {line for line in acknowledged if line.startswith("configmap/")}
    assert len(told) >= 50
    assert told - kept == set()
    kubectl.wait_ready("x")


# Creates ConfigMaps until it fails; prints each name once it is acknowledged.
WRITER = """
from kubernetes import client, config
config.load_kube_config()
api = client.CoreV1Api()
for number in range(100000):
    try:
        api.create_namespaced_config_map(
            "default", {"metadata": {"name": f"c{number}"}}, _request_timeout=5)
    except Exception:
        break
    print(f"configmap/c{number}", flush=True)
"""


def writer(cluster: Cluster) -> Following:
    return Following([sys.executable, "-W", "ignore", "-c", WRITER], cluster.environment)


def test_stale_files_of_a_killed_cluster_are_taken_over(fresh: Cluster) -> None:
    """A socket, a state file and a lock that nobody holds stop no one."""
    fresh.up()
    traces = fresh.traces()
    os.kill(fresh.status()["pids"][0], signal.SIGKILL)
    wait_gone(traces.pids, limit_s=GONE_LIMIT_S)
    assert (fresh.data_dir / "cluster.json").exists()
    assert fresh.status()["running"] is False
    assert fresh.run("down").code == 0
    assert fresh.left_over(traces) == []
    fresh.up()
    assert fresh.status()["running"] is True


@pytest.mark.parametrize("moment", ["control plane", "node", "kubeconfig:"])
def test_ctrl_c_leaves_nothing_at_any_moment(fresh: Cluster, moment: str) -> None:
    with fresh.follow("up", "--kubeconfig", str(fresh.kubeconfig)) as shown:
        shown.until(moment)
        traces = traces_of([shown.process.pid])
        shown.process.send_signal(signal.SIGINT)
        code = shown.end()
    assert code in ((0, 130) if moment == "kubeconfig:" else (130,))
    assert "Traceback" not in "\n".join(shown.lines)
    wait_gone(traces.pids, limit_s=GONE_LIMIT_S)
    assert fresh.left_over(traces) == []
    fresh.up()


def test_up_shows_the_cluster_until_ctrl_c_ends_it(fresh: Cluster) -> None:
    with fresh.follow("up", "--kubeconfig", str(fresh.kubeconfig), terminal=True) as shown:
        shown.until("kubeconfig:")
        kubectl = fresh.kubectl()
        kubectl.apply(pod("boat", container(RUN_ON), nodeSelector={"no": "node"}))
        shown.until("boat")
        status = fresh.status()
        assert shown.process.pid in status["pids"]
        traces = traces_of(status["pids"])
        shown.process.send_signal(signal.SIGINT)
        assert shown.end() == 0
    assert fresh.left_over(traces) == []
    assert "seatrial" not in fresh.kubeconfig.read_text()


def test_up_merges_into_the_users_own_kubeconfig_and_down_takes_it_out(fresh: Cluster) -> None:
    kubectl = fresh.kubectl()
    kubectl("config", "set-cluster", "work", "--server=https://work.example")
    kubectl("config", "set-context", "work", "--cluster=work")
    kubectl("config", "use-context", "work")
    fresh.run("up", "--detach")
    assert kubectl("config", "current-context") == "seatrial\n"
    assert set(kubectl("config", "get-contexts", "-o", "name").split()) == {"seatrial", "work"}
    assert kubectl("get", "nodes", "-o", "name") == "node/seatrial-0\n"
    fresh.down()
    assert kubectl("config", "get-contexts", "-o", "name") == "work\n"


def test_other_users_of_the_machine_are_kept_out(fresh: Cluster) -> None:
    fresh.up()
    server = fresh.status()["server"]
    kubectl = fresh.kubectl()
    stranger = kubectl.attempt(
        "--kubeconfig=/dev/null", f"--server={server}", "--insecure-skip-tls-verify", "get", "pods",
        "--token=guess",
    )  # fmt: skip
    assert stranger.code == 1
    assert "Unauthorized" in stranger.err or "must be logged in" in stranger.err
    secret = [fresh.data_dir / "pki", fresh.data_dir / "run", fresh.data_dir]
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in secret] == [0, 0, 0]


@pytest.mark.parametrize("part", ["cluster.node", "spawner"])
def test_a_node_that_is_killed_comes_back_with_its_pods(
    fresh: Cluster, busybox_tar: Path, part: str
) -> None:
    fresh.run("image", "load", str(busybox_tar))
    fresh.up()
    kubectl = fresh.kubectl()
    kubectl.apply(pod("x", container(RUN_ON)))
    kubectl.wait_ready("x")
    [victim] = [pid for pid in fresh.status()["pids"] if part in command_of(pid)]
    os.kill(victim, signal.SIGKILL)
    kubectl("wait", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/x",
            "--timeout=60s")  # fmt: skip
    kubectl.wait_ready("x")
    assert victim not in fresh.status()["pids"]
    assert fresh.status()["nodes"] == [{"name": "seatrial-0", "ready": True}]


def command_of(pid: int) -> str:
    """As /proc tells it."""
    return Path(f"/proc/{pid}/cmdline").read_text()
