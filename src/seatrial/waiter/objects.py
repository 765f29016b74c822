"""Pods and jobs, as the API server shows them: what they say. Pure.

Holds: `NEVER` only where nothing will bring it back: a failed Job; an ended pod that no controller
would replace by one of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from seatrial.waiter.targets import Object
from seatrial.waiter.verdicts import READY, Verdict, never, not_yet

Json = Mapping[str, Any]
# The server ends a watch after this long, and we list again: a dead line is noticed.
WATCH_S = 120


class Kind(NamedTuple):
    """Where objects of a kind are, and what makes one ready."""

    group: str
    prefix: str
    plural: str
    judge: Callable[[Json], Verdict]


def judge_pod(pod: Json) -> Verdict:
    """Ready is the condition of that name; a pod on its way out is not waited for."""
    status = pod.get("status") or {}
    phase = status.get("phase") or "Pending"
    metadata = pod.get("metadata") or {}
    if metadata.get("deletionTimestamp"):
        return not_yet("it is being deleted")
    if phase in ("Succeeded", "Failed"):
        ended = f"it has ended ({phase})"
        return not_yet(ended) if metadata.get("ownerReferences") else never(ended)
    ready = condition(status, "Ready")
    if ready.get("status") == "True":
        return READY
    return not_yet(", ".join([phase, *waiting_reasons(status)]) + because(ready))


def judge_job(job: Json) -> Verdict:
    """Ready is the condition Complete."""
    status = job.get("status") or {}
    failed = condition(status, "Failed")
    if failed.get("status") == "True":
        return never(f"it has failed{because(failed)}")
    if condition(status, "Complete").get("status") == "True":
        return READY
    if (job.get("spec") or {}).get("suspend"):
        return not_yet("it is suspended")
    counts = ", ".join(
        f"{name} {status.get(name) or 0}" for name in ("active", "succeeded", "failed")
    )
    return not_yet(f"pods: {counts}")


KINDS = {
    "pod": Kind("", "/api/v1", "pods", judge_pod),
    "job": Kind("batch", "/apis/batch/v1", "jobs", judge_job),
}


def condition(status: Json, name: str) -> Json:
    """One of an object's conditions; empty where it is missing."""
    found = (each for each in status.get("conditions") or [] if each.get("type") == name)
    return next(found, {})


def because(found: Json) -> str:
    """A condition's own words."""
    text = found.get("message") or found.get("reason") or ""
    return f": {text}" if text else ""


def waiting_reasons(status: Json) -> list[str]:
    """ImagePullBackOff, CrashLoopBackOff, ... of its containers, each once."""
    containers = [
        *(status.get("initContainerStatuses") or []),
        *(status.get("containerStatuses") or []),
    ]
    states = ((each.get("state") or {}).get("waiting") or {} for each in containers)
    return list(dict.fromkeys(state["reason"] for state in states if state.get("reason")))


def list_path(target: Object) -> str:
    """The collection that holds just this object: the verb `list` on one name."""
    kind = KINDS[target.kind]
    selector = f"fieldSelector=metadata.name%3D{target.name}"
    return f"{kind.prefix}/namespaces/{target.namespace}/{kind.plural}?{selector}"


def watch_path(target: Object, version: str) -> str:
    """Its changes after `version`."""
    return f"{list_path(target)}&watch=1&resourceVersion={version}&timeoutSeconds={WATCH_S}"


def judge_list(target: Object, found: Json) -> tuple[Verdict, str]:
    """The object in a list, and the version to watch from."""
    items = found.get("items") or []
    version = (found.get("metadata") or {}).get("resourceVersion") or ""
    if not items:
        return not_yet(f"there is no such {target.kind} in namespace {target.namespace}"), version
    return KINDS[target.kind].judge(items[0]), version


def judge_event(target: Object, event: Json) -> Verdict:
    """A line of a watch. Raises WatchEnded for an ERROR: time to list again."""
    found = event.get("object") or {}
    if event.get("type") == "ERROR":
        raise WatchEnded(found.get("message") or "the watch has failed")
    if event.get("type") == "DELETED":
        return not_yet("it was deleted")
    return KINDS[target.kind].judge(found)


class WatchEnded(Exception):
    """The server ended a watch with an error of its own."""


def judge_status(target: Object, code: int, status: Json) -> Verdict:
    """The API server's refusal; roles may be granted at any moment, so none is for ever."""
    text = str(status.get("message") or f"the API server answers with status {code}")
    if code == 403:
        return not_yet(f"{text}; it needs {explain_role(target)}")
    if code == 404:
        kind = KINDS[target.kind]
        return not_yet(f"the API server has no {kind.plural} ({kind.prefix})")
    return not_yet(text)


def explain_role(target: Object) -> str:
    """The smallest Role that lets us look, in one line."""
    kind = KINDS[target.kind]
    return (
        f"a Role in namespace {target.namespace} with apiGroups [{kind.group!r}], resources "
        f"[{kind.plural}], resourceNames [{target.name}], verbs [list, watch] "
        "(`seatrial wait --manifest` prints it)"
    )
