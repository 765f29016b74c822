"""One cluster of two nodes for all tests that only use it; fresh ones for those that break it."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_cluster import Cluster, Kubectl, find_kubectl, own_namespace
from e2e_images import busybox_archive
from e2e_machine import SEATRIAL, run
from e2e_traces import NOTHING, network_links

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is an e2e test."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def machine() -> str:
    """The path of kubectl, on a machine that can run clusters; else the tests are skipped."""
    kubectl = find_kubectl()
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed, of which the tests' image is made")
    told = run([SEATRIAL, "doctor", "--format", "json"], {"HOME": "/"}, may_fail=True).out
    lacks = [
        f"{each['name']} ({each['detail']})"
        for each in json.loads(told)
        if each["is_needed"] and not each["is_there"]
    ]
    if lacks:
        pytest.skip(f"this machine cannot run a cluster: {', '.join(lacks)}")
    return kubectl


@pytest.fixture(scope="session")
def busybox_tar(machine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the image `busybox`."""
    archive = tmp_path_factory.mktemp("images") / "busybox.tar"
    busybox_archive(Path(shutil.which("busybox") or ""), archive)
    return archive


@pytest.fixture(scope="session")
def new_cluster(machine: str) -> Iterator[Callable[[], Cluster]]:
    """Makes homes for clusters; whatever runs in one at the end is stopped, and has to be gone."""
    clusters: list[Cluster] = []

    def make() -> Cluster:
        # Short: unix sockets' paths must fit 107 bytes.
        home = Path(tempfile.mkdtemp(prefix="st-", dir="/tmp"))
        clusters.append(Cluster(home, machine))
        return clusters[-1]

    links = network_links()
    yield make
    for cluster in clusters:
        if cluster.home.exists():
            stop_and_check(cluster)
    assert network_links() == links


def stop_and_check(cluster: Cluster) -> None:
    """Stop a cluster if one runs, and find nothing of it."""
    traces = NOTHING
    if (cluster.data_dir / "cluster.json").exists():
        traces = cluster.traces()
        cluster.down("--delete")
    left = cluster.left_over(traces)
    shutil.rmtree(cluster.home)
    assert not left, left


@pytest.fixture(scope="session")
def cluster(new_cluster: Callable[[], Cluster], busybox_tar: Path) -> Cluster:
    """A running cluster of two nodes with the image busybox."""
    cluster = new_cluster()
    cluster.run("image", "load", str(busybox_tar))
    cluster.up("--nodes", "2")
    return cluster


@pytest.fixture
def kubectl(cluster: Cluster) -> Iterator[Kubectl]:
    """Kubectl in a namespace of the test's own."""
    with own_namespace(cluster) as kubectl:
        yield kubectl


@pytest.fixture
def fresh(new_cluster: Callable[[], Cluster]) -> Iterator[Cluster]:
    """A home for a cluster that the test starts itself."""
    cluster = new_cluster()
    yield cluster
    stop_and_check(cluster)
