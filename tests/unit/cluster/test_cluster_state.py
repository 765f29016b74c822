"""What a cluster leaves on disk for others to read."""

import os
from dataclasses import asdict
from pathlib import Path

import orjson

from seatrial.cluster.config import SOCKET_PATH_BYTES_MAX, ClusterConfig, Layout
from seatrial.cluster.launch import runtime_directory
from seatrial.cluster.naming import node_ip, node_name, pod_cidr
from seatrial.cluster.processes import start_ticks
from seatrial.cluster.state import ClusterState, amend_state, is_locked, read_state, write_state
from seatrial.kit.files import held


def state(pid: int, ticks: int) -> ClusterState:
    return ClusterState(
        pid=pid,
        pid_start_ticks=ticks,
        version="1",
        server="https://127.0.0.1:1",
        nodes=("seatrial-0",),
        run_dir="/r",
        data_dir="/d",
    )


def test_a_state_comes_back_and_is_amended(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    written = state(os.getpid(), start_ticks(os.getpid()))
    write_state(path, written)
    assert read_state(path) == written
    assert written.is_alive
    amend_state(path, context="seatrial")
    amended = read_state(path)
    assert amended is not None
    assert amended.context == "seatrial"


def test_a_pid_that_was_given_to_another_process_is_not_alive() -> None:
    assert not state(os.getpid(), start_ticks(os.getpid()) + 1).is_alive
    assert not state(0, 0).is_alive


def test_no_file_or_a_strange_one_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none") is None
    strange = tmp_path / "strange"
    whole = asdict(state(1, 1))
    wrong = [whole | {"pid": "1"}, whole | {"nodes": "n"}, whole | {"kubeconfig": 7}]
    more = [orjson.dumps(each).decode() for each in [*wrong, whole | {"else": 1}]]
    for text in ("", "[]", "null", '{"pid": 1}', "{", *more):
        strange.write_text(text)
        assert read_state(strange) is None


def test_the_lock_says_who_is_there(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_locked(lock)
    with held(lock):
        assert is_locked(lock)
    assert not is_locked(lock)


def test_sockets_always_have_paths_that_fit(tmp_path: Path) -> None:
    assert runtime_directory(tmp_path) == tmp_path / "run"
    deep = Path("/" + "d" * 120)
    short = runtime_directory(deep)
    assert runtime_directory(deep) == short
    longest = Layout(deep, short).kubelet_socket("seatrial-99")
    assert len(os.fsencode(longest)) <= SOCKET_PATH_BYTES_MAX


def test_a_config_survives_the_hand_over(tmp_path: Path) -> None:
    config = ClusterConfig(
        data_dir=tmp_path, run_dir=tmp_path, shelves=(tmp_path,), secrets=(tmp_path,)
    )
    assert ClusterConfig.from_json(config.to_json()) == config


def test_nodes_have_names_and_addresses_of_their_own() -> None:
    assert (node_name(0), node_ip(0), pod_cidr(0)) == ("seatrial-0", "10.245.0.10", "10.244.0.0/24")
    assert (node_ip(2), pod_cidr(2)) == ("10.245.0.12", "10.244.2.0/24")
