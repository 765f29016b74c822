"""How a pod's grace period is spent: window, limit, margin. Arithmetic only.

    SIGTERM |-- window: serve on --|-- limit: finish what is open --|-- margin: leave --| SIGKILL

Does: read seconds as people write them, and share a grace period out.
Does not: read the environment by itself (it is handed a mapping), log, or fail on what it is handed
by an environment: a wrong word there becomes a note and the default.
Holds: window + limit + margin <= grace, and none of them is negative, whatever the input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

DRAIN_WINDOW_S = 5.0  # what slow proxies need to hear of a deletion; most clusters need 1 to 2 s
GRACE_PERIOD_S = 30.0  # terminationGracePeriodSeconds where a manifest says nothing
MARGIN_MIN_S = 1.0  # to flush logs, close pools and leave before SIGKILL
MARGIN_MAX_S = 2.0
MARGIN_SHARE = 0.05

WINDOW_VARIABLE = "SEATRIAL_DRAIN_WINDOW"
GRACE_VARIABLE = "SEATRIAL_GRACE_PERIOD"
KUBERNETES_VARIABLE = "KUBERNETES_SERVICE_HOST"

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}


class Budget(NamedTuple):
    """A grace period shared out, in seconds. `notes` are remarks for the log, for people."""

    grace_s: float
    window_s: float
    limit_s: float
    margin_s: float
    notes: tuple[str, ...] = ()

    @property
    def total_s(self) -> float:
        """From SIGTERM to the moment when everything must have been left."""
        return self.window_s + self.limit_s


def parse_seconds(text: str) -> float:
    """`30`, `30s`, `1.5s`, `500ms`, `2m` as seconds.

    Raises ValueError for anything else, for negative and for infinite times.
    """
    word = text.strip()
    unit = next((unit for unit in _UNITS_S if word.endswith(unit)), "")
    number = word[: -len(unit)] if unit else word
    try:
        seconds = float(number) * _UNITS_S.get(unit, 1.0)
    except ValueError:
        raise ValueError(
            f"time {text!r} is not a number of seconds; write 30, 30s, 500ms or 2m"
        ) from None
    return checked_seconds(seconds, "time")


def checked_seconds(seconds: float, name: str) -> float:
    """`seconds` if it is a finite time, zero or longer; otherwise ValueError."""
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{name} {seconds!r} is not a time of zero or more seconds")
    return float(seconds)


def share(grace_s: float, window_s: float) -> Budget:
    """Spend `grace_s`: the margin first, then the window; the rest is the limit for finishing."""
    margin_s = min(max(grace_s * MARGIN_SHARE, MARGIN_MIN_S), MARGIN_MAX_S, grace_s / 2)
    spendable_s = max(0.0, grace_s - margin_s)
    window = min(window_s, spendable_s)
    limit_s = max(0.0, math.nextafter(spendable_s - window, 0.0))
    notes: tuple[str, ...] = ()
    if window < window_s:
        notes = (
            f"drain window {window_s:g}s does not fit into a grace period of {grace_s:g}s: "
            f"cut to {window:g}s; raise terminationGracePeriodSeconds",
        )
    return Budget(grace_s, window, limit_s, margin_s, notes)


def plan_budget(
    environ: Mapping[str, str],
    *,
    drain_window_s: float | None = None,
    grace_period_s: float | None = None,
    in_kubernetes: bool | None = None,
) -> Budget:
    """The budget from what the caller gives, else what `environ` says, else the defaults.

    Outside Kubernetes the window is 0: nobody who presses Ctrl-C waits for a proxy that is not
    there.
    Raises ValueError only for a wrong argument, never for a wrong environment.
    """
    grace_s, grace_notes = _chosen(
        grace_period_s, "grace_period_s", environ, GRACE_VARIABLE, GRACE_PERIOD_S
    )
    window_s, window_notes = _chosen(
        drain_window_s, "drain_window_s", environ, WINDOW_VARIABLE, DRAIN_WINDOW_S
    )
    if not is_kubernetes(environ, in_kubernetes):
        window_s = 0.0
    budget = share(grace_s, window_s)
    return budget._replace(notes=grace_notes + window_notes + budget.notes)


def is_kubernetes(environ: Mapping[str, str], told: bool | None = None) -> bool:
    """What we were told, else whether the variable that every pod gets is there."""
    return bool(environ.get(KUBERNETES_VARIABLE)) if told is None else told


def _chosen(
    given: float | None, name: str, environ: Mapping[str, str], variable: str, default: float
) -> tuple[float, tuple[str, ...]]:
    if given is not None:
        return checked_seconds(given, name), ()
    text = environ.get(variable, "")
    if not text.strip():
        return default, ()
    try:
        return parse_seconds(text), ()
    except ValueError as error:
        return default, (f"{variable}: {error}; taking {default:g}s",)
