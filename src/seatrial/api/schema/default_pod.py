"""Defaults of pods and pod templates."""

from collections.abc import Iterator
from typing import Any

from seatrial.api.objects import Object

VOLUME_MODE = 0o644  # 420 on the wire
TOKEN_EXPIRATION_S = 3600

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def fill_pod(obj: Object) -> None:
    """A pod's defaults: those of a template, and those that only a pod itself gets."""
    fill_pod_spec(obj.setdefault("spec", {}))
    obj["spec"].setdefault("enableServiceLinks", True)
    for container in _containers(obj["spec"]):
        _request_the_limits(container["resources"])


def fill_pod_template(template: dict[str, Any]) -> None:
    """The defaults of a workload's `template`."""
    template.setdefault("metadata", {})
    fill_pod_spec(template.setdefault("spec", {}))


def fill_pod_spec(spec: dict[str, Any]) -> None:
    """What both have."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    _mirror_service_account(spec)
    for container in _containers(spec):
        _fill_container(container, is_host_network=bool(spec.get("hostNetwork")))
    for volume in spec.get("volumes") or ():
        _fill_volume(volume)


def _containers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or ()


def _mirror_service_account(spec: dict[str, Any]) -> None:
    """`serviceAccount` is the old name of `serviceAccountName`; both are always shown."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _fill_container(container: dict[str, Any], *, is_host_network: bool) -> None:
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image", "")))
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("resources", {})
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if is_host_network and "containerPort" in port:
            port.setdefault("hostPort", port["containerPort"])
    for variable in container.get("env") or ():
        _fill_field_ref(variable.get("valueFrom"))
    for name in _PROBES:
        if container.get(name) is not None:
            _fill_probe(container[name])
    lifecycle = container.get("lifecycle") or {}
    for hook in ("postStart", "preStop"):
        _fill_http(lifecycle.get(hook))


def _pull_policy(image: str) -> str:
    name, _, digest = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    if colon:
        return "Always" if tag == "latest" else "IfNotPresent"
    return "IfNotPresent" if digest else "Always"


def _fill_probe(probe: dict[str, Any]) -> None:
    for field, value in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        # A zero is an absent field to Kubernetes.
        probe[field] = probe.get(field) or value
    _fill_http(probe)
    if isinstance(probe.get("grpc"), dict):
        probe["grpc"].setdefault("service", "")


def _fill_http(handler: dict[str, Any] | None) -> None:
    action = (handler or {}).get("httpGet")
    if isinstance(action, dict):
        action["path"] = action.get("path") or "/"
        action["scheme"] = action.get("scheme") or "HTTP"


def _fill_field_ref(source: dict[str, Any] | None) -> None:
    reference = (source or {}).get("fieldRef")
    if isinstance(reference, dict):
        reference.setdefault("apiVersion", "v1")


def _request_the_limits(resources: dict[str, Any]) -> None:
    limits = resources.get("limits")
    if not limits:
        return
    requests = resources.setdefault("requests", {})
    for name, limit in limits.items():
        requests.setdefault(name, limit)


def _fill_volume(volume: dict[str, Any]) -> None:
    if not any(field != "name" for field in volume):
        volume["emptyDir"] = {}
    for field in ("secret", "configMap", "downwardAPI", "projected"):
        if isinstance(volume.get(field), dict):
            volume[field].setdefault("defaultMode", VOLUME_MODE)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")
    for item in (volume.get("downwardAPI") or {}).get("items") or ():
        _fill_field_ref(item)
    for source in (volume.get("projected") or {}).get("sources") or ():
        for item in (source.get("downwardAPI") or {}).get("items") or ():
            _fill_field_ref(item)
        if isinstance(source.get("serviceAccountToken"), dict):
            source["serviceAccountToken"].setdefault("expirationSeconds", TOKEN_EXPIRATION_S)
