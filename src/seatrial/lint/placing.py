"""Where a pod asks to be: affinity terms, and whether their selectors mean the pod itself."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from seatrial.api.selectors import SelectorError
from seatrial.lint.labels import selector_in
from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.workload import Workload

HOSTNAME = "kubernetes.io/hostname"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def required_terms(
    workload: Workload, name: Literal["podAffinity", "podAntiAffinity"]
) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Every term that the scheduler must keep, and its path."""
    affinity = mapping(mapping(workload.pod_spec.get("affinity")).get(name))
    for index, term in enumerate(sequence(affinity.get(_REQUIRED))):
        yield workload.pod_path("affinity", name, _REQUIRED, index), mapping(term)


def terms_of(
    workload: Workload, name: Literal["podAffinity", "podAntiAffinity"]
) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """The required terms, and those that the scheduler only prefers."""
    yield from required_terms(workload, name)
    affinity = mapping(mapping(workload.pod_spec.get("affinity")).get(name))
    for index, weighted in enumerate(sequence(affinity.get(_PREFERRED))):
        path = workload.pod_path("affinity", name, _PREFERRED, index)
        yield path, mapping(mapping(weighted).get("podAffinityTerm"))


def selects_itself(workload: Workload, term: Mapping[str, Any]) -> bool:
    """The term's labelSelector selects the workload's own pods. A missing one selects nothing."""
    selector = term.get("labelSelector")
    if selector is None:
        return False
    try:
        return selector_in(selector).matches(workload.labels)
    except SelectorError:
        return True  # the API server refuses it; that is another rule
