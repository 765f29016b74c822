"""How long a new pod of a Deployment may take until it counts as available."""

from dataclasses import dataclass

from seatrial.lint.declared import declared_by
from seatrial.lint.workload import Container, Workload

DEADLINE_S = 600  # apps/v1 defaults


@dataclass(frozen=True, slots=True)
class Availability:
    """The seconds, one after the other."""

    start_s: float
    ready_s: float  # the readiness probe's successes after that
    min_ready_s: int

    @property
    def total_s(self) -> float:
        return self.start_s + self.ready_s + self.min_ready_s

    def __str__(self) -> str:
        parts = [
            ("start", self.start_s),
            ("readiness", self.ready_s),
            ("minReadySeconds", self.min_ready_s),
        ]
        told = [f"{name} {seconds:g} s" for name, seconds in parts if seconds]
        return " + ".join(told) + (f" = {self.total_s:g} s" if len(told) > 1 else "")


def available_after(workload: Workload) -> Availability:
    """Of the slowest container: they start side by side."""
    declared_s = declared_by(workload).start_time_s
    each = [(_start_s(one, declared_s), _ready_s(one)) for one in workload.main_containers]
    start_s, ready_s = max(each, key=sum, default=(0.0, 0.0))
    return Availability(start_s, ready_s, min_ready_of(workload))


def _start_s(container: Container, declared_s: float | None) -> float:
    startup, ready = container.probe("startupProbe"), container.probe("readinessProbe")
    wait_s = ready.initial_delay_s if ready is not None else 0
    if declared_s is not None:
        return max(declared_s, wait_s)
    return max(startup.budget_s if startup is not None else 0.0, wait_s)


def _ready_s(container: Container) -> float:
    """The first success comes at once; the others one period after another."""
    ready = container.probe("readinessProbe")
    return 0.0 if ready is None else (ready.number("successThreshold", 1) - 1) * ready.period_s


def deadline_of(workload: Workload) -> int | None:
    """progressDeadlineSeconds of a Deployment; None where it is no number."""
    value = workload.manifest.spec.get("progressDeadlineSeconds")
    if value is None:
        return DEADLINE_S
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def min_ready_of(workload: Workload) -> int:
    """minReadySeconds; 0 where it is no number."""
    value = workload.manifest.spec.get("minReadySeconds")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
