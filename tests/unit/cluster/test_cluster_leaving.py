"""What a cluster takes away when it goes, and what others left."""

import os
import tempfile
from pathlib import Path

import pytest
import yaml

from seatrial.client.kubeconfig import KubeconfigError, merge_context
from seatrial.cluster.config import Layout
from seatrial.cluster.leaving import leave
from seatrial.cluster.passing import MAKER, passing_directory
from seatrial.cluster.state import ClusterState, claimed, write_state
from seatrial.kit.errors import UsageError
from seatrial.kit.files import held

OURS = "https://127.0.0.1:1"


def ran(layout: Layout, kubeconfig: Path) -> None:
    """What a killed cluster leaves."""
    (layout.run_dir / "nodes").mkdir(parents=True)
    state = ClusterState(
        pid=1, pid_start_ticks=0, version="1", server=OURS, nodes=(), run_dir="", data_dir="",
        kubeconfig=str(kubeconfig), context="seatrial",
    )  # fmt: skip
    write_state(layout.state, state)


def contexts(kubeconfig: Path) -> list[str]:
    return [each["name"] for each in yaml.safe_load(kubeconfig.read_text())["contexts"]]


def test_nothing_but_data_is_left(tmp_path: Path) -> None:
    layout, kubeconfig = Layout(tmp_path, tmp_path / "run"), tmp_path / "kubeconfig"
    merge_context(kubeconfig, "mine", server="https://10.0.0.1", ca_pem=b"", token="t")
    merge_context(kubeconfig, "seatrial", server=OURS, ca_pem=b"", token="t")
    ran(layout, kubeconfig)
    for _ in range(2):
        leave(layout)
        assert not layout.run_dir.exists()
        assert not layout.state.exists()
        assert contexts(kubeconfig) == ["mine"]


def test_a_context_that_is_another_clusters_by_now_stays(tmp_path: Path) -> None:
    layout, kubeconfig = Layout(tmp_path, tmp_path / "run"), tmp_path / "kubeconfig"
    merge_context(kubeconfig, "seatrial", server="https://127.0.0.1:2", ca_pem=b"", token="t")
    ran(layout, kubeconfig)
    leave(layout)
    assert contexts(kubeconfig) == ["seatrial"]


def test_a_broken_kubeconfig_does_not_keep_the_rest(tmp_path: Path) -> None:
    layout, kubeconfig = Layout(tmp_path, tmp_path / "run"), tmp_path / "kubeconfig"
    kubeconfig.write_text("{")
    ran(layout, kubeconfig)
    with pytest.raises(KubeconfigError):
        leave(layout)
    assert not layout.run_dir.exists()
    assert not layout.state.exists()
    leave(layout)


def test_only_one_can_claim_a_data_directory(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path / "run")
    refused = pytest.raises(UsageError, match=f"already runs on {tmp_path}")
    with claimed(layout), refused, claimed(layout):
        pass
    with claimed(layout):
        pass


def test_directories_of_killed_makers_are_removed_and_those_of_living_ones_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    forsaken, fresh = tmp_path / "seatrial-x-killed", tmp_path / "seatrial-x-being-made"
    inhabited = tmp_path / "seatrial-x-inhabited"
    for each in (forsaken, fresh, inhabited):
        each.mkdir()
    (forsaken / MAKER).touch()
    (inhabited / MAKER).touch()
    with (
        held(inhabited / "lock"),
        passing_directory("x") as first,
        passing_directory("x") as second,
    ):
        left = {each.name for each in tmp_path.iterdir()}
        assert left == {first.name, second.name, fresh.name, inhabited.name}
        assert first.stat().st_mode & 0o077 == 0
        assert first.stat().st_uid == os.geteuid()
    assert {each.name for each in tmp_path.iterdir()} == {fresh.name, inhabited.name}
