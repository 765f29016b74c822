"""The questions that find out why a request was lost; the first one that has an answer counts.

Each asks one thing of a lost request and the life of the pod it met, and answers with a reason or
None. Their order matters: the most telling come first. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.trials.sentences import Reason
from seatrial.trials.traffic.outcome import KEPT, PAUSED, Request
from seatrial.trials.world import PodLife, Run, World

# Reasons of pods that were asked to end.
STOP_KEYS = frozenset(
    {
        "stopped-before-rules", "gone-before-rules", "cut-at-exit", "cut-while-stopping",
        "unread-at-stop", "idle-close-at-stop", "left-in-backlog", "near-stop",
        "answered-at-stop",
    }
)  # fmt: skip
# Two processes stamp with one clock, but neither at the very moment.
STAMP_SLACK_S = 0.05


@dataclass(frozen=True, slots=True)
class Case:
    """One lost request, the pod and the run it met, and the moment that counts."""

    request: Request
    pod: PodLife
    run: Run | None
    at: float
    world: World


def _was_answered_badly(case: Case) -> Reason | None:
    """A whole answer came, but not the expected one."""
    if case.request.status and case.request.outcome not in ("partial", "timeout"):
        state = state_at(case.pod, case.request.ended)
        key = "answered-at-stop" if state == "terminating" else "answered"
        words = f"{case.request.detail} while the pod was {state}"
        return Reason(key, (case.pod.name,), words=words)
    return None


def _was_killed_on_purpose(case: Case) -> Reason | None:
    """The process was killed by the trial, and the cluster could not know yet."""
    killed = _killed_before(case)
    if killed is None:
        return None
    kill, ended = killed
    figures = {"after_exit_s": max(0.0, case.at - ended)}
    if case.request.is_established:
        # Taken before the process ended: it died with it.
        if case.at <= ended + STAMP_SLACK_S:
            return Reason("crash-in-flight", (case.pod.name,), figures, is_excused=True)
        return None
    if _api_said_ready_again(case, kill):
        return None
    return Reason("crash-window", (case.pod.name,), figures, is_excused=True)


def _came_before_listening(case: Case) -> Reason | None:
    """Refused by a container that had started but did not listen yet."""
    run, pod = case.run, case.pod
    if run is None or case.request.is_established or _is_stopping(case):
        return None
    if run.ended is not None and run.ended < case.at:
        return None
    if run.accepted is not None and run.accepted < case.at:
        return None
    figures = {"after_start_s": max(0.0, case.at - run.started)}
    if run.accepted is not None:
        figures["before_listening_s"] = run.accepted - case.at
    key = "before-listening" if run is pod.runs[0] else "before-listening-again"
    return Reason(f"{key}{'-probed' if pod.has_readiness_probe else ''}", (pod.name,), figures)


def _found_idle_connection_closed(case: Case) -> Reason | None:
    """Sent after the deletion on a connection that had carried others: closed without a word."""
    request, asked = case.request, case.pod.deleted or case.pod.sigterm
    if request.connection not in KEPT or request.outcome not in ("EOF", "reset"):
        return None
    if asked is None or request.started <= asked or case.pod.sigkill is not None:
        return None
    figures = {"after_deletion_s": request.started - asked}
    return Reason("idle-close-at-stop", (case.pod.name,), figures)


def _was_not_read(case: Case) -> Reason | None:
    """Connected before SIGTERM, asked (or asked to the end) only after it: nobody listened."""
    request, term = case.request, _stop_began(case.pod)
    if request.connection not in PAUSED or request.outcome not in ("EOF", "reset"):
        return None
    if term is None or not 0 < request.connected <= term or request.ended < term:
        return None
    figures = {"after_term_s": request.ended - term}
    return Reason("unread-at-stop", (case.pod.name,), figures, words=request.connection)


def _was_left_in_backlog(case: Case) -> Reason | None:
    """Connected after SIGTERM, and reset as the listener went: nobody had accepted it."""
    request, term, closed = case.request, _stop_began(case.pod), _listener_went(case.pod)
    if request.outcome != "reset" or term is None or closed is None or case.pod.sigkill:
        return None
    if request.connected <= term + STAMP_SLACK_S or request.ended < closed - STAMP_SLACK_S:
        return None
    figures = {"after_term_s": request.connected - term, "term_to_closed_s": closed - term}
    return Reason("left-in-backlog", (case.pod.name,), figures)


def _was_in_flight_at_exit(case: Case) -> Reason | None:
    """The connection stood; the process ended before it had answered."""
    pod, request = case.pod, case.request
    if not request.is_established or request.outcome == "timeout":
        return None
    term = _stop_began(pod)
    exited = pod.runs[-1].ended if pod.runs else None
    if term is None or request.ended + STAMP_SLACK_S < term:
        return None
    figures = {"after_term_s": max(0.0, request.ended - term)}
    if exited is not None:
        figures["term_to_exit_s"] = max(0.0, exited - term)
        if request.ended < exited - STAMP_SLACK_S:
            return Reason("cut-while-stopping", (pod.name,), figures)
    if pod.sigkill is not None and request.ended >= pod.sigkill - STAMP_SLACK_S:
        return Reason("cut-by-kill", (pod.name,), figures)
    return Reason("cut-at-exit", (pod.name,), figures)


def _came_after_address_went(case: Case) -> Reason | None:
    """Sent to an address that nobody has any more: no refusal comes, nothing comes."""
    pod, request = case.pod, case.request
    exited = pod.runs[-1].ended if pod.runs else None
    term = _stop_began(pod)
    if request.is_established or request.outcome not in ("timeout", "unreachable"):
        return None
    if term is None or exited is None or case.at + STAMP_SLACK_S < exited:
        return None
    figures = {"after_term_s": case.at - term, "term_to_exit_s": max(0.0, exited - term)}
    left = pod.left_rules_after(exited, request.target)
    if left is not None:
        figures["exit_to_left_s"] = left - exited
    return Reason("gone-before-rules", (pod.name,), figures)


def _came_after_listener_closed(case: Case) -> Reason | None:
    """Refused by a pod that had stopped listening, but was still in the rules."""
    pod = case.pod
    term = _stop_began(pod)
    if case.request.is_established or term is None or case.at + STAMP_SLACK_S < term:
        return None
    closed = _listener_went(pod)
    figures = {"after_term_s": max(0.0, case.at - term)}
    if closed is not None:
        figures["term_to_closed_s"] = max(0.0, closed - term)
        left = pod.left_rules_after(closed, case.request.target)
        if left is not None:
            figures["closed_to_left_s"] = left - closed
    return Reason("stopped-before-rules", (pod.name,), figures)


def _came_while_down(case: Case) -> Reason | None:
    """The container had ended by itself and was not back."""
    run, request = case.run, case.request
    latest = request.ended if request.is_established else case.at
    if run is None or run.ended is None or run.ended > latest + STAMP_SLACK_S:
        return None
    figures = {"after_exit_s": max(0.0, case.at - run.ended)}
    return Reason("down", (case.pod.name,), figures, words=f"exit code {run.exit_code}")


def _crossed_idle_close(case: Case) -> Reason | None:
    """The server closed an idle connection at the moment it was used again."""
    request = case.request
    if request.connection in KEPT and request.outcome in ("EOF", "reset"):
        return Reason("idle-close", (case.pod.name,))
    return None


def _took_too_long(case: Case) -> Reason | None:
    """A client's patience ended."""
    if case.request.outcome not in ("timeout", "unreachable"):
        return None
    return Reason(
        "no-answer",
        (case.pod.name,),
        {"waited_s": case.request.ended - case.request.started},
        words=state_at(case.pod, case.at),
    )


QUESTIONS: tuple[Callable[[Case], Reason | None], ...] = (
    _was_answered_badly,
    _was_killed_on_purpose,
    _came_before_listening,
    _found_idle_connection_closed,
    _was_not_read,
    _was_left_in_backlog,
    _was_in_flight_at_exit,
    _came_after_address_went,
    _came_after_listener_closed,
    _came_while_down,
    _crossed_idle_close,
    _took_too_long,
)


# -- what the questions ask -----------------------------------------------------------------------


def _stop_began(pod: PodLife) -> float | None:
    """SIGTERM where it was seen, else the deletion."""
    return pod.sigterm if pod.sigterm is not None else pod.deleted


def _listener_went(pod: PodLife) -> float | None:
    """When its listener closed, or the process ended; None when nobody saw either."""
    exited = pod.runs[-1].ended if pod.runs else None
    return pod.listener_closed if pod.listener_closed is not None else exited


def _is_stopping(case: Case) -> bool:
    began = _stop_began(case.pod)
    return began is not None and began <= case.at + STAMP_SLACK_S


def _killed_before(case: Case) -> tuple[float, float] | None:
    """The latest kill by the trial that this request can have met, and the exit it made."""
    for step in reversed(case.world.steps):
        facts = step.facts
        if facts.get("step") != "kill" or facts.get("pod") != case.pod.name:
            continue
        if step.at - STAMP_SLACK_S > case.request.ended:
            continue
        ended = next((r.ended for r in case.pod.runs if r.ended and r.ended >= step.at), step.at)
        return step.at, ended
    return None


def _api_said_ready_again(case: Case, kill: float) -> bool:
    """Had the API been told, after the kill, that the pod is Ready?"""
    return any(span.start > kill and span.start <= case.at for span in case.pod.ready)


def state_at(pod: PodLife, at: float) -> str:
    """Where in its life a pod was, in one word or two."""
    if pod.gone is not None and pod.gone <= at:
        return "gone"
    if pod.deleted is not None and pod.deleted <= at:
        return "terminating"
    return "Ready" if pod.is_ready_at(at) else "not Ready"
