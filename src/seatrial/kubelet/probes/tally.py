"""When a run of results makes a verdict: thresholds, as a function.

Holds: a verdict comes only when as many results in a row as the threshold asks for are alike, and
stays until the opposite threshold is reached.
"""

from dataclasses import dataclass, replace
from typing import Any

from seatrial.kubelet.probes.outcome import Result


@dataclass(frozen=True, slots=True)
class Timing:
    """A probe's numbers, with Kubernetes' defaults."""

    initial_delay_s: float = 0.0
    period_s: float = 10.0
    timeout_s: float = 1.0
    success_threshold: int = 1
    failure_threshold: int = 3


def timing_of(probe: dict[str, Any]) -> Timing:
    """The numbers of a probe in a pod's spec."""
    return Timing(
        initial_delay_s=float(probe.get("initialDelaySeconds") or 0),
        period_s=float(probe.get("periodSeconds") or 10),
        timeout_s=float(probe.get("timeoutSeconds") or 1),
        success_threshold=int(probe.get("successThreshold") or 1),
        failure_threshold=int(probe.get("failureThreshold") or 3),
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """The last result, how often in a row it came, and what was made of it so far."""

    last: Result | None = None
    run: int = 0
    verdict: Result | None = None


def count(tally: Tally, result: Result, timing: Timing) -> Tally:
    """The tally after one more result; an unknown one changes nothing."""
    if result is Result.UNKNOWN:
        return tally
    run = tally.run + 1 if tally.last is result else 1
    counted = replace(tally, last=result, run=run)
    needed = timing.success_threshold if result is Result.SUCCESS else timing.failure_threshold
    return replace(counted, verdict=result) if run >= needed else counted
