"""How a container stops, as far as its manifest tells: the seconds, one after the other.

    deletion |-- pre-stop hook --| SIGTERM |-- drain window --|-- longest request --| SIGKILL
             |------------------------- grace period ---------------------------------|

Does: the sum, and where the window was read from.
Holds: every figure is what is known at least; None is "nothing says so".
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isfinite

from seatrial.lint.commands import container_launch, launch_of
from seatrial.lint.declared import declared_by, seconds_in
from seatrial.lint.edits import Edit, SetField
from seatrial.lint.hooks import Hook, hook_of
from seatrial.lint.manifest import FieldPath
from seatrial.lint.shell.tree import simple_commands
from seatrial.lint.workload import GRACE_PERIOD_S, Container, Workload

WINDOW_VARIABLE = "SEATRIAL_DRAIN_WINDOW"  # read by the library seatrial-app
GRACE_VARIABLE = "SEATRIAL_GRACE_PERIOD"
WINDOW_OPTION = "--drain-window"  # of `seatrial-app run`
GRACE_OPTION = "--grace-period"
# What a server needs to have left within the grace period after all that is known of it.
MARGIN_S = 5
# What slow proxies need to hear of a deletion: what we advise where nothing is known.
WINDOW_S = 5
# The `sleep` action is on by default since this version (alpha, and off, in 1.29).
SLEEP_ACTION_SINCE = (1, 30)


@dataclass(frozen=True, slots=True)
class Stop:
    """The seconds of one container's stop."""

    grace_s: int
    pre_stop_s: float = 0.0
    window_s: float | None = None  # after SIGTERM
    longest_request_s: float | None = None
    hook: Hook | None = None

    @property
    def serving_s(self) -> float:
        """From the deletion until the server may refuse: what the proxies have."""
        return self.pre_stop_s + (self.window_s or 0.0)

    @property
    def needed_s(self) -> float:
        """From the deletion until the last request that must not be cut has ended."""
        return self.serving_s + (self.longest_request_s or 0.0)

    def sum(self) -> str:
        """`preStop 5 s + drain window 5 s = 10 s`, of the parts that there are."""
        parts = [("preStop", self.pre_stop_s), ("drain window", self.window_s)]
        parts.append(("longest request", self.longest_request_s))
        told = [f"{name} {seconds:g} s" for name, seconds in parts if seconds]
        return " + ".join(told) + (f" = {self.needed_s:g} s" if len(told) > 1 else "")


def stop_of(workload: Workload, container: Container) -> Stop:
    """What is known of the container's stop."""
    declared = declared_by(workload)
    hook = hook_of(container, "preStop")
    window_s = declared.drain_window_s
    return Stop(
        grace_s=workload.grace_period_s,
        pre_stop_s=hook.sleeps_s if hook else 0.0,
        window_s=_window_s(container) if window_s is None else window_s,
        longest_request_s=declared.longest_request_s,
        hook=hook,
    )


def planned_grace_s(container: Container) -> float | None:
    """The grace period that `seatrial-app` reckons with; None where it is not seen to be used."""
    runs = _runs(container)
    said_s = _said_s(runs, GRACE_OPTION, container.env.get(GRACE_VARIABLE, ""))
    if said_s is not None:
        return said_s
    return float(GRACE_PERIOD_S) if runs or WINDOW_VARIABLE in container.env else None


def _window_s(container: Container) -> float | None:
    """What `seatrial-app` will take as its drain window: the option, the variable, its default."""
    runs = _runs(container)
    said_s = _said_s(runs, WINDOW_OPTION, container.env.get(WINDOW_VARIABLE, ""))
    if said_s is not None:
        return said_s
    return float(WINDOW_S) if runs else None


def _runs(container: Container) -> list[tuple[str, ...]]:
    """The options of each `seatrial-app run` in the container's command."""
    launch = container_launch(container)
    lines = [launch.words if launch is not None else container.words]
    if launch is not None and launch.script is not None and launch.script.items is not None:
        lines = [launch_of(each.words).words for each in simple_commands(launch.script.items)]
    return [found for line in lines if (found := _after_run(line)) is not None]


def _said_s(runs: list[tuple[str, ...]], option: str, variable: str) -> float | None:
    for options in runs:
        if (given := _option(options, option)) is not None:
            return _seconds(given)
    return _seconds(variable)


def _after_run(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The options of `seatrial-app run OPTIONS -- COMMAND`."""
    names = [word.rpartition("/")[2] for word in words]
    for at in range(len(names) - 1):
        if names[at] in {"seatrial-app", "seatrial_app"} and names[at + 1] == "run":
            rest = words[at + 2 :]
            return rest[: rest.index("--")] if "--" in rest else rest
    return None


def _option(words: tuple[str, ...], wanted: str) -> str | None:
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == wanted:
            return value if equals else "".join(words[at + 1 : at + 2])
    return None


def _seconds(text: str) -> float | None:
    try:
        return seconds_in(text)
    except ValueError:
        return None


def may_move_data(workload: Workload) -> bool:
    """It has claims, or a pre-stop command that does more than wait: the manifest says no more."""
    if workload.manifest.spec.get("volumeClaimTemplates"):
        return True
    if any("persistentVolumeClaim" in each for each in workload.volumes):
        return True
    hooks = [hook_of(each, "preStop") for each in workload.containers]
    return any(
        each.handler[0] == "exec" and each.only_sleeps_s is None
        for each in hooks
        if each is not None
    )


# Mending


def grace_path(workload: Workload) -> FieldPath:
    """Where terminationGracePeriodSeconds stands."""
    return workload.pod_path("terminationGracePeriodSeconds")


def most_needed_s(workload: Workload, need: Callable[[Stop], float]) -> float:
    """The most that any container needs: they stop side by side."""
    return max((need(stop_of(workload, each)) for each in workload.containers), default=0.0)


def raise_grace(workload: Workload) -> tuple[SetField, ...]:
    """The edit that gives every container what is known of its need, and a margin."""
    needed_s = most_needed_s(workload, lambda stop: stop.needed_s)
    if not isfinite(needed_s):
        return ()
    seconds = ceil(needed_s) + MARGIN_S
    has_longest = most_needed_s(workload, lambda stop: stop.longest_request_s or 0.0) > 0
    # Without a word on requests, those in flight get what they get by default.
    seconds = seconds if has_longest else ceil(needed_s) + GRACE_PERIOD_S
    return (SetField(grace_path(workload), seconds),)


def sleep_action(hook: Hook, workload: Workload, version: tuple[int, int]) -> tuple[Edit, ...]:
    """A hook that only sleeps by a command, as the `sleep` action; () where that cannot be."""
    seconds = hook.only_sleeps_s
    if seconds is None or version < SLEEP_ACTION_SINCE:
        return ()
    # Whole seconds only, and the API server wants them within the grace period.
    if seconds != int(min(seconds, workload.grace_period_s)):
        return ()
    return (SetField(hook.path, {"sleep": {"seconds": int(seconds)}}),)
