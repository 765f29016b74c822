"""Objects as a voyage applies them: re-homed, with clones and faults; pure."""

import copy
from typing import Any

from seatrial.api.kinds import (
    CONTAINER_KILL,
    ENDPOINT_PROPAGATION_DELAY,
    Kind,
)
from seatrial.api.objects import Object, name_of, spec_of, status_of
from seatrial.trials.scenario import clone_name

OWNER_LABEL = "seatrial.dev/voyage"
# Reasons that no waiting mends.
HOPELESS = (
    "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
)  # fmt: skip
# A pod that has crashed so often while it should start will go on.
RESTARTS_WHILE_STARTING_MAX = 3


def namespace_object(name: str) -> Object:
    """The voyage's own namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {OWNER_LABEL: name}},
    }


def re_homed(obj: Object, kind: Kind, namespace: str) -> Object:
    """The object in the voyage's namespace, without what only a server says."""
    moved = copy.deepcopy(obj)
    meta = moved["metadata"]
    for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
        meta.pop(field, None)
    moved.pop("status", None)
    if kind.namespaced:
        meta["namespace"] = namespace
    if kind.kind == "Service" and spec_of(moved).get("clusterIP") not in (None, "", "None"):
        moved["spec"].pop("clusterIP", None)
        moved["spec"].pop("clusterIPs", None)
    return moved


def with_replicas(deployment: Object, replicas: int) -> Object:
    """The Deployment with another number of replicas."""
    return {**deployment, "spec": {**spec_of(deployment), "replicas": replicas}}


def clone_of(service: Object, number: int) -> Object:
    """A Service of its own address for the same pods."""
    spec = {
        key: value
        for key, value in spec_of(service).items()
        if key in ("selector", "sessionAffinity", "publishNotReadyAddresses")
    }
    ports = [
        {key: value for key, value in port.items() if key != "nodePort"}
        for port in spec_of(service).get("ports") or ()
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": clone_name(name_of(service), number)},
        "spec": {**spec, "ports": ports},
    }


def delay_fault(name: str, namespace: str, service: str, delay_s: float) -> Object:
    """Endpoint changes of that Service reach the nodes' rules so much later."""
    return {
        "apiVersion": ENDPOINT_PROPAGATION_DELAY.api_version,
        "kind": ENDPOINT_PROPAGATION_DELAY.kind,
        "metadata": {"name": name, "labels": {OWNER_LABEL: namespace}},
        "spec": {
            "service": {"namespace": namespace, "name": service},
            "delay": delay_text(delay_s),
        },
    }


def delay_text(delay_s: float) -> str:
    """`1500ms`: whole milliseconds."""
    return f"{round(delay_s * 1000)}ms"


def kill_fault(name: str, namespace: str, pod: str, container: str) -> Object:
    """The container's main process gets SIGKILL, once."""
    return {
        "apiVersion": CONTAINER_KILL.api_version,
        "kind": CONTAINER_KILL.kind,
        "metadata": {"name": name, "labels": {OWNER_LABEL: namespace}},
        "spec": {
            "namespace": namespace,
            "pod": pod,
            "container": container,
            "signal": "SIGKILL",
        },
    }


def is_whole(deployment: Object, *, generation: int = 0) -> bool:
    """Has the Deployment of at least that generation all replicas, up to date and available?"""
    status, wanted = status_of(deployment), spec_of(deployment).get("replicas", 1)
    observed = status.get("observedGeneration", 0)
    return (
        bool(deployment)
        and observed >= max(generation, deployment["metadata"].get("generation", 0))
        and status.get("updatedReplicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
    )


def why_hopeless(pods: list[Object]) -> str:
    """Why these pods will not start; "" when they may."""
    for pod in pods:
        statuses = status_of(pod)
        each: dict[str, Any]
        for each in [
            *(statuses.get("initContainerStatuses") or ()),
            *(statuses.get("containerStatuses") or ()),
        ]:
            waiting = (each.get("state") or {}).get("waiting") or {}
            reason = str(waiting.get("reason", ""))
            crashed = each.get("restartCount", 0) >= RESTARTS_WHILE_STARTING_MAX
            if reason in HOPELESS or (reason == "CrashLoopBackOff" and crashed):
                message = waiting.get("message", "")
                return f"pod {name_of(pod)}, container {each.get('name')}: {reason}: {message}"
    return ""
