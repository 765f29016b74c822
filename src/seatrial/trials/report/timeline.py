"""The picture of one voyage: time from left to right, one row a pod, one dot a request. Pure.

Does: lays out pods, marks and requests as values in pixels, and renders them as SVG.
Does not: choose colours (classes, styled by the page) or words of causes.
Holds: what is drawn is what the book says; a moment that nobody saw has no mark.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from seatrial.trials.checks.lost_requests import Losses, account, measured
from seatrial.trials.explain import Explained
from seatrial.trials.sentences import tell
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.outcome import Request
from seatrial.trials.world import PodLife, Run, Span, World

WIDTH = 1040
LABEL_WIDTH = 188
ROW_HEIGHT = 34
TRAFFIC_HEIGHT = 74
AXIS_HEIGHT = 30
STEP_HEIGHT = 18
RIGHT_MARGIN = 14
# Before the first step only so much is shown; a start may take long.
LEAD_S = 2.0
# Dots of well answered requests beyond this are thinned out evenly; lost ones are all drawn.
OK_DOTS_MAX = 900
TICKS_MAX = 12
# A start that takes no connection for less than this is not worth a colour.
DEAF_MIN_S = 0.05
# How lost requests look apart: never connected, cut, answered wrongly, left waiting.
OUTCOME_CLASSES = {
    "refused": "refused",
    "unreachable": "refused",
    "reset": "cut",
    "EOF": "cut",
    "partial": "cut",
    "timeout": "waited",
}
STEP_WORDS = {
    "scale": "scale up",
    "rollout": "rollout",
    "delete": "delete",
    "kill": "SIGKILL",
    "delay": "delays set",
    "end": "end",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """Epoch seconds to pixels."""

    start: float
    end: float
    zero: float  # what the tick 0 stands for

    def x(self, at: float) -> float:
        """Where a moment is, kept inside the picture."""
        share = (at - self.start) / max(self.end - self.start, 0.001)
        return LABEL_WIDTH + min(max(share, 0.0), 1.0) * (WIDTH - LABEL_WIDTH - RIGHT_MARGIN)

    def covers(self, at: float) -> bool:
        """Is it inside the picture?"""
        return self.start <= at <= self.end


def render_svg(world: World, subject: Subject) -> str:
    """The whole picture; "" when there is nothing to show."""
    axis = axis_of(world)
    pods = [pod for pod in world.ours if _is_within(pod, axis)] if axis else []
    if axis is None or not pods:
        return ""
    requests = measured(world)
    rows = _Rows(bool(requests), len(pods))
    parts = [
        *_grid(axis, rows),
        *_steps(axis, world, rows),
        *(_traffic(axis, requests, account(world, subject)) if requests else ()),
    ]
    for number, pod in enumerate(pods):
        parts.extend(_pod(axis, pod, rows.pod_top(number)))
    label = escape(f"{len(pods)} pods and {len(requests)} requests over time")
    return (
        f'<svg viewBox="0 0 {WIDTH} {rows.height}" role="img" aria-label="{label}"'
        f' class="timeline">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    has_traffic: bool
    pods: int

    @property
    def traffic_height(self) -> int:
        return TRAFFIC_HEIGHT if self.has_traffic else 0

    def pod_top(self, number: int) -> int:
        return STEP_HEIGHT + self.traffic_height + number * ROW_HEIGHT

    @property
    def bottom(self) -> int:
        return self.pod_top(self.pods)

    @property
    def height(self) -> int:
        return self.bottom + AXIS_HEIGHT


def axis_of(world: World) -> Axis | None:
    """From shortly before the first step to the end; None when it never began."""
    began, ended = world.moment("measure"), world.moment("end", -1)
    if began is None:
        return None
    moments = [step.at for step in world.steps] + [pod.gone for pod in world.ours if pod.gone]
    end = ended if ended is not None else max(moments)
    acted = [step.at for step in world.steps if step.facts["step"] in STEP_WORDS]
    zero = min([at for at in acted if at < end], default=began)
    return Axis(max(began, zero - LEAD_S), end + 0.2, zero)


def _is_within(pod: PodLife, axis: Axis) -> bool:
    born = pod.created or pod.scheduled or axis.start
    return born < axis.end and (pod.gone is None or pod.gone > axis.start)


def _grid(axis: Axis, rows: _Rows) -> Iterator[str]:
    step = tick_step_s(axis.end - axis.start)
    tick = -int((axis.zero - axis.start) / step) * step
    while axis.zero + tick <= axis.end:
        x = axis.x(axis.zero + tick)
        yield (
            f'<line class="grid" x1="{x:.1f}" y1="{STEP_HEIGHT}" x2="{x:.1f}" y2="{rows.bottom}"/>'
        )
        yield _text(x, rows.bottom + 16, f"{tick:g} s", "tick", anchor="middle")
        tick = round(tick + step, 6)


def tick_step_s(span_s: float) -> float:
    """A round distance between ticks."""
    for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0):
        if span_s / step <= TICKS_MAX:
            return step
    return 120.0


def _steps(axis: Axis, world: World, rows: _Rows) -> Iterator[str]:
    last_x = -100.0
    for step in world.steps:
        words = STEP_WORDS.get(str(step.facts["step"]))
        if words is None or not axis.covers(step.at) or words == "end":
            continue
        x = axis.x(step.at)
        yield f'<line class="step" x1="{x:.1f}" y1="12" x2="{x:.1f}" y2="{rows.bottom}"/>'
        if x - last_x > 60:
            yield _text(x + 3, 11, words, "stepword")
            last_x = x


def _traffic(axis: Axis, requests: Sequence[Request], losses: Losses) -> Iterator[str]:
    top = STEP_HEIGHT
    yield _text(0, top + 14, "requests", "podname")
    yield _text(0, top + 28, "height: time taken", "podstate")
    fine = [each for each in requests if not each.is_lost]
    thin = fine[:: max(1, -(-len(fine) // OK_DOTS_MAX))]
    height = _height(max((each.ended - each.started for each in fine), default=0.01))
    for each in thin:
        y = top + TRAFFIC_HEIGHT - 20 - height(each.ended - each.started)
        yield f'<circle class="ok" cx="{axis.x(each.started):.1f}" cy="{y:.1f}" r="1.6"/>'
    for explained in losses.explained:
        yield _lost_dot(axis, explained, top)


def _height(slowest_s: float) -> Callable[[float], float]:
    room = TRAFFIC_HEIGHT - 30
    return lambda took_s: room * min(1.0, took_s / max(slowest_s, 0.02))


def _lost_dot(axis: Axis, each: Explained, top: int) -> str:
    request, reason = each.request, each.reason
    told = (
        f"#{request.id} {request.outcome} at {request.started - axis.zero:.3f} s,"
        f" {request.connection} connection\n{tell(reason.key, [reason])}"
    )
    kind = OUTCOME_CLASSES.get(request.outcome, "refused")
    name = f"{'excused' if reason.is_excused else 'lost'} {kind}"
    x, y = axis.x(request.started), top + TRAFFIC_HEIGHT - 10
    return (
        f'<g class="{name}" tabindex="0" data-told="{escape(told)}"><title>{escape(told)}</title>'
        f'<path d="M{x - 3:.1f} {y - 3} l6 6 m0 -6 l-6 6"/><circle class="hit" cx="{x:.1f}"'
        f' cy="{y}" r="5"/></g>'
    )


def _pod(axis: Axis, pod: PodLife, top: int) -> Iterator[str]:
    yield _text(0, top + 14, _short(pod.name), "podname")
    yield _text(0, top + 26, _ending(pod), "podstate")
    end = pod.gone if pod.gone is not None else axis.end
    for run in pod.runs:
        yield _bar(axis, run.started, run.ended or end, top + 6, 14, "run", "process runs")
    for span in pod.ready:
        stop = min(span.end or end, pod.deleted or axis.end)
        yield _bar(axis, span.start, stop, top + 6, 14, "ready", "Ready")
    if pod.deleted is not None:
        yield _bar(axis, pod.deleted, end, top + 6, 14, "terminating", "terminating")
    for run in pod.runs:
        listened = _listened(pod, run)
        if listened is not None and listened > run.started + DEAF_MIN_S:
            told = "runs, but takes no connection yet"
            yield _bar(axis, run.started, listened, top + 6, 14, "deaf", told)
    for span in _rules_of(pod):
        yield _bar(axis, span.start, span.end or axis.end, top + 23, 4, "rules", "in the rules")
    yield from _marks(axis, pod, top)


def _listened(pod: PodLife, run: Run) -> float | None:
    """When the run was first known to listen: a client was taken, or its probe passed."""
    moments = [run.accepted]
    if pod.has_readiness_probe:
        moments.extend(span.start for span in pod.ready if span.start > run.started)
    return min((at for at in moments if at is not None), default=None)


def _rules_of(pod: PodLife) -> list[Span]:
    spans = [span for spans in pod.in_rules.values() for span in spans]
    return spans or pod.in_slice


def _marks(axis: Axis, pod: PodLife, top: int) -> Iterator[str]:
    for at, name, told in (
        (pod.sigterm, "term", "SIGTERM"),
        (pod.listener_closed, "closed", "listener closed"),
        (pod.sigkill, "kill", "SIGKILL"),
        *((run.ended, "exit", f"exit {run.exit_code}") for run in pod.runs),
    ):
        if at is not None and axis.covers(at):
            x = axis.x(at)
            words = escape(f"{told} at {at - axis.zero:.3f} s")
            yield (
                f'<g class="mark {name}"><title>{words}</title>'
                f'<line x1="{x:.1f}" y1="{top + 3}" x2="{x:.1f}" y2="{top + 23}"/></g>'
            )


def _bar(axis: Axis, start: float, end: float, top: int, height: int, name: str, told: str) -> str:
    if end < axis.start or start > axis.end or end <= start:
        return ""
    x, right = axis.x(start), axis.x(end)
    words = escape(f"{told}: {start - axis.zero:.2f} s to {end - axis.zero:.2f} s")
    return (
        f'<rect class="{name}" x="{x:.1f}" y="{top}" width="{max(right - x, 1):.1f}"'
        f' height="{height}" rx="3"><title>{words}</title></rect>'
    )


def _ending(pod: PodLife) -> str:
    codes = [run.exit_code for run in pod.runs if run.ended is not None]
    if not codes:
        return pod.ip
    return f"{pod.ip}  exit {', '.join('?' if code is None else str(code) for code in codes)}"


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:8]}…{name[-16:]}"


def _text(x: float, y: float, words: str, name: str, *, anchor: str = "start") -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
