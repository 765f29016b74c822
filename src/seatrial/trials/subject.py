"""What exactly is put to trial: one workload, and the traffic that reaches it. Pure.

Does: finds Deployments, the Services that select them and the traffic that makes sense, from the
manifests and the settings.
Holds: everything comes from the manifests; what is not said there is derived by a rule a reader can
repeat: the Service's first TCP port; the path of the readiness probe (else the liveness probe, else
"/") of the container that serves that port.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.api.objects import Object, name_of, spec_of
from seatrial.trials.application import Application
from seatrial.trials.errors import SettingsError
from seatrial.trials.settings import Budgets, TrafficSettings

GRACE_DEFAULT_S = 30


@dataclass(frozen=True, slots=True)
class Target:
    """What the driver asks of one Service."""

    service: str
    port: int
    path: str
    traffic: TrafficSettings
    # Without an expectation of the user, 4xx is an answer like any other.
    status_below: int = 400


@dataclass(frozen=True, slots=True)
class Subject:
    """One Deployment under trial."""

    application: str
    deployment: Object
    place: str
    target: Target | None
    budgets: Budgets

    @property
    def name(self) -> str:
        """The Deployment's name."""
        return name_of(self.deployment)

    @property
    def object(self) -> str:
        """As findings name it."""
        return f"Deployment/{self.name}"

    @property
    def replicas(self) -> int:
        """As the manifest says; 1 where it does not."""
        return int(spec_of(self.deployment).get("replicas", 1))

    @property
    def pod_spec(self) -> dict[str, Any]:
        """The template's `spec`."""
        return template_of(self.deployment).get("spec") or {}

    @property
    def grace_period_s(self) -> int:
        """Of its pods."""
        return int(self.pod_spec.get("terminationGracePeriodSeconds", GRACE_DEFAULT_S))

    @property
    def container(self) -> dict[str, Any]:
        """The container that serves the traffic; the first one where none says so."""
        wanted = self.target.port if self.target else None
        return serving_container(self.pod_spec, wanted)

    @property
    def has_readiness_probe(self) -> bool:
        """Has the serving container one?"""
        return "readinessProbe" in self.container


def template_of(workload: Object) -> dict[str, Any]:
    """`spec.template`, `{}` when there is none."""
    return spec_of(workload).get("template") or {}


def find_subjects(application: Application) -> tuple[Subject, ...]:
    """Every Deployment of the application, with its traffic. Raises SettingsError."""
    objects = [manifest.object for manifest in application.manifests]
    services = [each for each in objects if each.get("kind") == "Service"]
    _refuse_unknown_services(services, application.settings.traffic)
    return tuple(
        Subject(
            application=application.name,
            deployment=each,
            place=application.place_of("Deployment", name_of(each)),
            target=derive_target(each, services, application.settings.traffic),
            budgets=application.settings.budgets,
        )
        for each in objects
        if each.get("kind") == "Deployment"
    )


def derive_target(
    workload: Object, services: Sequence[Object], settings: Sequence[TrafficSettings]
) -> Target | None:
    """The traffic for a workload; None when no Service with a TCP port selects it."""
    for service in services:
        if not selects(service, workload):
            continue
        traffic = _settings_for(name_of(service), len(services), settings)
        port = _service_port(service, traffic)
        if port is None:
            continue
        container = serving_container(template_of(workload).get("spec") or {}, _target_port(port))
        path = traffic.path or probe_path(container)
        return Target(
            service=name_of(service),
            port=int(port["port"]),
            path=path or "/",
            traffic=traffic,
            status_below=400 if path else 500,
        )
    return None


def selects(service: Object, workload: Object) -> bool:
    """Does the Service's selector match the workload's pods?"""
    selector = spec_of(service).get("selector") or {}
    labels = (template_of(workload).get("metadata") or {}).get("labels") or {}
    return bool(selector) and selector.items() <= labels.items()


def serving_container(pod_spec: dict[str, Any], port: int | str | None) -> dict[str, Any]:
    """The container that declares the port (number or name), else the first; `{}` without any."""
    containers: list[dict[str, Any]] = pod_spec.get("containers") or [{}]
    for container in containers:
        for each in container.get("ports") or ():
            if port is not None and port in (each.get("containerPort"), each.get("name")):
                return container
    return containers[0]


def probe_path(container: dict[str, Any]) -> str:
    """The path that the container's own probes ask for, readiness first; ""."""
    for probe in ("readinessProbe", "livenessProbe"):
        path = ((container.get(probe) or {}).get("httpGet") or {}).get("path")
        if path:
            return str(path)
    return ""


def _settings_for(
    service: str, services_count: int, settings: Iterable[TrafficSettings]
) -> TrafficSettings:
    for each in settings:
        if each.service == service or (not each.service and services_count == 1):
            return each
    return TrafficSettings()


def _service_port(service: Object, traffic: TrafficSettings) -> dict[str, Any] | None:
    ports = [
        port
        for port in spec_of(service).get("ports") or ()
        if port.get("protocol", "TCP") == "TCP" and "port" in port
    ]
    if traffic.port is None:
        return ports[0] if ports else None
    for port in ports:
        if traffic.port in (port["port"], port.get("name")):
            return dict(port)
    raise SettingsError(
        f"traffic.port {traffic.port!r} is no TCP port of Service {name_of(service)}",
        remedy="it has " + ", ".join(str(port["port"]) for port in ports),
    )


def _target_port(port: dict[str, Any]) -> int | str:
    target: int | str = port.get("targetPort", port["port"])
    return target


def _refuse_unknown_services(
    services: Sequence[Object], settings: Sequence[TrafficSettings]
) -> None:
    names = [name_of(service) for service in services]
    for each in settings:
        if each.service and each.service not in names:
            raise SettingsError(
                f"traffic.service {each.service!r} is no Service of the application",
                remedy=f"it has {', '.join(names) or 'none'}",
            )
