"""Reads the world of a voyage out of its book: watches and journals become lives of pods. Pure.

Holds: entries may stand in any order; a moment that nobody saw stays None.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seatrial.api.objects import (
    Object,
    is_condition_true,
    is_terminating,
    labels_of,
    name_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.trials.evidence.entry import Entry
from seatrial.trials.traffic.outcome import requests_of
from seatrial.trials.world import ROLE_LABEL, PodLife, Run, Span, World


def read_world(entries: Sequence[Entry]) -> World:
    """The world of a book; the entries may stand in any order."""
    world = World()
    for entry in sorted(entries, key=lambda each: each.at):
        _READERS.get(entry.kind, _skip)(world, entry)
    world.requests = requests_of(entries)
    _note_first_accepted(world)
    return world


def _skip(_world: World, _entry: Entry) -> None:
    """Notes and requests are read elsewhere."""


def _read_object(world: World, entry: Entry) -> None:
    obj: Object = entry.facts["object"]
    if obj.get("kind") == "Pod":
        _read_pod(world, entry.at, str(entry.facts["type"]), obj)
    elif obj.get("kind") == "EndpointSlice":
        gone = entry.facts["type"] == "DELETED"
        _read_slice(world, entry.at, [] if gone else obj.get("endpoints") or [])


def _read_pod(world: World, at: float, event: str, obj: Object) -> None:
    pod = world.pods.get(uid_of(obj))
    if pod is None:
        pod = world.pods[uid_of(obj)] = PodLife(name_of(obj), uid_of(obj), created=at)
        pod.is_ours = ROLE_LABEL not in labels_of(obj)
        containers = spec_of(obj).get("containers") or []
        pod.has_readiness_probe = any("readinessProbe" in each for each in containers)
    pod.last = obj
    pod.ip = str(status_of(obj).get("podIP") or pod.ip)
    if pod.scheduled is None and spec_of(obj).get("nodeName"):
        pod.scheduled = at
    if pod.deleted is None and is_terminating(obj):
        pod.deleted = at
    if event == "DELETED":
        pod.gone = at
    _mark(pod.ready, at, is_condition_true(obj, "Ready") and event != "DELETED")
    if not world.has_journal:
        _read_statuses(pod, at, status_of(obj).get("containerStatuses") or [])


def _read_statuses(pod: PodLife, at: float, statuses: Sequence[Mapping[str, Any]]) -> None:
    """Runs of the first container, as the API tells them: by the moment the news arrived."""
    for status in statuses[:1]:
        state = status.get("state") or {}
        restarts = int(status.get("restartCount", 0))
        ended = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
        open_run = pod.runs[-1] if pod.runs and pod.runs[-1].ended is None else None
        if open_run and ended and ("running" not in state or len(pod.runs) <= restarts):
            open_run.ended, open_run.exit_code = at, ended.get("exitCode")
            open_run = None
        if "running" in state and open_run is None:
            pod.runs.append(Run(at))


def _read_slice(world: World, at: float, endpoints: Iterable[Mapping[str, Any]]) -> None:
    ready = {
        str((each.get("targetRef") or {}).get("uid"))
        for each in endpoints
        if (each.get("conditions") or {}).get("ready")
    }
    for pod in world.pods.values():
        _mark(pod.in_slice, at, pod.uid in ready)


def _mark(spans: list[Span], at: float, is_so: bool) -> None:
    """Open or close the last span."""
    is_open = bool(spans) and spans[-1].end is None
    if is_so and not is_open:
        spans.append(Span(at))
    elif is_open and not is_so:
        spans[-1].end = at


def _read_flow(world: World, entry: Entry) -> None:
    facts = entry.facts
    local = f"{facts['src_ip']}:{facts['src_port']}"
    world.flows.setdefault(local, []).append((entry.at, str(facts["pod_ip"])))


def _read_rules(world: World, entry: Entry) -> None:
    facts = entry.facts
    service = str(facts["service"]).rpartition("/")[2]
    held = [str(each) for each in facts.get("endpoints") or ()]
    world.endpoints.setdefault(service, []).append((entry.at, len(held)))
    ports = {each.rpartition(":")[0]: int(each.rpartition(":")[2]) for each in held}
    for pod in world.pods.values():
        if pod.ip:
            _mark(pod.in_rules.setdefault(service, []), entry.at, pod.ip in ports)
        if pod.ip in ports:
            pod.ports.add(ports[pod.ip])


def _pod_of_journal(world: World, entry: Entry) -> PodLife:
    """The pod of a journal's line; the journal may know it before the watch does."""
    uid = str(entry.facts.get("uid", ""))
    name = str(entry.facts.get("pod", "")).rpartition("/")[2]
    found = world.pods.get(uid) or next((p for p in world.pods.values() if p.name == name), None)
    if found is None:
        found = world.pods[uid] = PodLife(name, uid)
    return found


def _read_start(world: World, entry: Entry) -> None:
    pod = _pod_of_journal(world, entry)
    if _is_main(pod, entry):
        pod.runs.append(Run(entry.at))


def _read_exit(world: World, entry: Entry) -> None:
    pod = _pod_of_journal(world, entry)
    if not pod.runs or not _is_main(pod, entry):
        return
    run = pod.runs[-1]
    run.ended = entry.at
    code, signal = entry.facts.get("code"), entry.facts.get("signal")
    run.exit_code = 128 + int(signal) if isinstance(signal, int) and signal else code
    if run.exit_code is None and signal in ("SIGKILL", "KILL"):
        run.exit_code = 137


def _is_main(pod: PodLife, entry: Entry) -> bool:
    """Is the entry about the pod's first container (not an init container or a sidecar)?"""
    containers = spec_of(pod.last).get("containers") or []
    return not containers or containers[0].get("name") == entry.facts.get("container")


def _read_signal(world: World, entry: Entry) -> None:
    pod = _pod_of_journal(world, entry)
    if not _is_main(pod, entry):
        return
    if entry.facts.get("signal") == "SIGKILL":
        pod.sigkill = entry.at
    elif pod.sigterm is None:
        pod.sigterm = entry.at


def _read_listener(world: World, entry: Entry) -> None:
    pod = _pod_of_journal(world, entry)
    if entry.facts.get("state") == "closed" and (pod.deleted or pod.sigterm):
        pod.closings.append((entry.at, int(entry.facts.get("port", 0))))


def _read_step(world: World, entry: Entry) -> None:
    world.steps.append(entry)
    if entry.facts.get("step") == "journal":
        world.has_journal = True


_READERS = {
    "object": _read_object,
    "flow": _read_flow,
    "rules": _read_rules,
    "start": _read_start,
    "exit": _read_exit,
    "signal": _read_signal,
    "listener": _read_listener,
    "step": _read_step,
}


def _note_first_accepted(world: World) -> None:
    """When each run first took a connection: the only way to see from outside that it listens."""
    for request in world.requests:
        if not request.connected or request.connection != "new":
            continue
        pod = world.pod_of(request)
        run = pod.run_at(request.connected) if pod else None
        if run is not None and (run.accepted is None or request.connected < run.accepted):
            run.accepted = request.connected
