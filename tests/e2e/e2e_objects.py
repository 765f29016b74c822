"""Manifests as values: the smallest that says what a test is about."""

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

# Answers every request with its own pod's name, and stops as soon as it is asked to.
SERVE = "mkdir -p /www && hostname > /www/index.html && exec httpd -f -p 80 -h /www"
RUN_ON = "trap 'exit 0' TERM; while true; do sleep 3600 & wait; done"


def container(script: str, *, name: str = "main", **more: Any) -> Object:
    """A busybox container that runs a script."""
    return {
        "name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script], **more,
    }  # fmt: skip


def pod_spec(*containers: Object, **more: Any) -> Object:
    """A pod's specification; its grace period is short so that leaving is quick."""
    return {"containers": list(containers), "terminationGracePeriodSeconds": 1, **more}


def pod(
    name: str, *containers: Object, labels: Mapping[str, str] | None = None, **more: Any
) -> Object:
    """A pod of these containers."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": pod_spec(*containers, **more),
    }


def job(name: str, script: str, **more: Any) -> Object:
    """A pod that runs a script once."""
    return pod(name, container(script), restartPolicy="Never", **more)


def deployment(name: str, *containers: Object, replicas: int = 1, **more: Any) -> Object:
    """A Deployment whose pods carry the label app=NAME."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod_spec(*containers, **more)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels}, "template": template,
        },
    }  # fmt: skip


def service(name: str, *, app: str = "", port: int = 80, **more: Any) -> Object:
    """A Service for the pods with the label app=APP, by default its own name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app or name}, "ports": [{"port": port}], **more},
    }


def server(**more: Any) -> Object:
    """A container that answers with its pod's name, ready when it does."""
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}
    return container(SERVE, readinessProbe=probe, **more)


def config_map(name: str, **data: str) -> Object:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
