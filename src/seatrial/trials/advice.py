"""The smallest change that mends a cause, as a Deployment's patch where it can be one. Pure."""

import math
from typing import Any

import yaml

from seatrial.findings.model import Advice
from seatrial.trials.subject import Subject

# A pre-stop sleep beyond what is needed, for proxies slower than the budget says.
SLEEP_MARGIN_S = 3
# What shutting down itself may take after the sleep.
SHUTDOWN_MARGIN_S = 10


def advise(keys: tuple[str, ...], subject: Subject) -> tuple[Advice, ...]:
    """Advice for these causes, each once, in their order."""
    makers = [_BY_KEY[key] for key in keys if key in _BY_KEY]
    return tuple(maker(subject) for maker in dict.fromkeys(makers))


def readiness_probe(subject: Subject) -> Advice:
    """Say when the server is ready."""
    port = subject.container.get("ports") or [{}]
    number = port[0].get("containerPort") or (subject.target.port if subject.target else 80)
    path = subject.target.path if subject.target else "/"
    probe = {"httpGet": {"path": path, "port": number}, "periodSeconds": 1}
    return Advice(
        "add a readiness probe that asks what clients ask, so that requests come only after the"
        " server listens",
        _patch(subject, {"readinessProbe": probe}),
    )


def real_probe(_subject: Subject) -> Advice:
    """The probe asks the wrong thing."""
    return Advice("let the readiness probe ask the port and path that clients ask")


def drain_window(subject: Subject) -> Advice:
    """Serve on while proxies still send."""
    sleep_s = math.ceil(subject.budgets.needed_drain_s) + SLEEP_MARGIN_S
    grace_s = max(subject.grace_period_s, sleep_s + SHUTDOWN_MARGIN_S)
    lifecycle = {"preStop": {"sleep": {"seconds": sleep_s}}}
    more = {"terminationGracePeriodSeconds": grace_s} if grace_s > subject.grace_period_s else {}
    return Advice(
        f"keep serving after the deletion until every proxy has let go: a pre-stop sleep of"
        f" {sleep_s} s does it without touching the server (a handler of SIGTERM that serves on"
        " and says `Connection: close` does it better: seatrial-app is one)",
        _patch(subject, {"lifecycle": lifecycle}, more),
    )


def finish_in_flight(_subject: Subject) -> Advice:
    """End politely."""
    return Advice(
        "handle SIGTERM by finishing the requests in flight before the process exits, and answer"
        " with `Connection: close` from then on so that kept-alive clients move away; seatrial-app"
        " does that for every Python server, `seatrial-app run` for any other"
    )


def say_close(_subject: Subject) -> Advice:
    """Let kept-alive clients go before the connection goes."""
    return Advice(
        "from SIGTERM on keep idle connections open, answer the next request on each with"
        " `Connection: close`, and close what is still idle only when the drain window is over: a"
        " request that crosses a silent close is lost (a pre-stop sleep only puts that off;"
        " seatrial-app does all of it)"
    )


def longer_idle(_subject: Subject) -> Advice:
    """The server's keep-alive time-out is shorter than its clients'."""
    return Advice(
        "keep idle connections for longer than clients and proxies do (60 s is common): a request"
        " that crosses the close of an idle connection is lost"
    )


def end_well(_subject: Subject) -> Advice:
    """The shutdown itself went wrong."""
    return Advice(
        "end with code 0 after SIGTERM: another code says that shutting down went wrong half-way;"
        " the pod's last log lines say where"
    )


def longer_grace(subject: Subject) -> Advice:
    """More time, or less work."""
    return Advice(
        f"shut down in less than the {subject.grace_period_s} s that are given, or raise"
        " terminationGracePeriodSeconds"
    )


def pass_signal(_subject: Subject) -> Advice:
    """PID 1 and its signals."""
    return Advice(
        "let the server itself be PID 1 (`exec` in a shell wrapper, exec form of the command) and"
        " handle SIGTERM: PID 1 has no default action for it"
    )


def more_replicas(subject: Subject) -> Advice:
    """One is none."""
    return Advice(
        "run at least two replicas, so that one pod's absence leaves another",
        "" if subject.replicas > 1 else _spec_patch(subject, {"replicas": 2}),
    )


_BY_KEY = {
    "before-listening": readiness_probe,
    "before-listening-again": readiness_probe,
    "before-listening-probed": real_probe,
    "before-listening-again-probed": real_probe,
    "near-start": readiness_probe,
    "stopped-before-rules": drain_window,
    "gone-before-rules": drain_window,
    "left-in-backlog": drain_window,
    "near-stop": drain_window,
    "cut-at-exit": finish_in_flight,
    "cut-while-stopping": finish_in_flight,
    "answered-at-stop": finish_in_flight,
    "unread-at-stop": finish_in_flight,
    "idle-close": longer_idle,
    "idle-close-at-stop": say_close,
    "cut-by-kill": longer_grace,
    "no-endpoints": more_replicas,
}


def _patch(
    subject: Subject, container: dict[str, Any], pod_spec: dict[str, Any] | None = None
) -> str:
    named = {"name": subject.container.get("name", ""), **container}
    spec = {**(pod_spec or {}), "containers": [named]}
    return _spec_patch(subject, {"template": {"spec": spec}})


def _spec_patch(subject: Subject, spec: dict[str, Any]) -> str:
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": subject.name},
        "spec": spec,
    }
    return yaml.safe_dump(patch, sort_keys=False)
