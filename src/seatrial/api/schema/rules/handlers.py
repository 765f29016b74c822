"""Rules of probes and lifecycle hooks."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.schema.rules.numbers import non_negative

_PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")


def check_probes(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """All three probes of a container."""
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(name) is not None:
            yield from _probe(name, container[name], f"{path}.{name}")


def _probe(name: str, probe: Mapping[str, Any], path: str) -> Iterator[Cause]:
    yield from _handler(probe, _PROBE_HANDLERS, path)
    numbers = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
               "failureThreshold")  # fmt: skip
    yield from non_negative(probe, *numbers, path=path)
    if name != "readinessProbe" and probe.get("successThreshold", 1) != 1:
        yield causes.invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1")
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is None:
        return
    if name == "readinessProbe":
        detail = "must not be set for readinessProbes"
        yield causes.invalid(f"{path}.terminationGracePeriodSeconds", grace, detail)
    elif grace <= 0:
        detail = "must be greater than 0"
        yield causes.invalid(f"{path}.terminationGracePeriodSeconds", grace, detail)


def check_lifecycle(
    lifecycle: Mapping[str, Any], path: str, *, grace_period_s: int
) -> Iterator[Cause]:
    """Both hooks of a container."""
    for name in ("postStart", "preStop"):
        hook = lifecycle.get(name)
        if hook is None:
            continue
        yield from _handler(hook, _HOOK_HANDLERS, f"{path}.{name}")
        if hook.get("sleep") is not None:
            seconds = hook["sleep"].get("seconds", 0)
            if not 0 <= seconds <= grace_period_s:
                detail = (
                    "must be non-negative and less than or equal to "
                    f"terminationGracePeriodSeconds ({grace_period_s})"
                )
                yield causes.invalid(f"{path}.{name}.sleep.seconds", seconds, detail)


def _handler(holder: Mapping[str, Any], known: tuple[str, ...], path: str) -> Iterator[Cause]:
    set_handlers = [name for name in known if holder.get(name) is not None]
    if not set_handlers:
        yield causes.required(path, "must specify a handler type")
    for name in set_handlers[1:]:
        detail = "may not specify more than 1 handler type"
        yield causes.forbidden(f"{path}.{name}", detail)
    for name in set_handlers[:1]:
        yield from _HANDLERS[name](holder[name], f"{path}.{name}")


def _exec(action: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not action.get("command"):
        yield causes.required(f"{path}.command")


def _http(action: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not action.get("path"):
        yield causes.required(f"{path}.path")
    yield from check_port_reference(action.get("port", 0), f"{path}.port")
    if action.get("scheme") not in {"HTTP", "HTTPS"}:
        yield causes.unsupported(f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS"))
    for at, header in enumerate(action.get("httpHeaders") or ()):
        name = header.get("name", "")
        if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
            detail = (
                "a valid HTTP header must consist of alphanumeric characters or '-' "
                "(e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
            )
            yield causes.invalid(f"{path}.httpHeaders[{at}].name", name, detail)


def _tcp(action: Mapping[str, Any], path: str) -> Iterator[Cause]:
    yield from check_port_reference(action.get("port", 0), f"{path}.port")


def _grpc(action: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if wrong := names.explain_port_number(action.get("port", 0)):
        yield causes.invalid(f"{path}.port", action.get("port", 0), wrong)


def _sleep(_action: Mapping[str, Any], _path: str) -> Iterator[Cause]:
    """Its seconds are compared with the grace period by the caller, who knows it."""
    return iter(())


_HANDLERS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc, "sleep": _sleep}


def check_port_reference(port: int | str, path: str) -> Iterator[Cause]:
    """A port by number or by name."""
    wrong = (
        names.explain_port_number(port) if isinstance(port, int) else names.explain_port_name(port)
    )
    if wrong:
        yield causes.invalid(path, port, wrong)
