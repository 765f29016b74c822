"""Whatever makes pods, seen through one pair of glasses.

Does: finds the pod template of every kind that has one, and its containers with their paths.
Holds: defaults of Kubernetes are filled in by the properties here, never by each rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence

# kind → where its pod template's metadata and spec are below.
TEMPLATES: Mapping[str, FieldPath] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
# Those that keep a number of pods running for ever.
SCALABLE = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})
LASTING = SCALABLE | {"DaemonSet", "Pod"}
GRACE_PERIOD_S = 30  # core/v1 defaults

Role = Literal["main", "init", "sidecar"]
ProbeName = Literal["readinessProbe", "livenessProbe", "startupProbe"]


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe with Kubernetes' defaults filled in."""

    value: Mapping[str, Any]
    path: FieldPath

    def number(self, name: str, default: int) -> int:
        found = self.value.get(name)
        return found if isinstance(found, int) and not isinstance(found, bool) else default

    @property
    def initial_delay_s(self) -> int:
        return self.number("initialDelaySeconds", 0)

    @property
    def period_s(self) -> int:
        return self.number("periodSeconds", 10) or 10

    @property
    def failure_threshold(self) -> int:
        return self.number("failureThreshold", 3) or 3

    @property
    def budget_s(self) -> int:
        """How long a process may fail this probe from its start on before it is killed."""
        return self.initial_delay_s + self.period_s * self.failure_threshold

    @property
    def handler(self) -> tuple[str, Mapping[str, Any]]:
        """`("httpGet", {...})`; `("", {})` without one."""
        return handler_of(self.value)


def handler_of(value: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Which of exec, httpGet, tcpSocket, grpc, sleep a probe or hook uses."""
    for name in ("exec", "httpGet", "tcpSocket", "grpc", "sleep"):
        if name in value:
            return name, mapping(value[name])
    return "", {}


@dataclass(frozen=True)
class Container:
    """One container of a pod template."""

    value: Mapping[str, Any]
    path: FieldPath
    role: Role

    @property
    def name(self) -> str:
        name = self.value.get("name")
        return name if isinstance(name, str) else ""

    @property
    def image(self) -> str:
        image = self.value.get("image")
        return image if isinstance(image, str) else ""

    @property
    def words(self) -> tuple[str, ...]:
        """command and args, one after the other; () where the image decides."""
        both = [*sequence(self.value.get("command")), *sequence(self.value.get("args"))]
        return tuple(str(word) for word in both)

    @property
    def env(self) -> Mapping[str, str]:
        """The variables with a plain value."""
        return {
            str(each.get("name")): str(each["value"])
            for each in map(mapping, sequence(self.value.get("env")))
            if each.get("value") is not None
        }

    @property
    def ports(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(map(mapping, sequence(self.value.get("ports"))))

    def probe(self, name: ProbeName) -> Probe | None:
        value = self.value.get(name)
        return Probe(value, (*self.path, name)) if isinstance(value, dict) else None

    def hook(self, name: Literal["postStart", "preStop"]) -> Mapping[str, Any] | None:
        """The hook's value; None without one."""
        value = mapping(self.value.get("lifecycle")).get(name)
        return value if isinstance(value, dict) else None

    def hook_path(self, name: Literal["postStart", "preStop"]) -> FieldPath:
        return (*self.path, "lifecycle", name)

    def port_number(self, port: object) -> int | None:
        """The number of a port given by number or by the name of one of `ports`."""
        if isinstance(port, int):
            return port
        numbers = (each.get("containerPort") for each in self.ports if each.get("name") == port)
        return next((each for each in numbers if isinstance(each, int)), None)


@dataclass(frozen=True)
class Workload:
    """A manifest that makes pods, and the template it makes them from."""

    manifest: Manifest
    template_path: FieldPath

    @property
    def kind(self) -> str:
        return self.manifest.kind

    @property
    def is_lasting(self) -> bool:
        """Its pods are meant to run for ever: no Job."""
        return self.kind in LASTING

    @cached_property
    def template(self) -> Mapping[str, Any]:
        here: object = self.manifest.value
        for step in self.template_path:
            here = mapping(here).get(str(step))
        return mapping(here)

    @property
    def labels(self) -> Mapping[str, str]:
        """Of the pods."""
        return mapping(mapping(self.template.get("metadata")).get("labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the pods, over those of the workload itself."""
        own = mapping(mapping(self.template.get("metadata")).get("annotations"))
        return {**self.manifest.annotations, **own}

    @property
    def pod_spec(self) -> Mapping[str, Any]:
        return mapping(self.template.get("spec"))

    def pod_path(self, *more: str | int) -> FieldPath:
        """The path of a field of the pod's spec: `pod_path("volumes", 0)`."""
        return (*self.template_path, "spec", *more)

    @property
    def grace_period_s(self) -> int:
        value = self.pod_spec.get("terminationGracePeriodSeconds")
        return value if isinstance(value, int) else GRACE_PERIOD_S

    @property
    def replicas(self) -> int | None:
        """How many pods there are meant to be; None where no number says so."""
        if self.kind == "Pod":
            return 1
        if self.kind not in SCALABLE:
            return None
        value = self.manifest.spec.get("replicas")
        return value if isinstance(value, int) else 1

    @cached_property
    def all_containers(self) -> tuple[Container, ...]:
        """Init containers, sidecars, main containers."""
        return tuple(self._containers("initContainers")) + tuple(self._containers("containers"))

    @property
    def containers(self) -> tuple[Container, ...]:
        """Those that live as long as the pod: main containers and sidecars."""
        return tuple(each for each in self.all_containers if each.role != "init")

    @property
    def main_containers(self) -> tuple[Container, ...]:
        return tuple(each for each in self.all_containers if each.role == "main")

    @property
    def init_containers(self) -> tuple[Container, ...]:
        return tuple(each for each in self.all_containers if each.role == "init")

    @property
    def volumes(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(map(mapping, sequence(self.pod_spec.get("volumes"))))

    def _containers(self, field: str) -> Iterator[Container]:
        for index, value in enumerate(sequence(self.pod_spec.get(field))):
            if isinstance(value, dict):
                is_sidecar = field == "initContainers" and value.get("restartPolicy") == "Always"
                role: Role = "main" if field == "containers" else "init"
                yield Container(
                    value, self.pod_path(field, index), "sidecar" if is_sidecar else role
                )


def workload_of(manifest: Manifest) -> Workload | None:
    """The manifest as a maker of pods; None when it makes none."""
    path = TEMPLATES.get(manifest.kind)
    return None if path is None else Workload(manifest, path)
