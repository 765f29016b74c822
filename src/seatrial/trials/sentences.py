"""The sentences of causes: one a reason, with the figures of all its requests. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one request was lost. `figures` are seconds, by name; `pods` are those concerned."""

    key: str
    pods: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    words: str = ""  # what cannot be put in figures
    is_excused: bool = False


def tell(key: str, reasons: Sequence[Reason]) -> str:
    """The sentence of one cause, with the figures of all its requests."""
    pods = list(dict.fromkeys(name for reason in reasons for name in reason.pods))
    words = list(dict.fromkeys(reason.words for reason in reasons if reason.words))
    return SENTENCES[key](_Figures(reasons), _named(pods), "; ".join(words[:3]))


class _Figures:
    """Ranges over the figures of many reasons, as text."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self._reasons = reasons

    def range(self, name: str) -> str:
        """`50 ms to 0.61 s`; "some time" when nobody saw it."""
        values = self._values(name)
        if not values:
            return "some time"
        low, high = seconds(min(values)), seconds(max(values))
        return high if low == high else f"{low} to {high}"

    def most(self, name: str) -> str:
        """The greatest; "some time" when nobody saw it."""
        values = self._values(name)
        return seconds(max(values)) if values else "some time"

    def seen(self, name: str) -> bool:
        """Did anybody see it?"""
        return bool(self._values(name))

    def _values(self, name: str) -> list[float]:
        return [reason.figures[name] for reason in self._reasons if name in reason.figures]


def seconds(value: float) -> str:
    """`4 ms`, `0.31 s`, `12.3 s`."""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 9.995 else f"{value:.1f} s"


def _named(pods: Sequence[str]) -> str:
    if not pods:
        return ""
    if len(pods) > 2:
        return f"{len(pods)} pods ({pods[0]}, ...)"
    return f"pod {pods[0]}" if len(pods) == 1 else "pods " + " and ".join(pods)


def _ahead(figures: _Figures) -> str:
    if not figures.seen("before_listening_s"):
        return "before "
    return f"up to {figures.most('before_listening_s')} before "


def _before_listening(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: requests came {figures.range('after_start_s')} after the container had started,"
        f" {_ahead(figures)}its server first took a connection;"
        " there is no readiness probe, so a pod is Ready the moment it starts"
    )


def _before_listening_again(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: after a restart, requests came {figures.range('after_start_s')} after the new"
        f" process had started, {_ahead(figures)}it took a connection;"
        " there is no readiness probe, so a pod is Ready again the moment it restarts"
    )


def _before_listening_probed(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: refused {figures.range('after_start_s')} after the container had started, though"
        " it has a readiness probe: what the probe asks is up before the server is"
    )


def _cut_at_exit(figures: _Figures, pods: str, _words: str) -> str:
    took = figures.range("term_to_exit_s")
    exited = f" ({took} after SIGTERM)" if figures.seen("term_to_exit_s") else ""
    return f"{pods}: in flight when the process ended{exited}, without finishing what it had taken"


def _cut_while_stopping(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: cut {figures.range('after_term_s')} after SIGTERM, while the process was shutting"
        f" down; it ended {figures.range('term_to_exit_s')} after SIGTERM"
    )


def _cut_by_kill(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: in flight when the grace period ended and SIGKILL came,"
        f" {figures.range('after_term_s')} after SIGTERM"
    )


def _unread_at_stop(figures: _Figures, pods: str, words: str) -> str:
    had = {
        "silent": "nothing had been asked on them yet",
        "half-sent": "half a head had come",
        "slow-body": "the body had not wholly come",
    }
    state = had.get(words, "the request had not wholly come")
    return (
        f"{pods}: connections stood and {state} when SIGTERM came; the server closed them without"
        f" reading the rest, {figures.range('after_term_s')} after SIGTERM"
    )


def _left_in_backlog(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: connections came {figures.range('after_term_s')} after SIGTERM and were never"
        " accepted: the listener still stood, and what waited in its backlog was reset when it"
        f" closed, {figures.range('term_to_closed_s')} after SIGTERM"
    )


def _idle_close_at_stop(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: the next request on a kept connection came {figures.range('after_deletion_s')}"
        " after the deletion, and the server had closed it without having said `Connection: close`"
    )


def _stopped_before_rules(figures: _Figures, pods: str, _words: str) -> str:
    text = f"{pods}: SIGTERM came, and the server stopped listening"
    if figures.seen("term_to_closed_s"):
        text = (
            f"{pods}: SIGTERM came, the listener closed {figures.range('term_to_closed_s')} later"
        )
    if figures.seen("closed_to_left_s"):
        left = figures.range("closed_to_left_s")
        return f"{text}, but the nodes' rules went on sending there for {left} more"
    return f"{text}, but connections still came {figures.most('after_term_s')} after SIGTERM"


def _gone_before_rules(figures: _Figures, pods: str, _words: str) -> str:
    ended = figures.range("term_to_exit_s")
    text = f"{pods}: the process ended {ended} after SIGTERM and the address went with it"
    if figures.seen("exit_to_left_s"):
        left = figures.range("exit_to_left_s")
        text += f", but the nodes' rules went on sending there for {left} more"
    return f"{text}; such connections hang until the client's patience ends"


def _beyond_need(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: sent {figures.range('after_term_s')} after SIGTERM by rules that the trial held"
        f" back for {figures.range('delay_s')}, longer than must be survived"
    )


def _down(figures: _Figures, pods: str, words: str) -> str:
    return f"{pods}: sent {figures.range('after_exit_s')} after its process had ended ({words})"


def _crash_in_flight(_figures: _Figures, pods: str, _words: str) -> str:
    return f"{pods}: in flight when the trial killed the process; no application can avoid that"


def _crash_window(figures: _Figures, pods: str, _words: str) -> str:
    return (
        f"{pods}: sent up to {figures.most('after_exit_s')} after the trial had killed the process,"
        " before the cluster could know; only a client's retry helps"
    )


def _no_answer(figures: _Figures, pods: str, words: str) -> str:
    return f"{pods}: no answer within {figures.range('waited_s')} while the pod was {words}"


SENTENCES: dict[str, Callable[[_Figures, str, str], str]] = {
    "before-listening": _before_listening,
    "before-listening-again": _before_listening_again,
    "before-listening-probed": _before_listening_probed,
    "before-listening-again-probed": _before_listening_probed,
    "cut-at-exit": _cut_at_exit,
    "cut-while-stopping": _cut_while_stopping,
    "cut-by-kill": _cut_by_kill,
    "unread-at-stop": _unread_at_stop,
    "left-in-backlog": _left_in_backlog,
    "idle-close-at-stop": _idle_close_at_stop,
    "stopped-before-rules": _stopped_before_rules,
    "down": _down,
    "crash-in-flight": _crash_in_flight,
    "crash-window": _crash_window,
    "no-answer": _no_answer,
    "gone-before-rules": _gone_before_rules,
    "beyond-need": _beyond_need,
    "idle-close": lambda _figures, pods, _words: (
        f"{pods}: the server closed the idle connection before or just as the next request was sent"
    ),
    "answered": lambda _figures, pods, words: f"{pods}: {words}",
    "answered-at-stop": lambda _figures, pods, words: f"{pods}: {words}",
    "no-endpoints": lambda _figures, _pods, words: (
        f"the Service had no ready endpoint at that moment{': ' + words if words else ''}"
    ),
    "dns": lambda _figures, _pods, words: f"the Service's name could not be resolved: {words}",
    "near-stop": lambda _figures, pods, _words: (
        f"nobody saw which pod was asked; {pods} had been deleted just before"
    ),
    "near-start": lambda _figures, pods, _words: (
        f"nobody saw which pod was asked; {pods} had just started"
    ),
    "unexplained": lambda _figures, pods, words: (
        f"{pods + ': ' if pods else ''}no explanation found ({words})"
    ),
}
