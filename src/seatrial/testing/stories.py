"""Books of evidence written by hand: a small language for what happened on a voyage.

    story = Story()
    story.pod(0.1, "web-a", "10.244.0.10")
    story.start(0.2, "web-a")
    story.ask(0.9, "10.244.0.10")
    story.world

Moments are seconds after the beginning.
"""

from collections.abc import Sequence
from typing import Any

from seatrial.api.objects import Object
from seatrial.trials.evidence.entry import Entry
from seatrial.trials.reading import read_world
from seatrial.trials.traffic.outcome import KEPT
from seatrial.trials.world import World

EPOCH = 1_800_000_000.0


class Story:
    """Says what happened, in seconds after the beginning; `book` is the evidence."""

    def __init__(self, *, journal: bool = True, probe: bool = False) -> None:
        self.book: list[Entry] = []
        self._probe = probe
        self._ids = 0
        self._pods: dict[str, Object] = {}
        self._journal = journal
        if journal:
            self.step(0.0, "journal", nodes=["node-0"])

    def _write(self, at: float, kind: str, facts: dict[str, Any]) -> None:
        self.book.append(Entry(EPOCH + at, kind, facts))

    def step(self, at: float, step: str, **facts: Any) -> None:
        self._write(at, "step", {"step": step, **facts})

    def pod(self, at: float, name: str, ip: str) -> None:
        """Created, scheduled and given an address at once."""
        probe = {"readinessProbe": {"httpGet": {"path": "/", "port": 8080}}} if self._probe else {}
        self._pods[name] = {
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "t", "uid": f"uid-{name}", "labels": {}},
            "spec": {"nodeName": "node-0", "containers": [{"name": "web", **probe}]},
            "status": {"podIP": ip},
        }
        self._say_pod(at, "ADDED", name)

    def start(self, at: float, name: str, *, restarts: int = 0) -> None:
        """Its container's process runs."""
        self._journal_line(at, "start", name, container="web", pid=7)
        self._status(name, {"running": {}}, restarts)
        self._say_pod(at, "MODIFIED", name)

    def ready(self, at: float, name: str, *, is_ready: bool = True) -> None:
        """The API is told whether it is Ready."""
        status = "True" if is_ready else "False"
        self._change(name, "status", conditions=[{"type": "Ready", "status": status}])
        self._say_pod(at, "MODIFIED", name)

    def delete(self, at: float, name: str, *, grace_s: int = 30) -> None:
        """Asked to end."""
        self._change(
            name,
            "metadata",
            deletionTimestamp="2027-01-15T08:00:00Z",
            deletionGracePeriodSeconds=grace_s,
        )
        self._say_pod(at, "MODIFIED", name)

    def signal(self, at: float, name: str, signal: str = "SIGTERM") -> None:
        self._journal_line(at, "signal", name, container="web", signal=signal)

    def close(self, at: float, name: str) -> None:
        """Its listening socket closed."""
        self._journal_line(at, "listener", name, ip="0.0.0.0", port=8080, state="closed")

    def exit(self, at: float, name: str, code: int = 0) -> None:
        self._journal_line(at, "exit", name, container="web", code=code, signal=None)
        self._status(name, {"terminated": {"exitCode": code}}, 0)
        self._say_pod(at, "MODIFIED", name)

    def gone(self, at: float, name: str) -> None:
        self._say_pod(at, "DELETED", name)

    def rules(self, at: float, ips: Sequence[str], service: str = "web") -> None:
        """The nodes' rules of a Service now hold these addresses."""
        if self._journal:
            held = [f"{ip}:8080" for ip in ips]
            self._write(at, "rules", {"service": f"t/{service}", "port": 80, "endpoints": held})

    def ask(
        self, at: float, ip: str = "", outcome: str = "ok", *, took_s: float = 0.002,
        connection: str = "new", established: bool | None = None, target: str = "web",
        detail: str = "", status: int = 0, port: int = 0, closing: bool = False,
    ) -> None:  # fmt: skip
        """One request, sent to the pod of that address ("": the rules had nobody)."""
        self._ids += 1
        local = port or 20_000 + self._ids
        if ip and self._journal and connection not in KEPT:
            flow = {"src_ip": "10.244.0.9", "src_port": local, "pod_ip": ip, "pod_port": 8080}
            self._write(at + 0.0005, "flow", flow)
        has_connection = outcome == "ok" if established is None else established
        begun = EPOCH + at
        facts = {
            "id": self._ids,
            "target": target,
            "connection": connection,
            "due": begun,
            "started": begun,
            "ended": begun + took_s,
            "outcome": outcome,
            "detail": detail,
            "local": f"10.244.0.9:{local}",
            "status": status or (200 if outcome == "ok" else 0),
            "closing": closing,
        }
        if has_connection:
            facts |= {"connected": begun + 0.0005, "sent": begun + 0.0006}
        if outcome == "ok":
            facts["first_byte"] = begun + took_s
        self._write(at + took_s, "request", facts)

    @property
    def world(self) -> World:
        return read_world(self.book)

    def _journal_line(self, at: float, kind: str, name: str, **facts: Any) -> None:
        if self._journal:
            self._write(at, kind, {"pod": f"t/{name}", "uid": f"uid-{name}", **facts})

    def _status(self, name: str, state: dict[str, Any], restarts: int) -> None:
        status = {"name": "web", "state": state, "restartCount": restarts}
        self._change(name, "status", containerStatuses=[status])

    def _change(self, name: str, part: str, **fields: Any) -> None:
        pod = self._pods[name]
        self._pods[name] = {**pod, part: {**pod[part], **fields}}

    def _say_pod(self, at: float, type_: str, name: str) -> None:
        self._write(at, "object", {"type": type_, "object": self._pods[name]})
