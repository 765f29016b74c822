"""Rules of pods and pod templates."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.objects import Object, spec_of
from seatrial.api.schema.rules.containers import check_containers
from seatrial.api.schema.rules.metadata import check_labels
from seatrial.api.schema.rules.volumes import check_volumes

_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_OPERATORS = ("Equal", "Exists", "Gt", "Lt")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

UPDATE_REFUSAL = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)


def check_pod(pod: Object) -> Iterator[Cause]:
    """A pod."""
    yield from check_pod_spec(spec_of(pod), "spec")


def check_pod_spec(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """The spec of a pod or a template."""
    grace = spec.get("terminationGracePeriodSeconds", 30)
    yield from check_volumes(spec.get("volumes") or [], f"{path}.volumes")
    yield from check_containers(spec, path, grace_period_s=grace)
    yield from _policies(spec, path)
    yield from _names(spec, path)
    yield from check_labels(spec.get("nodeSelector") or {}, f"{path}.nodeSelector")
    if grace < 0:
        detail = "must be greater than or equal to 0"
        yield causes.invalid(f"{path}.terminationGracePeriodSeconds", grace, detail)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline < 2**31:
        detail = "must be between 1 and 2147483647, inclusive"
        yield causes.invalid(f"{path}.activeDeadlineSeconds", deadline, detail)
    for at, toleration in enumerate(spec.get("tolerations") or ()):
        yield from _toleration(toleration, f"{path}.tolerations[{at}]")
    for at, gate in enumerate(spec.get("readinessGates") or ()):
        if wrong := names.explain_qualified_name(gate.get("conditionType", "")):
            place = f"{path}.readinessGates[{at}].conditionType"
            yield causes.invalid(place, gate.get("conditionType", ""), wrong)


def _policies(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    restart, dns = spec.get("restartPolicy", ""), spec.get("dnsPolicy", "")
    if not restart:
        yield causes.required(f"{path}.restartPolicy")
    elif restart not in _RESTART_POLICIES:
        yield causes.unsupported(f"{path}.restartPolicy", restart, _RESTART_POLICIES)
    if not dns:
        yield causes.required(f"{path}.dnsPolicy")
    elif dns not in _DNS_POLICIES:
        yield causes.unsupported(f"{path}.dnsPolicy", dns, _DNS_POLICIES)
    if dns == "None" and not (spec.get("dnsConfig") or {}).get("nameservers"):
        detail = 'must provide at least one DNS nameserver when `dnsPolicy` is "None"'
        yield causes.required(f"{path}.dnsConfig.nameservers", detail)


def _names(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    rules = (
        ("serviceAccountName", names.explain_dns_subdomain),
        ("nodeName", names.explain_dns_subdomain),
        ("schedulerName", names.explain_dns_subdomain),
        ("priorityClassName", names.explain_dns_subdomain),
        ("hostname", names.explain_dns_label),
        ("subdomain", names.explain_dns_label),
    )
    for field, explain in rules:
        if spec.get(field) and (wrong := explain(spec[field])):
            yield causes.invalid(f"{path}.{field}", spec[field], wrong)


def _toleration(toleration: Mapping[str, Any], path: str) -> Iterator[Cause]:
    key, operator = toleration.get("key", ""), toleration.get("operator") or "Equal"
    if key and (wrong := names.explain_qualified_name(key)):
        yield causes.invalid(f"{path}.key", key, wrong)
    if not key and operator != "Exists":
        detail = (
            "operator must be Exists when `key` is empty, "
            'which means "match all values and all keys"'
        )
        yield causes.invalid(f"{path}.operator", operator, detail)
    if operator not in _OPERATORS:
        yield causes.unsupported(f"{path}.operator", operator, _OPERATORS)
    if operator == "Exists" and toleration.get("value"):
        detail = "value must be empty when `operator` is 'Exists'"
        yield causes.invalid(f"{path}.operator", dict(toleration), detail)
    effect = toleration.get("effect", "")
    if effect and effect not in _EFFECTS:
        yield causes.unsupported(f"{path}.effect", effect, _EFFECTS)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield causes.invalid(f"{path}.effect", effect, detail)


def check_pod_template(template: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """A workload's `template`."""
    labels = (template.get("metadata") or {}).get("labels") or {}
    yield from check_labels(labels, f"{path}.metadata.labels")
    yield from check_pod_spec(template.get("spec") or {}, f"{path}.spec")


def check_pod_update(new: Object, old: Object) -> Iterator[Cause]:
    """What may change of a pod that exists: images, deadlines that shrink, more tolerations."""
    fresh, stale = spec_of(new), spec_of(old)
    if fresh == stale:
        return
    yield from _deadline_update(fresh, stale)
    yield from _toleration_update(fresh, stale)
    if _frozen(fresh, stale) != stale:
        yield causes.forbidden("spec", UPDATE_REFUSAL)


def _deadline_update(fresh: Mapping[str, Any], stale: Mapping[str, Any]) -> Iterator[Cause]:
    new, old = fresh.get("activeDeadlineSeconds"), stale.get("activeDeadlineSeconds")
    path = "spec.activeDeadlineSeconds"
    if old is not None and new is None:
        yield causes.invalid(path, None, "must not update from a positive integer to nil value")
    elif old is not None and new > old:
        yield causes.invalid(path, new, f"must be less than or equal to previous value {old}")


def _toleration_update(fresh: Mapping[str, Any], stale: Mapping[str, Any]) -> Iterator[Cause]:
    new, old = fresh.get("tolerations") or [], stale.get("tolerations") or []
    for each in old:
        # How long an existing toleration lasts may change.
        if _without_seconds(each) not in map(_without_seconds, new):
            detail = "existing toleration can not be modified except its tolerationSeconds"
            yield causes.forbidden("spec.tolerations", detail)


def _without_seconds(toleration: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _frozen(fresh: Mapping[str, Any], stale: Mapping[str, Any]) -> dict[str, Any]:
    """The new spec with its mutable fields as they were."""
    spec = copy.deepcopy(dict(fresh))
    for field in ("activeDeadlineSeconds", "tolerations"):
        spec.pop(field, None)
        if field in stale:
            spec[field] = stale[field]
    if (
        stale.get("terminationGracePeriodSeconds", 0) < 0
        and spec["terminationGracePeriodSeconds"] == 1
    ):
        spec["terminationGracePeriodSeconds"] = stale["terminationGracePeriodSeconds"]
    for field in ("containers", "initContainers"):
        for new, old in zip(spec.get(field) or (), stale.get(field) or (), strict=False):
            if "image" in old:
                new["image"] = old["image"]
    return spec
