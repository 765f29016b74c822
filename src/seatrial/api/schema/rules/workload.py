"""Rules of Deployments and ReplicaSets."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names, selectors
from seatrial.api.causes import Cause
from seatrial.api.objects import Object, spec_of
from seatrial.api.schema.rules.metadata import immutable
from seatrial.api.schema.rules.numbers import (
    non_negative,
    number_or_percent,
    percent_at_most_100,
)
from seatrial.api.schema.rules.pod import check_pod_template

_STRATEGIES = ("Recreate", "RollingUpdate")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check_deployment(obj: Object) -> Iterator[Cause]:
    """A Deployment."""
    spec = spec_of(obj)
    yield from _replicas_and_selector(spec, "deployment")
    numbers = ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    yield from non_negative(spec, *numbers, path="spec")
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if deadline is not None and 0 <= deadline <= ready:
        detail = "must be greater than minReadySeconds"
        yield causes.invalid("spec.progressDeadlineSeconds", deadline, detail)
    yield from _strategy(spec.get("strategy") or {})


def check_replica_set(obj: Object) -> Iterator[Cause]:
    """A ReplicaSet."""
    yield from _replicas_and_selector(spec_of(obj), "replicaset")
    yield from non_negative(spec_of(obj), "minReadySeconds", path="spec")


def check_selector_update(new: Object, old: Object) -> Iterator[Cause]:
    """The selector of a workload stays."""
    fresh = spec_of(new).get("selector")
    if fresh != spec_of(old).get("selector"):
        yield immutable("spec.selector", fresh)


def _replicas_and_selector(spec: Mapping[str, Any], kind: str) -> Iterator[Cause]:
    yield from non_negative(spec, "replicas", path="spec")
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    yield from _selector(spec.get("selector"), labels, kind)
    yield from check_pod_template(template, "spec.template")
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy in {"OnFailure", "Never"}:
        yield causes.unsupported("spec.template.spec.restartPolicy", policy, ("Always",))
    if (template.get("spec") or {}).get("activeDeadlineSeconds") is not None:
        detail = "activeDeadlineSeconds in ReplicaSet is not Supported"
        yield causes.forbidden("spec.template.spec.activeDeadlineSeconds", detail)


def _selector(
    selector: Mapping[str, Any] | None, labels: Mapping[str, str], kind: str
) -> Iterator[Cause]:
    if selector is None:
        yield causes.required("spec.selector")
        return
    wrong = list(check_label_selector(selector, "spec.selector"))
    yield from wrong
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        detail = f"empty selector is invalid for {kind}"
        yield causes.invalid("spec.selector", dict(selector), detail)
    elif not wrong and not selectors.from_object(selector).matches(labels):
        detail = "`selector` does not match template `labels`"
        yield causes.invalid("spec.template.metadata.labels", dict(labels), detail)


def check_label_selector(selector: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """A selector in its object form."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if wrong := names.explain_qualified_name(key):
            yield causes.invalid(f"{path}.matchLabels", key, wrong)
        if wrong := names.explain_label_value(value):
            yield causes.invalid(f"{path}.matchLabels", value, wrong)
    for at, expression in enumerate(selector.get("matchExpressions") or ()):
        yield from _expression(expression, f"{path}.matchExpressions[{at}]")


def _expression(expression: Mapping[str, Any], path: str) -> Iterator[Cause]:
    operator, values = expression.get("operator", ""), expression.get("values") or []
    if operator not in _OPERATORS:
        yield causes.invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif operator in {"In", "NotIn"} and not values:
        detail = "must be specified when `operator` is 'In' or 'NotIn'"
        yield causes.required(f"{path}.values", detail)
    elif operator in {"Exists", "DoesNotExist"} and values:
        detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield causes.forbidden(f"{path}.values", detail)
    if wrong := names.explain_qualified_name(expression.get("key", "")):
        yield causes.invalid(f"{path}.key", expression.get("key", ""), wrong)
    for at, value in enumerate(values):
        if wrong := names.explain_label_value(value):
            yield causes.invalid(f"{path}.values[{at}]", value, wrong)


def _strategy(strategy: Mapping[str, Any]) -> Iterator[Cause]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind not in _STRATEGIES:
        yield causes.unsupported("spec.strategy.type", kind, _STRATEGIES)
    elif kind == "Recreate" and rolling is not None:
        detail = "may not be specified when strategy `type` is 'Recreate'"
        yield causes.forbidden("spec.strategy.rollingUpdate", detail)
    elif kind == "RollingUpdate":
        yield from _rolling(rolling or {}, "spec.strategy.rollingUpdate")


def _rolling(rolling: Mapping[str, Any], path: str) -> Iterator[Cause]:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    yield from number_or_percent(unavailable, f"{path}.maxUnavailable")
    yield from number_or_percent(surge, f"{path}.maxSurge")
    if _is_zero(unavailable) and _is_zero(surge):
        detail = "may not be 0 when `maxSurge` is 0"
        yield causes.invalid(f"{path}.maxUnavailable", unavailable, detail)
    yield from percent_at_most_100(unavailable, f"{path}.maxUnavailable")


def _is_zero(amount: int | str) -> bool:
    return str(amount).removesuffix("%").strip("0") == ""
