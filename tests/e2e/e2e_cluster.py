"""A cluster as its user has it: `seatrial`, `kubectl`, a directory and a kubeconfig."""

import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from e2e_machine import BIN, LIMIT_S, SEATRIAL, Finished, Following, run
from e2e_traces import Traces, left_over, traces_of

Object = dict[str, Any]
FIELD_SEPARATOR = "|"
_numbers = itertools.count(1)


def find_kubectl() -> str | None:
    """Kubernetes' own client: the environment's, else the machine's."""
    beside = BIN / "kubectl"
    return str(beside) if beside.exists() else shutil.which("kubectl")


@dataclass(frozen=True, slots=True)
class Kubectl:
    """Real kubectl on one kubeconfig and namespace."""

    program: str
    environment: Mapping[str, str]
    namespace: str = "default"

    def __call__(self, *words: str, text: str = "", limit_s: float = LIMIT_S) -> str:
        """What it prints; it has to succeed."""
        return run(self._argv(words), self.environment, text=text, limit_s=limit_s).out

    def attempt(self, *words: str, text: str = "") -> Finished:
        """How it ended, well or not."""
        return run(self._argv(words), self.environment, text=text, may_fail=True)

    def follow(self, *words: str) -> Following:
        """Run it and read on while it runs."""
        return Following(self._argv(words), self.environment)

    def apply(self, *objects: Object) -> str:
        """`kubectl apply` of these."""
        return self("apply", "-f", "-", text=_bundle(objects))

    def get(self, *words: str) -> Any:
        """`kubectl get -o json`."""
        return json.loads(self("get", *words, "-o", "json"))

    def field(self, target: str, path: str) -> str:
        """One field of one object, by JSON path."""
        return self("get", target, "-o", f"jsonpath={{{path}}}")

    def wait(self, target: str, condition: str) -> str:
        """`kubectl wait --for`."""
        return self("wait", target, f"--for={condition}", f"--timeout={LIMIT_S:.0f}s")

    def wait_field(self, target: str, path: str, value: str) -> str:
        """Wait until a field has that value."""
        return self.wait(target, f"jsonpath={{{path}}}={value}")

    def wait_ready(self, *pods: str) -> None:
        """Wait for pods' Ready condition."""
        for pod in pods:
            self.wait(f"pod/{pod}", "condition=Ready")

    def wait_phase(self, pod: str, phase: str) -> None:
        """Wait for a pod's phase."""
        self.wait_field(f"pod/{pod}", ".status.phase", phase)

    def log_when_done(self, pod: str) -> list[str]:
        """The log of a pod that runs to its end by itself, after that end."""
        self.wait_phase(pod, "Succeeded")
        return self("logs", pod).splitlines()

    def wait_event(self, name: str, reason: str) -> str:
        """Wait for an event about that object with that reason; its message."""
        columns = "jsonpath={.involvedObject.name}|{.reason}|{.message}{'\\n'}"
        with self.follow("get", "events", "--watch", "-o", columns) as events:
            line = events.until(lambda line: line.startswith(f"{name}|{reason}|"))
        return line.split(FIELD_SEPARATOR, 2)[2]

    def _argv(self, words: tuple[str, ...]) -> list[str]:
        return [self.program, "--namespace", self.namespace, *words]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One user's cluster. Nothing of it lies outside of `home`."""

    home: Path
    kubectl_program: str
    # Before every program of ours: how to become its user. Empty: as we are.
    prefix: tuple[str, ...] = ()
    more_environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def kubeconfig(self) -> Path:
        """The file that `up` writes for us."""
        return self.home / "kubeconfig"

    @property
    def environment(self) -> dict[str, str]:
        """Of every program: a home of its own, so that the user's files stay untouched."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "SEATRIAL_HOME": str(self.home / "s"),
            "KUBECONFIG": str(self.kubeconfig),
            **({"PYTHONPATH": path} if (path := os.environ.get("PYTHONPATH")) else {}),
            **self.more_environment,
        }

    @property
    def data_dir(self) -> Path:
        """Where the cluster keeps what it knows."""
        return self.home / "s" / "cluster"

    def kubectl(self, namespace: str = "default") -> Kubectl:
        """Real kubectl for it."""
        return Kubectl(self.kubectl_program, self.environment, namespace)

    def run(self, *words: str, may_fail: bool = False, limit_s: float = LIMIT_S) -> Finished:
        """A `seatrial` command to its end."""
        argv = [*self.prefix, SEATRIAL, *words]
        return run(argv, self.environment, may_fail=may_fail, limit_s=limit_s)

    def follow(self, *words: str, terminal: bool = False) -> Following:
        """A `seatrial` command that stays."""
        return Following([*self.prefix, SEATRIAL, *words], self.environment, terminal=terminal)

    def up(self, *words: str) -> Finished:
        """`up --detach`."""
        return self.run("up", "--detach", "--kubeconfig", str(self.kubeconfig), *words)

    def down(self, *words: str) -> Finished:
        """`down`."""
        return self.run("down", *words)

    def status(self) -> Any:
        """`status --format json`."""
        return json.loads(self.run("status", "--format", "json", may_fail=True).out)

    def traces(self) -> Traces:
        """What a running cluster has that must not outlive it."""
        return traces_of(self.status()["pids"])

    def left_over(self, traces: Traces) -> list[str]:
        """What a stopped cluster left."""
        return left_over(traces, self.home)

    def with_environment(self, **more: str) -> "Cluster":
        """The same with other variables."""
        return replace(self, more_environment={**self.more_environment, **more})


@contextmanager
def own_namespace(cluster: Cluster) -> Iterator[Kubectl]:
    """Kubectl in a namespace that no other test uses."""
    namespace = f"t{next(_numbers)}"
    kubectl = cluster.kubectl(namespace)
    kubectl("create", "namespace", namespace)
    yield kubectl
    kubectl("delete", "namespace", namespace, "--wait=false")


def _bundle(objects: tuple[Object, ...]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
