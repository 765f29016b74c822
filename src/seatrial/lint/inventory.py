"""Who selects, mounts, targets and disrupts whom, over all manifests of one run.

Does: answers questions about relations between objects; knows which of them were given at all.
Does not: judge.
Holds: objects of different namespaces never meet; a manifest without a namespace is in a namespace
of its own, "" (all of them go where the user's kubeconfig says).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from seatrial.api.selectors import Selector, SelectorError
from seatrial.lint.labels import selector_in
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.workload import Container, Workload, workload_of

# Labels that the StatefulSet controller gives to each pod; no template has them.
POD_NAME = "statefulset.kubernetes.io/pod-name"
MEMBER_LABELS = frozenset({POD_NAME, "apps.kubernetes.io/pod-index"})


@dataclass(frozen=True)
class Inventory:
    """All manifests, and their relations."""

    manifests: tuple[Manifest, ...]
    # Objects the user says are there without being among the manifests: "Secret/db-password",
    # "Secret/*", "ConfigMap/shared".
    given: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Every maker of pods."""
        found = map(workload_of, self.manifests)
        return tuple(each for each in found if each is not None)

    def of_kind(self, *kinds: str) -> tuple[Manifest, ...]:
        """All manifests of these kinds, in the order they were given."""
        return tuple(each for kind in kinds for each in self._by_kind.get(kind, ()))

    def find(self, kind: str, name: str, namespace: str) -> Manifest | None:
        """The object of this name; None when it is not among the manifests."""
        return self._by_name.get((kind, name, namespace))

    def exists(self, kind: str, name: str, namespace: str) -> bool:
        """It is among the manifests, or was declared as given."""
        names = (f"{kind}/{name}", f"{kind}/*")
        return self.find(kind, name, namespace) is not None or any(
            each in self.given for each in names
        )

    def remember(self, key: object, make: Callable[[], Any]) -> Any:
        """What `make` makes, made once for this inventory and key, by whoever asks first."""
        if key not in self._remembered:
            self._remembered[key] = make()
        return self._remembered[key]

    # Services

    def services_of(self, workload: Workload) -> tuple[Manifest, ...]:
        """The Services that select the workload's pods."""
        return self._services_of.get(id(workload.manifest), ())

    def workloads_behind(self, service: Manifest) -> tuple[Workload, ...]:
        """The workloads whose pods the Service selects."""
        return self._behind.get(id(service), ())

    def workloads_labelled(self, namespace: str, labels: Mapping[str, Any]) -> tuple[Workload, ...]:
        """The workloads whose pods carry all of these labels; () for no labels at all."""
        if not labels:
            return ()
        found = (self._by_label.get((namespace, str(k), str(v)), []) for k, v in labels.items())
        rarest = min(found, key=len)
        return tuple(
            each
            for each in rarest
            if all(each.labels.get(key) == value for key, value in labels.items())
        )

    def served_ports(self, workload: Workload) -> Iterator["ServedPort"]:
        """Every port of every Service that reaches a container of the workload."""
        for service in self.services_of(workload):
            for index, port in enumerate(sequence(service.spec.get("ports"))):
                wanted = mapping(port).get("targetPort", mapping(port).get("port"))
                container, number = _target(workload, wanted)
                yield ServedPort(service, index, mapping(port), container, number)

    def serving_containers(self, workload: Workload) -> tuple[Container, ...]:
        """Containers that a Service sends requests to; the first one where no port says which."""
        if not self.services_of(workload):
            return ()
        found = [port.container for port in self.served_ports(workload) if port.container]
        return tuple({each.path: each for each in found}.values()) or workload.main_containers[:1]

    @cached_property
    def fixed_addresses(self) -> frozenset[str]:
        """Addresses that Services have by their own wish, not by an allocator's."""
        return frozenset(
            str(address)
            for service in self.of_kind("Service")
            for address in (
                service.spec.get("clusterIP"),
                service.spec.get("loadBalancerIP"),
                *sequence(service.spec.get("clusterIPs")),
                *sequence(service.spec.get("externalIPs")),
            )
            if address
        )

    # Volumes

    def claims_mounted(self, namespace: str) -> frozenset[str]:
        """The names of the claims that some workload mounts; not those of claim templates."""
        return self._claims_mounted.get(namespace, frozenset())

    # Disruption and scale

    def disruption_budgets_of(self, workload: Workload) -> tuple[Manifest, ...]:
        """The PodDisruptionBudgets that select the workload's pods."""
        return self._budgets_of.get(id(workload.manifest), ())

    def workloads_disrupted_by(self, budget: Manifest) -> tuple[Workload, ...]:
        """The workloads whose pods the PodDisruptionBudget selects."""
        return self._disrupted_by.get(id(budget), ())

    def autoscaler_of(self, workload: Workload) -> Manifest | None:
        """The HorizontalPodAutoscaler whose scaleTargetRef names the workload."""
        manifest = workload.manifest
        return self._autoscalers.get((manifest.kind, manifest.name, manifest.namespace))

    def replicas_at_least(self, workload: Workload) -> int | None:
        """The fewest replicas that are meant to be: of the autoscaler, else of the workload."""
        autoscaler = self.autoscaler_of(workload)
        if autoscaler is None:
            return workload.replicas
        fewest = autoscaler.spec.get("minReplicas", 1)
        return fewest if isinstance(fewest, int) else 1

    def replicas_at_most(self, workload: Workload) -> int | None:
        """The most replicas that are meant to be: of the autoscaler, else of the workload."""
        autoscaler = self.autoscaler_of(workload)
        most = workload.replicas if autoscaler is None else autoscaler.spec.get("maxReplicas")
        return most if isinstance(most, int) else workload.replicas

    @cached_property
    def _claims_mounted(self) -> Mapping[str, frozenset[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for workload in self.workloads:
            for volume in workload.volumes:
                name = mapping(volume.get("persistentVolumeClaim")).get("claimName")
                if name is not None:
                    index[workload.manifest.namespace].add(str(name))
        return {namespace: frozenset(names) for namespace, names in index.items()}

    @cached_property
    def _remembered(self) -> dict[object, Any]:
        return {}

    @cached_property
    def _by_label(self) -> Mapping[tuple[str, str, str], list[Workload]]:
        index: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            for key, value in workload.labels.items():
                index[workload.manifest.namespace, str(key), str(value)].append(workload)
        return index

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Manifest]]:
        index: dict[str, list[Manifest]] = defaultdict(list)
        for manifest in self.manifests:
            index[manifest.kind].append(manifest)
        return index

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], Manifest]:
        return {(each.kind, each.name, each.namespace): each for each in self.manifests}

    @cached_property
    def _services_of(self) -> Mapping[int, tuple[Manifest, ...]]:
        """Worked out once for all workloads: a thousand of each must not be a million matches."""
        by_label: dict[tuple[str, str, str], list[Manifest]] = defaultdict(list)
        for service in self.of_kind("Service"):
            selector = mapping(service.spec.get("selector"))
            if selector and service.spec.get("type") != "ExternalName":
                own = (each for each in selector.items() if each[0] not in MEMBER_LABELS)
                key, value = next(own, ("", ""))
                by_label[service.namespace, str(key), str(value)].append(service)
        return {id(each.manifest): tuple(_services(each, by_label)) for each in self.workloads}

    @cached_property
    def _behind(self) -> Mapping[int, tuple[Workload, ...]]:
        return _turned(self.workloads, self.services_of)

    @cached_property
    def _budgets_of(self) -> Mapping[int, tuple[Manifest, ...]]:
        """As `_services_of`; budgets whose selectors have no labels are tried one by one."""
        by_label: dict[tuple[str, str, str], list[tuple[Selector, Manifest]]] = defaultdict(list)
        for budget in self.of_kind("PodDisruptionBudget"):
            selector = _object_selector(budget.spec.get("selector"))
            if selector is not None:
                labels = mapping(mapping(budget.spec.get("selector")).get("matchLabels"))
                key, value = next(iter(labels.items()), ("", ""))
                by_label[budget.namespace, str(key), str(value)].append((selector, budget))
        return {id(each.manifest): tuple(_budgets(each, by_label)) for each in self.workloads}

    @cached_property
    def _disrupted_by(self) -> Mapping[int, tuple[Workload, ...]]:
        return _turned(self.workloads, self.disruption_budgets_of)

    @cached_property
    def _autoscalers(self) -> Mapping[tuple[str, str, str], Manifest]:
        index: dict[tuple[str, str, str], Manifest] = {}
        for each in self.of_kind("HorizontalPodAutoscaler"):
            target = mapping(each.spec.get("scaleTargetRef"))
            key = (str(target.get("kind")), str(target.get("name")), each.namespace)
            index.setdefault(key, each)
        return index


def _turned(
    workloads: Iterable[Workload], related: Callable[[Workload], Iterable[Manifest]]
) -> Mapping[int, tuple[Workload, ...]]:
    """From objects of workloads to workloads of objects."""
    index: dict[int, list[Workload]] = defaultdict(list)
    for workload in workloads:
        for manifest in related(workload):
            index[id(manifest)].append(workload)
    return {key: tuple(found) for key, found in index.items()}


@dataclass(frozen=True)
class ServedPort:
    """A port of a Service, and where it leads."""

    service: Manifest
    index: int  # in the Service's spec.ports
    port: Mapping[str, object]
    container: Container | None  # None: no container declares it
    number: int | None  # None: a name that no container has


def _services(
    workload: Workload, by_label: Mapping[tuple[str, str, str], list[Manifest]]
) -> Iterator[Manifest]:
    labels = workload.labels
    for key, value in (*labels.items(), ("", "")):
        for service in by_label.get((workload.manifest.namespace, str(key), str(value)), ()):
            selector = mapping(service.spec.get("selector"))
            if all(
                labels.get(name) == wanted or _is_label_of_member(workload, name, wanted)
                for name, wanted in selector.items()
            ):
                yield service


def _is_label_of_member(workload: Workload, name: str, value: object) -> bool:
    """One of the workload's pods is given this label by the StatefulSet controller."""
    if workload.kind != "StatefulSet" or name not in MEMBER_LABELS:
        return False
    ordinal = str(value).removeprefix(f"{workload.manifest.name}-" if name == POD_NAME else "")
    return ordinal.isdecimal()


def _budgets(
    workload: Workload, by_label: Mapping[tuple[str, str, str], list[tuple[Selector, Manifest]]]
) -> Iterator[Manifest]:
    for key, value in (*workload.labels.items(), ("", "")):
        for selector, budget in by_label.get(
            (workload.manifest.namespace, str(key), str(value)), ()
        ):
            if selector.matches(workload.labels):
                yield budget


def _target(workload: Workload, wanted: object) -> tuple[Container | None, int | None]:
    for container in workload.containers:
        number = container.port_number(wanted)
        if any(number == each.get("containerPort") for each in container.ports):
            return container, number
    return None, wanted if isinstance(wanted, int) else None


def _object_selector(value: object) -> Selector | None:
    """None for one that is absent, or that the API server would refuse."""
    try:
        return selector_in(value)
    except SelectorError:
        return None


def inventory_of(manifests: Iterable[Manifest], given: Iterable[str] = ()) -> Inventory:
    """The inventory of these manifests."""
    return Inventory(tuple(manifests), frozenset(given))
