"""Rules of requests and limits."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names, quantities
from seatrial.api.causes import Cause

_OVERCOMMITTED = {"cpu", "memory", "ephemeral-storage"}
_STANDARD = ("cpu", "ephemeral-storage", "memory")


def check_resources(resources: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """`resources` of a container (quantities are well formed already)."""
    limits = resources.get("limits") or {}
    for field in ("limits", "requests"):
        for name, amount in (resources.get(field) or {}).items():
            yield from _amount(name, amount, f"{path}.{field}")
    for name, request in (resources.get("requests") or {}).items():
        yield from _request(name, request, limits.get(name), f"{path}.requests")


def _amount(name: str, amount: str, path: str) -> Iterator[Cause]:
    if "/" in name:
        if wrong := names.explain_qualified_name(name):
            yield causes.invalid(f"{path}[{name}]", name, wrong)
        elif quantities.parse(amount).nanos % quantities.NANO:
            yield causes.invalid(f"{path}[{name}]", amount, "must be an integer")
    elif name not in _STANDARD and not name.startswith("hugepages-"):
        yield causes.invalid(path, name, "must be a standard resource for containers")
    if quantities.parse(amount).nanos < 0:
        detail = "must be greater than or equal to 0"
        yield causes.invalid(f"{path}[{name}]", amount, detail)


def _request(name: str, request: str, limit: str | None, path: str) -> Iterator[Cause]:
    if limit is None:
        if "/" in name:
            yield causes.required(
                path.replace("requests", "limits"),
                "Limit must be set for non overcommitable resources",
            )
        return
    asked, allowed = quantities.parse(request), quantities.parse(limit)
    if name not in _OVERCOMMITTED and asked != allowed:
        yield causes.invalid(path, request, f"must be equal to {name} limit of {limit}")
    elif allowed < asked:
        yield causes.invalid(
            path, request, f"must be less than or equal to {name} limit of {limit}"
        )
