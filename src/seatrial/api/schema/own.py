"""The definitions of our own kinds (`faults.seatrial.dev/v1`), as JSON Schema.

Differs from Kubernetes: the group `faults.seatrial.dev` does not exist there; its kinds behave like
custom resources (unknown fields, missing fields and wrong types are refused in their words).
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.kinds import (
    CONTAINER_KILL,
    ENDPOINT_PROPAGATION_DELAY,
    FAULTS_GROUP,
    KUBELET_DELAY,
    Kind,
)

PREFIX = "dev.seatrial.faults.v1."

_META = "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1."


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


_DELAY = _text('How much later than it would be: a duration such as "500ms", "5s", "1m30s".')
_NODE_NAME = _text("Only on the node of this name; without it, on every node.")


def _kind(kind: Kind, description: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": ["spec"],
        "properties": {
            "apiVersion": _text("The group and version of this object."),
            "kind": _text("The kind of this object."),
            "metadata": {"$ref": f"{_META}ObjectMeta", "description": "Standard metadata."},
            "spec": {"type": "object", "description": "What to do to whom."} | spec,
            "status": {
                "type": "object",
                "description": "What has been done so far.",
                "x-kubernetes-preserve-unknown-fields": True,
            },
        },
        "x-kubernetes-group-version-kind": [
            {"group": kind.group, "version": kind.version, "kind": kind.kind}
        ],
    }


DEFINITIONS: Mapping[str, Any] = {
    f"{PREFIX}EndpointPropagationDelay": _kind(
        ENDPOINT_PROPAGATION_DELAY,
        "Each node's proxy learns of changed endpoints later than it would.",
        {
            "required": ["delay"],
            "properties": {
                "delay": _DELAY,
                "nodeName": _NODE_NAME,
                "service": {
                    "type": "object",
                    "description": "Only for this Service; without it, for every one.",
                    "required": ["namespace", "name"],
                    "properties": {
                        "namespace": _text("Namespace of the Service."),
                        "name": _text("Name of the Service."),
                    },
                },
            },
        },
    ),
    f"{PREFIX}KubeletDelay": _kind(
        KUBELET_DELAY,
        "The kubelet learns that a pod is to be deleted later than it would.",
        {
            "required": ["delay"],
            "properties": {
                "delay": _DELAY,
                "nodeName": _NODE_NAME,
                "namespace": _text("Only pods of this namespace."),
                "labels": {
                    "$ref": f"{_META}LabelSelector",
                    "description": "Only pods with these labels.",
                },
            },
        },
    ),
    f"{PREFIX}ContainerKill": _kind(
        CONTAINER_KILL,
        "The kubelet sends a signal to a container's main process, once.",
        {
            "required": ["namespace", "pod"],
            "properties": {
                "namespace": _text("Namespace of the pod."),
                "pod": _text("Name of the pod."),
                "container": _text("Name of the container; without it, the pod's first one."),
                "signal": _text("Name of the signal; without it, SIGKILL."),
            },
        },
    ),
}


def is_own(kind: Kind) -> bool:
    """The kind is ours, not Kubernetes'."""
    return kind.group == FAULTS_GROUP
