"""Probes: which a container has, and how long they let it start.

Holds: a process that fails its probe from the start on is killed between `sure_s` and
`Probe.budget_s` after it: the first probe comes within one period after the initial delay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from math import ceil

from seatrial.lint.declared import declared_by
from seatrial.lint.edits import Edit, SetField
from seatrial.lint.workload import Container, Probe, ProbeName, Workload

# How much more than the declared time a start is given when we choose: nodes are busy at times.
SPARE = 2.0


def probes_of(container: Container) -> Iterator[tuple[ProbeName, Probe]]:
    """Those that there are."""
    names: tuple[ProbeName, ...] = ("startupProbe", "livenessProbe", "readinessProbe")
    for name in names:
        probe = container.probe(name)
        if probe is not None:
            yield name, probe


@dataclass(frozen=True, slots=True)
class Start:
    """What a start needs, and the probe that ends its patience first."""

    name: ProbeName
    probe: Probe
    needs_s: float

    @property
    def sure_s(self) -> int:
        """A start that takes no longer than this is never killed."""
        return self.probe.budget_s - self.probe.period_s

    def budget(self) -> str:
        """`30 s (0 + 10 x 3)`."""
        probe = self.probe
        parts = f"{probe.initial_delay_s} + {probe.period_s} x {probe.failure_threshold}"
        return f"{probe.budget_s} s ({parts})"


def start_of(workload: Workload, container: Container) -> Start | None:
    """None where no start-up time is declared, or no probe can kill."""
    needs_s = declared_by(workload).start_time_s
    if needs_s is None:
        return None
    startup, live = container.probe("startupProbe"), container.probe("livenessProbe")
    if startup is not None:
        return Start("startupProbe", startup, needs_s)
    return Start("livenessProbe", live, needs_s) if live is not None else None


def give_time(start: Start, container: Container) -> tuple[Edit, ...]:
    """A startup probe that is sure to wait for twice the declared time."""
    probe = start.probe
    is_startup = start.name == "startupProbe"
    delay_s = probe.initial_delay_s if is_startup else 0
    failures = max(0, ceil((start.needs_s * SPARE - delay_s) / probe.period_s)) + 1
    if is_startup:
        return (SetField((*probe.path, "failureThreshold"), failures),)
    handler, action = probe.handler
    if not handler:
        return ()
    startup = {handler: dict(action), "periodSeconds": probe.period_s, "failureThreshold": failures}
    if "timeoutSeconds" in probe.value:
        startup["timeoutSeconds"] = probe.value["timeoutSeconds"]
    return (SetField((*container.path, "startupProbe"), startup),)


def is_the_node(host: object) -> bool:
    """`localhost` and its addresses, as a host that the kubelet asks."""
    if not isinstance(host, str):
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
