"""Faults are objects: whoever can use kubectl can provoke them, and take them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from e2e_cluster import Kubectl
from e2e_objects import RUN_ON, container, pod, server, service

API = "faults.seatrial.dev/v1"
# Only a delay that never ends by itself shows, without a clock, that it is kept and taken back.
FOR_EVER = "1000s"


@contextmanager
def fault(kubectl: Kubectl, kind: str, name: str, **spec: Any) -> Iterator[str]:
    """A fault for a while; its name for kubectl."""
    target = f"{kind.lower()}/{name}"
    kubectl.apply({"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec})
    try:
        yield target
    finally:
        kubectl("delete", target, "--ignore-not-found")


def test_the_kinds_explain_themselves(kubectl: Kubectl) -> None:
    found = kubectl("api-resources", "--api-group=faults.seatrial.dev", "-o", "name").split()
    for kind in ("containerkill", "endpointpropagationdelay", "kubeletdelay"):
        assert f"{kind}s.faults.seatrial.dev" in found
        assert "FIELDS:" in kubectl("explain", f"{kind}.spec")


def test_a_kubelet_delay_keeps_the_signal_back_until_it_is_taken_away(kubectl: Kubectl) -> None:
    kubectl.apply(
        pod("slow", container(RUN_ON), labels={"late": "yes"}), pod("quick", container(RUN_ON))
    )
    kubectl.wait_ready("slow", "quick")
    whom = {"namespace": kubectl.namespace, "labels": {"matchLabels": {"late": "yes"}}}
    with fault(kubectl, "KubeletDelay", kubectl.namespace, delay=FOR_EVER, **whom) as delay:
        row = kubectl("get", delay, "--no-headers").split()
        assert row[:5] == [kubectl.namespace, "*", kubectl.namespace, "late=yes", FOR_EVER]
        kubectl("delete", "pod", "slow", "--wait=false")
        kubectl("delete", "pod", "quick")
        assert kubectl("get", "pod", "slow", "--no-headers").split()[1:3] == ["1/1", "Terminating"]
        killing = kubectl("get", "events", "--field-selector", "reason=Killing", "-o", "name")
        assert len(killing.split()) == 1
    kubectl.wait("pod/slow", "delete")


def test_an_endpoint_delay_keeps_the_old_rules_until_it_is_taken_away(kubectl: Kubectl) -> None:
    def ask(name: str) -> dict[str, Any]:
        script = f"while true; do wget -q -T 1 -O - http://{name} || echo lost; sleep 0.1; done"
        return pod(f"ask-{name}", container(script))

    def follow(name: str) -> Any:
        return kubectl.follow("logs", "-f", f"ask-{name}")

    kubectl.apply(
        pod("one", server(), labels={"app": "web"}), service("late", app="web"),
        service("prompt", app="web"), ask("late"), ask("prompt"),
    )  # fmt: skip
    kubectl.wait_ready("one", "ask-late", "ask-prompt")
    which = {"namespace": kubectl.namespace, "name": "late"}
    with follow("late") as late, follow("prompt") as prompt:
        late.until("one")
        with fault(
            kubectl, "EndpointPropagationDelay", kubectl.namespace, delay=FOR_EVER, service=which
        ):
            kubectl.apply(pod("two", server(), labels={"app": "web"}))
            kubectl.wait_ready("two")
            kubectl("delete", "pod", "one")
            prompt.until("two")
            late.until("lost")
            seen = kubectl("logs", "ask-late").split()
            assert "two" not in seen
        late.until("two")


def test_a_container_kill_is_one_signal_once(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(RUN_ON)))
    kubectl.wait_ready("x")
    whom = {"namespace": kubectl.namespace, "pod": "x"}
    with fault(kubectl, "ContainerKill", kubectl.namespace, **whom) as kill:
        kubectl.wait_field(kill, ".status.phase", "Done")
        kubectl.wait_field("pod/x", ".status.containerStatuses[0].restartCount", "1")
    status = kubectl.get("pod", "x")["status"]["containerStatuses"][0]
    assert status["lastState"]["terminated"]["exitCode"] == 137


def test_a_fault_of_the_wrong_form_is_refused(kubectl: Kubectl) -> None:
    text = f"apiVersion: {API}\nkind: KubeletDelay\nmetadata: {{name: x}}\nspec: {{}}\n"
    refused = kubectl.attempt("apply", "-f", "-", text=text)
    assert refused.code == 1
    assert "spec.delay: Required value" in refused.err
