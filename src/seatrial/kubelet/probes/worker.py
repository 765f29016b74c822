"""Asks one probe of one container again and again, and tells when the verdict changes.

Does: initial delay, period, thresholds, the three tries of an asking that broke, Unhealthy events.
Does not: act on the verdict; the pod's worker does.

Differs from Kubernetes:
- the first asking comes exactly after the initial delay, not at a multiple of the period later;
- the random delay that spreads first askings after a restart of the kubelet is given only to pods
  that were there before it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.kit import chance
from seatrial.kit.clock import wall_time_s
from seatrial.kubelet.probes.ask import Target, ask
from seatrial.kubelet.probes.outcome import Outcome, Result
from seatrial.kubelet.probes.tally import Tally, Timing, count, timing_of

ProbeKind = Literal["startup", "liveness", "readiness"]
# An asking that broke (not one that failed) is tried again at once, as often as this.
TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is told. `verdict` gets True for healthy; `unhealthy` the text of a Warning event."""

    verdict: Callable[[ProbeKind, bool], None]
    unhealthy: Callable[[str], None]


async def probe_until_cancelled(
    kind: ProbeKind, probe: dict[str, Any], target: Target, *,
    started_at: float, reports: Reports, spread: bool = False,
) -> None:  # fmt: skip
    """Ask on time until cancelled, or until a startup or liveness probe has its last word."""
    timing = timing_of(probe)
    if spread:
        await asyncio.sleep(chance.uniform(0.0, timing.period_s))
    await asyncio.sleep(max(0.0, started_at + timing.initial_delay_s - wall_time_s()))
    loop = asyncio.get_running_loop()
    tally, due = Tally(), loop.time()
    while True:
        before = tally.verdict
        tally = await _once(kind, probe, target, timing, tally, reports)
        if tally.verdict is not None and tally.verdict is not before:
            reports.verdict(kind, tally.verdict is Result.SUCCESS)
        if _is_last_word(kind, tally):
            return
        # Missed askings (a probe longer than its period) are left out, as by a ticker.
        due = max(due + timing.period_s, loop.time())
        await asyncio.sleep(due - loop.time())


async def _once(
    kind: ProbeKind, probe: dict[str, Any], target: Target,
    timing: Timing, tally: Tally, reports: Reports,
) -> Tally:  # fmt: skip
    outcome = await _with_tries(probe, target, timing)
    message = explain(kind, outcome)
    if message:
        reports.unhealthy(message)
    return count(tally, outcome.result, timing)


async def _with_tries(probe: dict[str, Any], target: Target, timing: Timing) -> Outcome:
    for _ in range(TRIES_MAX - 1):
        outcome = await ask(probe, target, timeout_s=timing.timeout_s)
        if outcome.result is not Result.UNKNOWN:
            return outcome
    return await ask(probe, target, timeout_s=timing.timeout_s)


def explain(kind: ProbeKind, outcome: Outcome) -> str:
    """The text of the Unhealthy event; "" when there is none."""
    name = kind.capitalize()
    if outcome.result is Result.FAILURE:
        return f"{name} probe failed: {outcome.output}"
    if outcome.result is Result.UNKNOWN:
        return f"{name} probe errored and resulted in unknown state: {outcome.output}"
    return ""


def _is_last_word(kind: ProbeKind, tally: Tally) -> bool:
    """A startup probe ends with its verdict; a failed liveness probe waits for a new container."""
    if kind == "startup":
        return tally.verdict is not None
    return kind == "liveness" and tally.verdict is Result.FAILURE
