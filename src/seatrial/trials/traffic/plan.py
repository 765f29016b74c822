"""The driver's plan and the objects that run it; pure."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seatrial.api.objects import Object
from seatrial.trials.subject import Target
from seatrial.trials.world import ROLE_LABEL

DRIVER_NAME = "seatrial-driver"
# The image of the driver on a cluster of ours: this machine's root and its Python.
HOST_DRIVER_IMAGE = "seatrial.dev/driver:1"
# The image on any other cluster; any with `python3` (3.11 or later) on its path will do.
DRIVER_IMAGE = "docker.io/library/python:3-slim"
KEPT_ALIVE_CONNECTIONS = 6
# New connections a second to each clone: one that loses 0.3 s of half the traffic shows it.
CLONE_RATE_PER_S = 20.0
# Losses of clones decide what is tried next: they must be known soon.
CLONE_PATIENCE_S = 2.0
DRIVER_GRACE_PERIOD_S = 10
ANY_STATUS = tuple(range(100, 500))


def lanes_of(target: Target) -> list[dict[str, Any]]:
    """New and kept-alive connections at the rate that the settings say."""
    traffic = target.traffic
    kept = traffic.rate_per_s * traffic.kept_alive_share
    lanes: list[dict[str, Any]] = [{"rate_per_s": traffic.rate_per_s - kept}]
    if kept:
        lanes.append({"rate_per_s": kept, "connections": KEPT_ALIVE_CONNECTIONS})
    return [lane for lane in lanes if lane["rate_per_s"] > 0]


def clone_lanes() -> list[dict[str, Any]]:
    """Each request on a connection of its own: only new connections ask the rules."""
    return [{"rate_per_s": CLONE_RATE_PER_S}]


def target_wire(
    target: Target, name: str, host: str, lanes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """One target of the driver; `name` is the Service that is asked."""
    statuses = target.traffic.expect_status or (ANY_STATUS if target.status_below > 400 else ())
    return {
        "name": name,
        "host": host,
        "port": target.port,
        "path": target.path,
        "host_header": target.service,
        "expect_status": list(statuses),
        "expect_body": target.traffic.expect_body,
        "pod_header": target.traffic.pod_header.lower(),
        "lanes": list(lanes),
    }


def driver_config_map(targets: Sequence[dict[str, Any]], timeout_s: float) -> Object:
    """The program and its plan."""
    plan = {"targets": list(targets), "timeout_s": timeout_s}
    program = Path(__file__).with_name("driver.py").read_text(encoding="utf-8")
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": DRIVER_NAME},
        "data": {"driver.py": program, "plan.json": json.dumps(plan, indent=1)},
    }


def driver_pod(image: str) -> Object:
    """The pod that drives; it asks for next to nothing and may do nothing."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": DRIVER_NAME, "labels": {ROLE_LABEL: "driver"}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": DRIVER_GRACE_PERIOD_S,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "containers": [
                {
                    "name": "driver",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "-u", "/seatrial/driver.py", "/seatrial/plan.json"],
                    "volumeMounts": [{"name": "plan", "mountPath": "/seatrial", "readOnly": True}],
                }
            ],
            "volumes": [{"name": "plan", "configMap": {"name": DRIVER_NAME}}],
        },
    }
