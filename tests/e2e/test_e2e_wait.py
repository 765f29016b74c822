"""`seatrial wait` as its users run it: a command, a bundle, the init container of a real pod."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from e2e_cluster import Cluster, Kubectl
from e2e_leaving import leave
from e2e_machine import SEATRIAL, Following, run
from e2e_objects import container, pod, server, service

from seatrial.images.build import DEFAULT_PATH

CLIENT = Path(__file__).parent / "data" / "fortune-client.yaml"
FORTUNE = "You will sail on a calm sea"
SERVE_FORTUNE = f"mkdir /www && echo '{FORTUNE}' > /www/index.html && exec httpd -f -p 80 -h /www"
OLDEST = "3.9"
NOBODY: Mapping[str, str] = {}
CLOSED = "tcp://127.0.0.1:1"  # nobody may listen there but root, and nobody does


def test_a_closed_port_ends_with_1_at_the_time_limit() -> None:
    done = run([SEATRIAL, "wait", CLOSED, "--timeout", "1s"], NOBODY, may_fail=True)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        f"waiting for {CLOSED}, at most 1s",
        f"[   0.0s] {CLOSED}: not yet: connection refused",
        f"error: time limit reached after 1s, not ready: {CLOSED} (connection refused)",
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["db:5432"], "'db:5432' is no target"),
        ([], "Missing argument 'TARGET...'."),
        ([CLOSED, "--timeout", "60"], "'60' is not a duration (for example 60s)"),
        ([CLOSED, "--ca", "/no/such.pem"], "'/no/such.pem' cannot be read."),
        ([CLOSED, "--bundle", "/no/such/wait.pyz"], "cannot write /no/such/wait.pyz"),
        (["pod/a", "--kubeconfig", "/no/such"], "kubeconfig /no/such does not exist"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_message(words: list[str], why: str) -> None:
    done = run([SEATRIAL, "wait", *words], NOBODY, may_fail=True)
    assert (done.code, done.out) == (2, "")
    assert why in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_json_lines_say_what_the_text_says() -> None:
    words = [CLOSED, "dns://localhost", "--any", "--format", "json"]
    done = run([SEATRIAL, "wait", *words], NOBODY)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert events[0]["expression"] == f"{CLOSED} or dns://localhost"
    assert {"event": "end", "ready": True, "exit_code": 0}.items() <= events[-1].items()


def run_into(target: Path, *words: str, stream: str) -> int:
    """The exit code with one of the standard streams on a file or device."""
    null = subprocess.DEVNULL
    with target.open("w") as file:
        out, err = (file, null) if stream == "stdout" else (null, file)
        argv = [SEATRIAL, "wait", *words]
        return subprocess.run(argv, stdout=out, stderr=err, check=False, cwd="/").returncode


def test_what_cannot_be_written_counts_only_where_it_was_asked_for() -> None:
    full = Path("/dev/full")
    assert run_into(full, "--help", stream="stdout") == 1
    assert run_into(full, CLOSED, "--manifest", stream="stdout") == 1
    assert run_into(full, "dns://localhost", stream="stderr") == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_it(number: signal.Signals, code: int) -> None:
    with Following([SEATRIAL, "wait", CLOSED, "--timeout", "0"], NOBODY) as waiter:
        waiter.until("connection refused")
        waiter.process.send_signal(number)
        assert waiter.end() == code
        assert waiter.lines[-1] == (
            f"interrupted by {number.name}, not ready: {CLOSED} (connection refused)"
        )


def test_the_command_imports_only_the_waiter() -> None:
    words = ["-X", "importtime", "-m", "seatrial", "wait", "tcp://localhost:1", "--timeout=1ms"]
    done = run([sys.executable, *words], NOBODY, may_fail=True)
    # Standard error holds the import log beside our own lines.
    names = {line.rpartition("|")[2].strip() for line in done.err.splitlines() if "|" in line}
    assert "seatrial.waiter.command" in names
    ours = {name for name in names if name.startswith("seatrial.")}
    assert {name for name in ours if not name.startswith("seatrial.waiter")} <= {
        "seatrial.__main__"
    }
    heavy = {"click", "rich", "asyncio", "dataclasses", "argparse", "ssl", "json", "http.client"}
    assert names & heavy == set()


@pytest.fixture
def pyz(tmp_path: Path) -> Path:
    """The bundle."""
    path = tmp_path / "wait.pyz"
    run([SEATRIAL, "wait", "--bundle", str(path)], NOBODY)
    return path


def run_alone(python: str, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A file under a Python that sees nothing else, in an empty environment."""
    return subprocess.run(
        [python, "-I", "-S", str(path), *words], env={}, capture_output=True, text=True,
        check=False, timeout=40, cwd="/",
    )  # fmt: skip


def test_a_bundle_runs_alone(pyz: Path) -> None:
    done = run_alone(sys.executable, pyz, CLOSED, "--timeout", "100ms")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("error: time limit reached after ")
    refused = run_alone(sys.executable, pyz, CLOSED, "--manifest")
    assert refused.returncode == 2
    assert "only an installed seatrial prints manifests" in refused.stderr
    help_here = run([SEATRIAL, "wait", "--help"], NOBODY).out
    assert run_alone(sys.executable, pyz, "--help").stdout == help_here


def test_a_bundle_outside_of_a_cluster_says_what_a_pod_needs(pyz: Path) -> None:
    done = run_alone(sys.executable, pyz, "pod/a")
    assert done.returncode == 2
    assert "KUBERNETES_SERVICE_HOST is not set" in done.stderr


def oldest_python() -> str:
    """The oldest Python that the waiter is for, where it is installed."""
    # pyenv's shims come before its versions on PATH, and run only those that are chosen.
    beside = sorted(Path.home().glob(f".pyenv/versions/{OLDEST}.*/bin/python3"))
    return str(beside[-1]) if beside else shutil.which(f"python{OLDEST}") or ""


def test_a_bundle_runs_under_the_oldest_python(pyz: Path) -> None:
    python = oldest_python()
    if not python:
        pytest.skip(f"Python {OLDEST} is not installed")
    words = ["dns://localhost", "http://127.0.0.1:1", "redis://127.0.0.1:1", "--any", "-v"]
    done = run_alone(python, pyz, *words, "--format=json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["ready"] is True


@pytest.fixture
def python_image(cluster: Cluster) -> None:
    """The image `python:3-slim`: this machine's root, which has a python3 on its usual path."""
    if shutil.which("python3", path=DEFAULT_PATH) is None:
        pytest.skip("no python3 where the image's PATH looks")
    cluster.run("image", "host", "python:3-slim", "python3")


def manifest(cluster: Cluster, *words: str) -> list[dict[str, Any]]:
    """What `--manifest` prints: objects to apply, and last the part of a pod's spec."""
    return list(yaml.safe_load_all(cluster.run("wait", "--manifest", *words).out))


def with_waiter(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A pod's spec with the printed part in the place of its own."""
    return {**spec, **part}


def test_the_chapters_client_waits_with_the_waiter(
    cluster: Cluster, kubectl: Kubectl, python_image: None
) -> None:
    config_map, part = manifest(cluster, "http://fortune")
    client = yaml.safe_load(CLIENT.read_text())
    client["spec"] = with_waiter(client["spec"], part)
    kubectl.apply(config_map, client)
    with kubectl.follow("get", "pods", "--watch", "--no-headers") as pods:
        pods.until(lambda line: line.split()[:3] == ["fortune-client", "0/1", "Init:0/1"])
        with kubectl.follow("logs", "-f", "fortune-client", "-c", "wait") as init:
            init.until("http://fortune: not yet: cannot resolve fortune: ")
            kubectl.apply(
                pod("fortune", container(SERVE_FORTUNE), labels={"app": "fortune"}),
                service("fortune"),
            )
            init.until("http://fortune: ready")
            assert init.end() == 0
        assert init.lines[0] == "waiting for http://fortune, at most 5m"
        pods.until(lambda line: line.split()[:3] == ["fortune-client", "1/1", "Running"])
    with kubectl.follow("logs", "-f", "fortune-client", "-c", "main") as main:
        main.until(FORTUNE)


def test_an_init_container_waits_for_a_pod_with_its_service_account(
    cluster: Cluster, kubectl: Kubectl, python_image: None
) -> None:
    config_map, *_, part = manifest(cluster, "pod/db", "--format=json")
    waiting = pod("app", container("true"), restartPolicy="Never")
    waiting["spec"] = with_waiter(waiting["spec"], part)
    kubectl.apply(config_map, waiting)
    kubectl.wait_phase("app", "Pending")
    with kubectl.follow("logs", "-f", "app", "-c", "wait") as init:
        init.until(f"there is no such pod in namespace {kubectl.namespace}")
        kubectl.apply(pod("db", server()))
        ready = json.loads(init.until('"event": "ready"'))
        assert init.end() == 0
    # A watch, not a question asked again and again.
    assert (ready["target"], ready["attempts"]) == ("pod/db", 1)
    kubectl.wait_phase("app", "Succeeded")


def test_process_1_leaves_at_sigterm(
    cluster: Cluster, kubectl: Kubectl, python_image: None
) -> None:
    config_map, part = manifest(cluster, "tcp://nobody:1")
    init = part["initContainers"][0]
    kubectl.apply(
        config_map, pod("x", init, volumes=part["volumes"], terminationGracePeriodSeconds=30)
    )
    kubectl.wait_phase("x", "Running")
    with kubectl.follow("logs", "-f", "x") as log:
        log.until("cannot resolve nobody")
    assert leave(kubectl, "x").exit_code == 143


def test_a_pod_is_waited_for_from_outside(cluster: Cluster, kubectl: Kubectl) -> None:
    with cluster.follow("wait", "pod/x", "-n", kubectl.namespace, "--timeout=0") as waiter:
        waiter.until("pod/x: not yet: there is no such pod")
        kubectl.apply(pod("x", server()))
        assert waiter.end() == 0
    assert waiter.lines[-2].endswith("pod/x: ready")
    ended = pod("y", container("true"), restartPolicy="Never")
    kubectl.apply(ended)
    kubectl.wait_phase("y", "Succeeded")
    done = cluster.run("wait", f"pod/{kubectl.namespace}/y", may_fail=True)
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("(it has ended (Succeeded))")
