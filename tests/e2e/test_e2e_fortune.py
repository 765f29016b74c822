"""The chapter's own manifest, as it stands: a pod that waits for a Service before it starts."""

from pathlib import Path

from e2e_cluster import Kubectl
from e2e_objects import container, pod, service

CLIENT = Path(__file__).parent / "data" / "fortune-client.yaml"
FORTUNE = "You will sail on a calm sea"
SERVE_FORTUNE = f"mkdir /www && echo '{FORTUNE}' > /www/index.html && exec httpd -f -p 80 -h /www"


def test_the_client_waits_for_the_service_and_then_reads_fortunes(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", str(CLIENT))
    with kubectl.follow("get", "pods", "--watch", "--no-headers") as pods:
        pods.until(lambda line: line.split()[:3] == ["fortune-client", "0/1", "Init:0/1"])
        with kubectl.follow("logs", "-f", "fortune-client", "-c", "init") as init:
            init.until("Waiting for fortune service to come up...")
            kubectl.apply(
                pod("fortune", container(SERVE_FORTUNE), labels={"app": "fortune"}),
                service("fortune"),
            )
            init.until("Service is up! Starting main container.")
            assert init.end() == 0
        pods.until(lambda line: line.split()[:3] == ["fortune-client", "1/1", "Running"])
    with kubectl.follow("logs", "-f", "fortune-client", "-c", "main") as main:
        main.until(FORTUNE)
        assert main.lines == [
            "Main container started. Reading fortune very 10 seconds.",
            "-------------",
            FORTUNE,
        ]


def test_the_event_says_that_a_loaded_image_satisfies_the_pull_policy(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", str(CLIENT))
    assert kubectl.field("pod/fortune-client", ".spec.containers[0].imagePullPolicy") == "Always"
    assert kubectl.wait_event("fortune-client", "Pulled") == (
        'Container image "busybox" already present on this machine '
        "(loaded archive; pull policy Always is satisfied by it)"
    )
