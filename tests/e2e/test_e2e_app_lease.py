"""One instance only, against the Lease of a real API server, from inside real pods."""

import sys
from pathlib import Path
from typing import Any

import pytest
from e2e_cluster import Cluster, Kubectl
from e2e_objects import Object

import seatrial_app

IMAGE = "app-host"
HOLD = """
import os, signal, sys
from seatrial_app.lease import Lease, Taken
from seatrial_app.lease_terms import Terms
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
try:
    with Lease("only-one", if_taken=sys.argv[1], terms=Terms(3, 2, 0.5)) as lease:
        print("held", lease.fence, flush=True)
        if "die" in sys.argv:
            os._exit(9)
        signal.sigwait([signal.SIGTERM])
        print("left while held:", lease.is_held, flush=True)
except Taken as taken:
    print(taken, flush=True)
    sys.exit(3)
"""


def holder(name: str, *words: str) -> Object:
    """A pod that holds the lease until it is told to stop."""
    main = {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": [sys.executable, "-u", "-c", HOLD, *words],
        "env": [{"name": "PYTHONPATH", "value": str(Path(seatrial_app.__file__).parents[1])}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "containers": [main],
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 20,
        },
    }


@pytest.fixture
def image(cluster: Cluster) -> None:
    cluster.run("image", "host", IMAGE, sys.executable)


def test_a_second_one_refuses_or_waits_and_follows(kubectl: Kubectl, image: None) -> None:
    kubectl.apply(holder("one", "wait"))
    with kubectl.follow("logs", "-f", "one") as log:
        log.until("held 1")
        uid = kubectl.field("pod/one", ".metadata.uid")
        spec: dict[str, Any] = kubectl.get("lease", "only-one")["spec"]
        assert (spec["holderIdentity"], spec["leaseTransitions"]) == (f"one_{uid}", 1)
        kubectl.apply(holder("refusing", "refuse"), holder("waiting", "wait"))
        kubectl.wait_phase("refusing", "Failed")
        said = kubectl("logs", "refusing")
        assert f"lease 'only-one' is held and renewed by one_{uid}" in said
        assert kubectl("logs", "waiting") == ""
        kubectl("delete", "pod", "one", "--wait=false")
        log.until("left while held: True")
    with kubectl.follow("logs", "-f", "waiting") as log:
        log.until("held 2")
    uid = kubectl.field("pod/waiting", ".metadata.uid")
    assert kubectl.field("lease/only-one", ".spec.holderIdentity") == f"waiting_{uid}"


def test_what_a_dead_one_held_is_free_after_its_duration(kubectl: Kubectl, image: None) -> None:
    """Nobody let go, and nobody renews: who would refuse a twin at work takes it all the same."""
    kubectl.apply(holder("one", "wait", "die"))
    kubectl.wait_phase("one", "Failed")
    assert kubectl.field("lease/only-one", ".spec.holderIdentity").startswith("one_")
    kubectl.apply(holder("two", "refuse"))
    with kubectl.follow("logs", "-f", "two") as log:
        log.until("held 2")
