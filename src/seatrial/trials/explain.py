"""Why a request was lost: joins it with the life of the pod that it was sent to. Pure.

Does: finds for each lost request the one reason that its pod's life shows, and gathers those of one
reason into a sentence with figures.
Does not: decide whether that is a failure (checks), or what to change (advice).
Holds: every lost request is in exactly one cause; what cannot be known is said to be unknown.

Reading order: `explain_each` and `gather` (all) → `reason_of` (one) → the questions, in
`questions.py`; the words are in `sentences.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seatrial.findings.model import Cause
from seatrial.kit.text import plural
from seatrial.trials.questions import QUESTIONS, STAMP_SLACK_S, Case, state_at
from seatrial.trials.sentences import Reason, tell
from seatrial.trials.traffic.outcome import KEPT, Request
from seatrial.trials.world import PodLife, World

# Requests named in a cause; the book has all.
SAMPLE_MAX = 20
# Without a journal a lost request is laid beside pods that started or stopped this close to it.
NEAR_S = 2.0


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
        key = (each.request.outcome, _connection(each), reason.key, reason.is_excused)
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


def _connection(each: Explained) -> str:
    """Whatever was to be asked: the server never saw what stayed in its backlog."""
    return "backlog" if each.reason.key == "left-in-backlog" else each.request.connection


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
    return Reason("unexplained", (pod.name,), words=state_at(pod, at))


def _met_at(request: Request) -> float:
    """When the request met its pod. A refusal comes at once, but the kernel may have knocked for
    seconds before (a first SYN that nobody answered): then only the last knock was heard.
    """
    if request.outcome == "refused":
        return request.ended
    return (request.sent if request.connection in KEPT else request.started) or request.started


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


def _is_near_change(pod: PodLife, at: float) -> bool:
    moments = [pod.created, *(span.start for span in pod.ready), *(run.started for run in pod.runs)]
    if pod.deleted is not None and pod.deleted <= at <= (pod.gone or at) + NEAR_S:
        return True
    return any(moment is not None and abs(at - moment) <= NEAR_S for moment in moments)


def _down_states(world: World, at: float) -> str:
    states = [state_at(pod, at) for pod in world.ours if (pod.created or at) <= at]
    living = [state for state in states if state != "gone"]
    counted = {state: living.count(state) for state in dict.fromkeys(living)}
    return ", ".join(f"{plural(count, 'pod')} {state}" for state, count in counted.items())
