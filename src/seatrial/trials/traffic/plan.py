"""The driver's plan and the objects that run it; pure."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seatrial.api.objects import Object
from seatrial.trials.settings import OWN_DRIVER, DriverProgram
from seatrial.trials.subject import Target
from seatrial.trials.world import ROLE_LABEL

Lane = dict[str, Any]  # as the driver reads it

DRIVER_NAME = "seatrial-driver"
# The image of the driver on a cluster of ours: this machine's root and its Python.
HOST_DRIVER_IMAGE = "seatrial.dev/driver:1"
# The image on any other cluster; any with `python3` (3.11 or later) on its path will do.
DRIVER_IMAGE = "docker.io/library/python:3-slim"
KEPT_ALIVE_CONNECTIONS_MIN = 6
# One connection cannot carry more than its server answers one after the other.
RATE_PER_CONNECTION = 10.0
# Idle connections, each used again after so long: sooner than any server lets go of an idle one.
IDLE_CONNECTIONS = 20
IDLE_S = 1.0
# What is under way for long: so many begin in a second, and some are always there.
SLOW_RATE_PER_S = 4.0
PAUSED_RATE_PER_S = 3.0
# Between the first and the last byte of a request that is sent slowly.
PAUSE_S = 1.0
# A client that asks for what takes long has more patience.
SLOW_PATIENCE_S = 60.0
# New connections a second to each clone: one that loses 0.3 s of half the traffic shows it.
CLONE_RATE_PER_S = 20.0
# Losses of clones decide what is tried next: they must be known soon.
CLONE_PATIENCE_S = 2.0
DRIVER_GRACE_PERIOD_S = 10
# On top of the longest patience.
DRIVER_END_S = 5
ANY_STATUS = tuple(range(100, 500))


def lanes_of(target: Target) -> list[Lane]:
    """New and kept-alive connections at the rate that the settings say."""
    traffic = target.traffic
    kept = traffic.rate_per_s * traffic.kept_alive_share
    connections = max(KEPT_ALIVE_CONNECTIONS_MIN, math.ceil(kept / RATE_PER_CONNECTION))
    lanes: list[Lane] = [
        {"kind": "new", "rate_per_s": traffic.rate_per_s - kept},
        {"kind": "kept-alive", "rate_per_s": kept, "connections": connections},
    ]
    return [lane for lane in lanes if lane["rate_per_s"] > 0]


def clone_lanes(_target: Target) -> list[Lane]:
    """Each request on a connection of its own: only new connections ask the rules."""
    return [{"kind": "new", "rate_per_s": CLONE_RATE_PER_S}]


def idle_lanes(_target: Target) -> list[Lane]:
    """Connections that are idle most of the time, and clients that do not look before they ask."""
    rate_per_s = IDLE_CONNECTIONS / IDLE_S
    return [{"kind": "idle", "rate_per_s": rate_per_s, "connections": IDLE_CONNECTIONS}]


def in_flight_lanes(target: Target) -> list[Lane]:
    """What is begun and not yet ended at any moment, beside the traffic of every day."""
    traffic = target.traffic
    slow = {"kind": "in-flight", "rate_per_s": SLOW_RATE_PER_S, "timeout_s": SLOW_PATIENCE_S}
    paused = {"rate_per_s": PAUSED_RATE_PER_S, "pause_s": PAUSE_S}
    lanes: list[Lane] = [
        *lanes_of(target),
        {"kind": "silent", **paused},
        {"kind": "half-sent", **paused},
    ]
    if traffic.slow_path:
        lanes.append({**slow, "path": traffic.slow_path})
    if traffic.upload_path:
        lanes.append({"kind": "slow-body", **paused, "path": traffic.upload_path})
    return lanes


def target_wire(target: Target, name: str, host: str, lanes: Sequence[Lane]) -> dict[str, Any]:
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


def driver_config_map(
    targets: Sequence[dict[str, Any]], timeout_s: float, own: DriverProgram | None = None
) -> Object:
    """The program and its plan; the user's own program beside ours."""
    plan = {"targets": list(targets), "timeout_s": timeout_s}
    files = [Path(__file__).with_name(OWN_DRIVER), *([own.file] if own else [])]
    programs = {file.name: file.read_text(encoding="utf-8") for file in files}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": DRIVER_NAME},
        "data": {**programs, "plan.json": json.dumps(plan, indent=1)},
    }


def driver_grace_s(lanes: Sequence[Lane]) -> int:
    """How long the last request may take once the driver was told to end."""
    longest_s = max((lane.get("timeout_s", 0.0) for lane in lanes), default=0.0)
    return max(DRIVER_GRACE_PERIOD_S, math.ceil(longest_s) + DRIVER_END_S)


def driver_pod(
    image: str, *, grace_s: int = DRIVER_GRACE_PERIOD_S, own: DriverProgram | None = None
) -> Object:
    """The pod that drives; it asks for next to nothing and may do nothing."""
    interpreter = own.interpreter if own else ("python3",)
    program = own.file.name if own else OWN_DRIVER
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": DRIVER_NAME, "labels": {ROLE_LABEL: "driver"}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": grace_s,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "containers": [
                {
                    "name": "driver",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": [*interpreter, f"/seatrial/{program}", "/seatrial/plan.json"],
                    "volumeMounts": [{"name": "plan", "mountPath": "/seatrial", "readOnly": True}],
                }
            ],
            "volumes": [{"name": "plan", "configMap": {"name": DRIVER_NAME}}],
        },
    }
