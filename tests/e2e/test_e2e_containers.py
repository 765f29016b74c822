"""What a container is given, what it keeps, and what happens when it ends or falls ill."""

import pytest
from e2e_cluster import Kubectl
from e2e_objects import RUN_ON, config_map, container, job, pod

KEEP = {"name": "keep", "emptyDir": {}}
KEPT = {"name": "keep", "mountPath": "/keep"}


def from_field(path: str) -> dict[str, object]:
    return {"fieldRef": {"fieldPath": path}}


def test_config_maps_secrets_and_the_downward_api_reach_environment_and_files(
    kubectl: Kubectl,
) -> None:
    kubectl.apply(config_map("settings", color="red", greeting="hello"))
    kubectl("create", "secret", "generic", "key", "--from-literal=word=swordfish")
    main = container(
        'echo "$COLOR,$WORD,$P_greeting,$POD,$NODE,$CPU,$(COLOR)";'
        "cat /settings/color /one/renamed /key/word; echo; cat /about/labels; echo;"
        "stat -L -c %a /key/word; ls /one; touch /settings/color 2>/dev/null || echo read-only",
        env=[
            {
                "name": "COLOR",
                "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}},
            },
            {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "key", "key": "word"}}},
            {"name": "POD", "valueFrom": from_field("metadata.name")},
            {"name": "NODE", "valueFrom": from_field("spec.nodeName")},
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
        envFrom=[{"prefix": "P_", "configMapRef": {"name": "settings"}}],
        resources={"limits": {"cpu": "2"}},
        volumeMounts=[
            {"name": "settings", "mountPath": "/settings"},
            {"name": "one", "mountPath": "/one"},
            {"name": "key", "mountPath": "/key"},
            {"name": "about", "mountPath": "/about"},
        ],
    )
    about = [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]
    kubectl.apply(
        pod(
            "x", main, labels={"team": "sea"}, restartPolicy="Never",
            volumes=[
                {"name": "settings", "configMap": {"name": "settings"}},
                {"name": "one", "configMap": {
                    "name": "settings", "items": [{"key": "greeting", "path": "renamed"}]}},
                {"name": "key", "secret": {"secretName": "key", "defaultMode": 0o400}},
                {"name": "about", "downwardAPI": {"items": about}},
            ],
        )
    )  # fmt: skip
    first, *files, labels, mode, listed, refusal = kubectl.log_when_done("x")
    node = kubectl.field("pod/x", ".spec.nodeName")
    assert first == f"red,swordfish,hello,x,{node},2,red"
    assert "".join(files) == "redhelloswordfish"
    assert (labels, mode, listed) == ('team="sea"', "400", "renamed")
    assert refusal == "read-only"


def test_a_missing_config_map_is_named_and_its_coming_lets_the_pod_start(kubectl: Kubectl) -> None:
    source = {"configMapKeyRef": {"name": "late", "key": "word"}}
    kubectl.apply(
        pod("x", container("echo $WORD", env=[{"name": "WORD", "valueFrom": source}]),
            restartPolicy="Never")
    )  # fmt: skip
    waiting = ".status.containerStatuses[0].state.waiting"
    kubectl.wait_field("pod/x", f"{waiting}.reason", "CreateContainerConfigError")
    assert kubectl.field("pod/x", f"{waiting}.message") == 'configmap "late" not found'
    kubectl.apply(config_map("late", word="now"))
    assert kubectl.log_when_done("x") == ["now"]


def test_an_empty_dir_survives_a_restart_and_the_containers_own_files_do_not(
    kubectl: Kubectl,
) -> None:
    script = (
        "if [ -e /keep/mark ]; then ls /keep /layer 2>&1; trap 'exit 0' TERM; sleep 3600 & wait;"
        " fi; touch /keep/mark /layer; exit 3"
    )
    kubectl.apply(pod("x", container(script, volumeMounts=[KEPT]), volumes=[KEEP]))
    kubectl.wait_field("pod/x", ".status.containerStatuses[0].restartCount", "1")
    with kubectl.follow("logs", "-f", "x") as log:
        log.until("mark")
    assert any("/layer: No such file or directory" in line for line in log.lines)
    status = kubectl.get("pod", "x")["status"]["containerStatuses"][0]
    assert status["lastState"]["terminated"]["exitCode"] == 3


def test_a_crashing_container_is_restarted_ever_later(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container("echo crashed; exit 3")))
    waiting = ".status.containerStatuses[0].state.waiting"
    kubectl.wait_field("pod/x", f"{waiting}.reason", "CrashLoopBackOff")
    uid = kubectl.field("pod/x", ".metadata.uid")
    place = f"x_{kubectl.namespace}({uid})"
    assert kubectl.field("pod/x", f"{waiting}.message") == (
        f"back-off 10s restarting failed container=main pod={place}"
    )
    assert kubectl.wait_event("x", "BackOff") == (
        f"Back-off restarting failed container main in pod {place}"
    )
    assert kubectl("get", "pods", "--no-headers").split()[1:4] == ["0/1", "CrashLoopBackOff", "1"]
    assert kubectl.field("pod/x", ".status.phase") == "Running"
    assert kubectl("logs", "x", "--previous") == "crashed\n"


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 7, "Failed"), ("OnFailure", 0, "Succeeded")],
)
def test_a_pod_ends_as_its_restart_policy_says(
    kubectl: Kubectl, policy: str, code: int, phase: str
) -> None:
    script = f"echo -n because > /dev/termination-log; exit {code}"
    kubectl.apply(pod("x", container(script), restartPolicy=policy))
    kubectl.wait_phase("x", phase)
    ended = kubectl.get("pod", "x")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == code
    assert ended["reason"] == ("Error" if code else "Completed")
    assert ended["message"] == "because"


def test_a_failing_liveness_probe_restarts_the_container(kubectl: Kubectl) -> None:
    script = f"if [ -e /keep/mark ]; then touch /healthy; fi; touch /keep/mark; {RUN_ON}"
    probe = {"exec": {"command": ["cat", "/healthy"]}, "periodSeconds": 1, "failureThreshold": 1}
    kubectl.apply(
        pod("x", container(script, livenessProbe=probe, volumeMounts=[KEPT]), volumes=[KEEP])
    )
    kubectl.wait_field("pod/x", ".status.containerStatuses[0].restartCount", "1")
    kubectl.wait_ready("x")
    assert kubectl.wait_event("x", "Unhealthy").startswith(
        "Liveness probe failed: cat: can't open '/healthy': No such file or directory"
    )
    assert kubectl.wait_event("x", "Killing") == (
        "Container main failed liveness probe, will be restarted"
    )


def test_readiness_comes_and_goes_without_a_restart(kubectl: Kubectl) -> None:
    probe = {"exec": {"command": ["cat", "/ready"]}, "periodSeconds": 1, "failureThreshold": 1}
    script = f"touch /ready; sleep 3; rm /ready; {RUN_ON}"
    ready = "jsonpath={.status.containerStatuses[0].ready}{'\\n'}"
    with kubectl.follow("get", "pods", "--watch", "-o", ready) as states:
        kubectl.apply(pod("x", container(script, readinessProbe=probe)))
        states.until("true")
        states.until("false")
    assert kubectl.field("pod/x", ".status.containerStatuses[0].restartCount") == "0"
    assert kubectl.wait_event("x", "Unhealthy").startswith("Readiness probe failed: ")


def test_a_startup_probe_holds_the_others_back(kubectl: Kubectl) -> None:
    main = container(
        f"(sleep 2; touch /started) & {RUN_ON}",
        startupProbe={"exec": {"command": ["cat", "/started"]}, "periodSeconds": 1,
                      "failureThreshold": 30},
        livenessProbe={"exec": {"command": ["cat", "/started"]}, "periodSeconds": 1,
                       "failureThreshold": 1},
    )  # fmt: skip
    kubectl.apply(pod("x", main))
    kubectl.wait_ready("x")
    status = kubectl.get("pod", "x")["status"]["containerStatuses"][0]
    assert (status["started"], status["restartCount"]) == (True, 0)


def test_init_containers_run_in_order_and_a_sidecar_stays(kubectl: Kubectl) -> None:
    def note(word: str) -> str:
        return f"echo {word} >> /keep/story"

    sidecar = container(
        f"{note('sidecar')}; {RUN_ON}", name="side", restartPolicy="Always", volumeMounts=[KEPT],
        startupProbe={"exec": {"command": ["grep", "sidecar", "/keep/story"]}, "periodSeconds": 1},
    )  # fmt: skip
    inits = [
        container(note("first"), name="first", volumeMounts=[KEPT]),
        sidecar,
        container(note("last"), name="last", volumeMounts=[KEPT]),
    ]
    main = container(f"{note('main')}; cat /keep/story", volumeMounts=[KEPT])
    kubectl.apply(pod("x", main, initContainers=inits, volumes=[KEEP], restartPolicy="Never"))
    kubectl.wait_phase("x", "Succeeded")
    assert kubectl("logs", "x", "-c", "main").split() == ["first", "sidecar", "last", "main"]


def test_post_start_runs_and_its_failure_ends_the_container(kubectl: Kubectl) -> None:
    good = {"postStart": {"exec": {"command": ["touch", "/keep/hooked"]}}}
    bad = {"postStart": {"exec": {"command": ["false"]}}}
    wait_for_it = f"until [ -e /keep/hooked ]; do sleep 0.1; done; echo hooked; {RUN_ON}"
    kubectl.apply(
        pod("good", container(wait_for_it, lifecycle=good, volumeMounts=[KEPT]), volumes=[KEEP]),
        pod("bad", container("exec sleep 1000", lifecycle=bad), restartPolicy="Never"),
    )
    kubectl.wait_ready("good")
    with kubectl.follow("logs", "-f", "good") as log:
        log.until("hooked")
    assert kubectl.wait_event("bad", "FailedPostStartHook") == "PostStartHook failed"
    kubectl.wait_phase("bad", "Failed")


def test_an_image_that_is_nowhere_is_told_and_retried(kubectl: Kubectl) -> None:
    main = {**container("true"), "image": "localhost:1/nowhere:1"}
    never = {**container("true"), "image": "nowhere:2", "imagePullPolicy": "Never"}
    kubectl.apply(pod("x", main), pod("never", never))
    waiting = ".status.containerStatuses[0].state.waiting.reason"
    kubectl.wait_field("pod/never", waiting, "ErrImageNeverPull")
    assert kubectl.wait_event("x", "Failed").startswith(
        'Failed to pull image "localhost:1/nowhere:1": '
    )
    kubectl.wait_field("pod/x", waiting, "ImagePullBackOff")
    told = kubectl.wait_event("x", "BackOff")
    assert told.startswith('Back-off pulling image "localhost:1/nowhere:1"')
    refused = kubectl.attempt("logs", "x")
    assert refused.code == 1
    assert "trying and failing to pull image" in refused.err


def test_a_command_that_is_not_there_is_told(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", {**container(""), "command": ["no-such-thing"]}, restartPolicy="Never"))
    kubectl.wait_phase("x", "Failed")
    ended = kubectl.get("pod", "x")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert "no-such-thing" in ended["message"]
    assert ended["exitCode"] == 128


def test_a_container_is_its_own_world(kubectl: Kubectl) -> None:
    """It is PID 1, has the pod's name, no more rights than asked for and nothing of the machine."""
    main = container(
        "echo $$$$; hostname; id -u; touch /x 2>&1; grep -E 'CapEff|NoNewPrivs' /proc/self/status;"
        "ls / | tr '\\n' ' '",
        securityContext={
            "runAsUser": 1000, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
        },
    )  # fmt: skip
    kubectl.apply(pod("x", main, restartPolicy="Never"))
    pid, host, user, touched, rights, privileges, root = kubectl.log_when_done("x")
    assert (pid, host, user) == ("1", "x", "1000")
    assert touched.endswith("Read-only file system")
    assert rights.split() == ["CapEff:", "0000000000000000"]
    assert privileges.split() == ["NoNewPrivs:", "1"]
    assert "home" not in root.split()


def test_deadline_ends_a_pod(kubectl: Kubectl) -> None:
    kubectl.apply(job("x", RUN_ON, activeDeadlineSeconds=1))
    kubectl.wait_phase("x", "Failed")
    assert kubectl.field("pod/x", ".status.reason") == "DeadlineExceeded"
