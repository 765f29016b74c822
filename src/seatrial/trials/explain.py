"""Why a request was lost: joins it with the life of the pod that it was sent to. Pure.

Does: finds for each lost request the one reason that its pod's life shows, and gathers those of one
reason into a sentence with figures.
Does not: decide whether that is a failure (checks), or what to change (advice).
Holds: every lost request is in exactly one cause; what cannot be known is said to be unknown.

Reading order: `explain_each` and `gather` (all) → `reason_of` (one: a chain of questions, the first
answer counts) → the questions; the words are in `sentences.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seatrial.findings.model import Cause
from seatrial.kit.text import plural
from seatrial.trials.sentences import Reason, tell
from seatrial.trials.traffic.outcome import KEPT, PAUSED, Request
from seatrial.trials.world import PodLife, Run, World

# Reasons of pods that were asked to end.
STOP_KEYS = frozenset(
    {
        "stopped-before-rules", "gone-before-rules", "cut-at-exit", "cut-while-stopping",
        "unread-at-stop", "idle-close-at-stop", "near-stop",
    }
)  # fmt: skip
# Requests named in a cause; the book has all.
SAMPLE_MAX = 20
# Without a journal a lost request is laid beside pods that started or stopped this close to it.
NEAR_S = 2.0
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


@dataclass(frozen=True, slots=True)
class Explained:
    """A lost request with its reason."""

    request: Request
    reason: Reason


def explain_each(world: World, requests: Iterable[Request]) -> list[Explained]:
    """A reason for every lost request among `requests`."""
    return [Explained(each, reason_of(world, each)) for each in requests if each.is_lost]


def gather(explained: Sequence[Explained]) -> tuple[Cause, ...]:
    """One cause for all requests of one outcome, connection and reason; the most frequent first."""
    groups: dict[tuple[str, str, str, bool], list[Explained]] = {}
    for each in explained:
        reason = each.reason
        key = (each.request.outcome, each.request.connection, reason.key, reason.is_excused)
        groups.setdefault(key, []).append(each)
    causes = [
        Cause(
            outcome=outcome,
            connection=connection,
            count=len(members),
            cause=tell(key, [each.reason for each in members]),
            is_excused=is_excused,
            key=key,
            requests=tuple(each.request.id for each in members[:SAMPLE_MAX]),
        )
        for (outcome, connection, key, is_excused), members in groups.items()
    ]
    return tuple(sorted(causes, key=lambda cause: (-cause.count, cause.outcome, cause.connection)))


def reason_of(world: World, request: Request) -> Reason:
    """The reason of one lost request."""
    pod = world.pod_of(request)
    if pod is None:
        return _without_pod(world, request)
    at = _met_at(request)
    case = Case(request, pod, pod.run_at(at + STAMP_SLACK_S), at, world)
    for question in QUESTIONS:
        reason = question(case)
        if reason is not None:
            return reason
    return Reason("unexplained", (pod.name,), words=_state(pod, at))


def _met_at(request: Request) -> float:
    """When the request met its pod. A refusal comes at once, but the kernel may have knocked for
    seconds before (a first SYN that nobody answered): then only the last knock was heard.
    """
    if request.outcome == "refused":
        return request.ended
    return (request.sent if request.connection in KEPT else request.started) or request.started


# -- the questions, most telling first ------------------------------------------------------------


def _was_answered_badly(case: Case) -> Reason | None:
    """A whole answer came, but not the expected one."""
    if case.request.status and case.request.outcome not in ("partial", "timeout"):
        words = f"{case.request.detail} while the pod was {_state(case.pod, case.request.ended)}"
        return Reason("answered", (case.pod.name,), words=words)
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
    """Sent after SIGTERM on a connection that had carried others: it was closed without a word."""
    request, term = case.request, _stop_began(case.pod)
    if request.connection not in KEPT or request.outcome not in ("EOF", "reset"):
        return None
    if term is None or request.started <= term or case.pod.sigkill is not None:
        return None
    return Reason("idle-close-at-stop", (case.pod.name,), {"after_term_s": request.started - term})


def _was_not_read(case: Case) -> Reason | None:
    """Connected before SIGTERM, asked (or asked to the end) only after it: nobody listened."""
    request, term = case.request, _stop_began(case.pod)
    if request.connection not in PAUSED or request.outcome not in ("EOF", "reset"):
        return None
    if term is None or not 0 < request.connected <= term or request.ended < term:
        return None
    figures = {"after_term_s": request.ended - term}
    return Reason("unread-at-stop", (case.pod.name,), figures, words=request.connection)


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
    exited = pod.runs[-1].ended if pod.runs else None
    closed = pod.listener_closed if pod.listener_closed is not None else exited
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
        words=_state(case.pod, case.at),
    )


QUESTIONS: tuple[Callable[[Case], Reason | None], ...] = (
    _was_answered_badly,
    _was_killed_on_purpose,
    _came_before_listening,
    _found_idle_connection_closed,
    _was_not_read,
    _was_in_flight_at_exit,
    _came_after_address_went,
    _came_after_listener_closed,
    _came_while_down,
    _crossed_idle_close,
    _took_too_long,
)


def _without_pod(world: World, request: Request) -> Reason:
    """Nobody saw which pod it was sent to."""
    if request.outcome == "dns":
        return Reason("dns", words=request.detail)
    at = request.started
    if world.endpoint_count_at(request.target, at) == 0:
        return Reason("no-endpoints", words=_down_states(world, at))
    near = [pod for pod in world.ours if _is_near_change(pod, at)]
    stopping = [pod for pod in near if pod.deleted is not None and pod.deleted <= at]
    if stopping:
        return Reason("near-stop", tuple(pod.name for pod in stopping))
    if near:
        return Reason("near-start", tuple(pod.name for pod in near))
    return Reason("unexplained", words="no pod was starting or stopping")


# -- what the questions ask -----------------------------------------------------------------------


def _stop_began(pod: PodLife) -> float | None:
    """SIGTERM where it was seen, else the deletion."""
    return pod.sigterm if pod.sigterm is not None else pod.deleted


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


def _is_near_change(pod: PodLife, at: float) -> bool:
    moments = [pod.created, *(span.start for span in pod.ready), *(run.started for run in pod.runs)]
    if pod.deleted is not None and pod.deleted <= at <= (pod.gone or at) + NEAR_S:
        return True
    return any(moment is not None and abs(at - moment) <= NEAR_S for moment in moments)


def _state(pod: PodLife, at: float) -> str:
    """Where in its life a pod was, in one word or two."""
    if pod.gone is not None and pod.gone <= at:
        return "gone"
    if pod.deleted is not None and pod.deleted <= at:
        return "terminating"
    return "Ready" if pod.is_ready_at(at) else "not Ready"


def _down_states(world: World, at: float) -> str:
    states = [_state(pod, at) for pod in world.ours if (pod.created or at) <= at]
    living = [state for state in states if state != "gone"]
    counted = {state: living.count(state) for state in dict.fromkeys(living)}
    return ", ".join(f"{plural(count, 'pod')} {state}" for state, count in counted.items())
