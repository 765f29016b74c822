"""The same without being root: a cluster in an ordinary user's namespaces."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from e2e_cluster import Cluster, Kubectl, own_namespace
from e2e_machine import SEATRIAL, run
from e2e_objects import RUN_ON, container, pod
from test_e2e_containers import (
    test_a_failing_liveness_probe_restarts_the_container,
    test_an_empty_dir_survives_a_restart_and_the_containers_own_files_do_not,
    test_config_maps_secrets_and_the_downward_api_reach_environment_and_files,
)
from test_e2e_deletion import test_a_stubborn_pod_is_terminating_for_its_whole_grace_period
from test_e2e_fortune import test_the_client_waits_for_the_service_and_then_reads_fortunes
from test_e2e_services import (
    test_pods_on_both_nodes_reach_each_other_by_service,
    test_without_endpoints_connections_are_refused,
)

# They run here with this module's `kubectl`: on the ordinary user's cluster.
__all__ = [
    "test_a_failing_liveness_probe_restarts_the_container",
    "test_a_stubborn_pod_is_terminating_for_its_whole_grace_period",
    "test_an_empty_dir_survives_a_restart_and_the_containers_own_files_do_not",
    "test_config_maps_secrets_and_the_downward_api_reach_environment_and_files",
    "test_pods_on_both_nodes_reach_each_other_by_service",
    "test_the_client_waits_for_the_service_and_then_reads_fortunes",
    "test_without_endpoints_connections_are_refused",
]

USER = 65534
BECOME = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs")


@pytest.fixture(scope="module")
def ordinary_home(new_cluster: Callable[[], Cluster]) -> Cluster:
    """A home of another user, for a cluster of theirs."""
    if os.geteuid() != 0:
        pytest.skip("these tests run as an ordinary user already")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed, by which root becomes another user")
    cluster = replace(new_cluster(), prefix=BECOME)
    os.chown(cluster.home, USER, USER)
    found = run([*BECOME, SEATRIAL, "doctor"], cluster.environment, may_fail=True)
    if found.code == 126:
        pytest.skip(f"uid {USER} may not read this Python environment")
    if found.code:
        pytest.skip(f"this machine lets no ordinary user run a cluster:\n{found.out}{found.err}")
    return cluster


@pytest.fixture(scope="module")
def cluster(ordinary_home: Cluster, busybox_tar: Path) -> Cluster:
    """Two nodes of an ordinary user."""
    archive = ordinary_home.home / "busybox.tar"
    shutil.copy(busybox_tar, archive)
    ordinary_home.run("image", "load", str(archive))
    ordinary_home.up("--nodes", "2")
    return ordinary_home


@pytest.fixture
def kubectl(cluster: Cluster) -> Iterator[Kubectl]:
    """Kubectl in a namespace of the test's own on the ordinary user's cluster."""
    with own_namespace(cluster) as kubectl:
        yield kubectl


def test_nothing_of_it_runs_as_root(cluster: Cluster, kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(f"id -u; {RUN_ON}")))
    kubectl.wait_ready("x")
    assert kubectl("logs", "x") == "0\n"
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in cluster.traces().pids}
    assert 0 not in owners


# In a user namespace whose limits are zero, the kernel refuses what it refuses on a machine that
# does not allow these namespaces at all.
FORBID = """
for kind in user mnt net pid; do echo 0 > /proc/sys/user/max_${kind}_namespaces; done
exec "$@"
"""


def test_without_namespaces_up_says_what_to_do(ordinary_home: Cluster) -> None:
    nowhere = ("unshare", "--user", "--map-root-user", "sh", "-c", FORBID, "sh")
    machine = replace(
        ordinary_home,
        prefix=(*BECOME, *nowhere),
        more_environment={"SEATRIAL_HOME": str(ordinary_home.home / "without")},
    )
    refused = machine.run("up", "--detach", may_fail=True)
    assert refused.code == 3, refused
    assert "namespace" in refused.err
    assert "try: " in refused.err
    assert "Traceback" not in refused.err
