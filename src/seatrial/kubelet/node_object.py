"""The Node object of this kubelet; pure.

Differs from Kubernetes: pressure of memory, disk or process ids is never reported, and no pod is
evicted for it.
"""

from typing import Any

from seatrial.api import timestamps
from seatrial.api.objects import Object, condition_of
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.machine import Machine

_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory",
     "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)  # fmt: skip


def capacity(config: KubeletConfig, machine: Machine) -> dict[str, str]:
    """Capacity, which is also what pods may be given: nothing is set aside."""
    return {
        "cpu": str(machine.cpus),
        "memory": f"{machine.memory_bytes // 1024}Ki",
        "ephemeral-storage": f"{machine.disk_bytes // 1024}Ki",
        "pods": str(config.pods_max),
    }


def labels(config: KubeletConfig, machine: Machine) -> dict[str, str]:
    """The node's labels."""
    return {
        "kubernetes.io/hostname": config.node_name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.architecture,
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": machine.architecture,
        **config.labels,
    }


def node(config: KubeletConfig, machine: Machine) -> Object:
    """The object to create, without its status."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": config.node_name, "labels": labels(config, machine)},
        "spec": {"podCIDR": config.pod_cidr, "podCIDRs": [config.pod_cidr]},
    }


def status(
    config: KubeletConfig, machine: Machine, before: Object, *, now: float
) -> dict[str, Any]:
    """The node's status; transition times are kept from `before`, the object as it is."""
    offered = capacity(config, machine)
    return {
        "capacity": offered,
        "allocatable": offered,
        "addresses": [
            {"type": "InternalIP", "address": config.node_ip},
            {"type": "Hostname", "address": config.node_name},
        ],
        "conditions": [_condition(before, *each, now=now) for each in _CONDITIONS],
        "nodeInfo": {
            "architecture": machine.architecture,
            "bootID": machine.boot_id,
            "containerRuntimeVersion": f"seatrial://{config.version.removeprefix('v')}",
            "kernelVersion": machine.kernel,
            "kubeProxyVersion": config.version,
            "kubeletVersion": config.version,
            "machineID": machine.machine_id,
            "operatingSystem": "linux",
            "osImage": machine.os_image,
            "systemUUID": machine.machine_id,
        },
    }


def _condition(
    before: Object, kind: str, wanted: str, reason: str, message: str, *, now: float
) -> dict[str, Any]:
    known = condition_of(before, kind)
    same = known is not None and known.get("status") == wanted
    since = known.get("lastTransitionTime") if known and same else None
    return {
        "type": kind, "status": wanted, "reason": reason, "message": message,
        "lastHeartbeatTime": timestamps.render(now),
        "lastTransitionTime": since or timestamps.render(now),
    }  # fmt: skip
