"""What well-known servers are told of their shutdown, and what follows."""

import pytest
from lint_workloads import SERVICE, deployment, found, mended, message, pod_spec, workload_in

from seatrial.lint.servers import Limit, limit_of


@pytest.mark.parametrize(
    ("container", "limit"),
    [
        ("command: [gunicorn, 'app:app']", Limit("gunicorn", 30, "")),
        (
            "command: [gunicorn, --graceful-timeout, '9', a]",
            Limit("gunicorn", 9, "--graceful-timeout"),
        ),
        (
            "command: [gunicorn, --graceful-timeout=9, a]",
            Limit("gunicorn", 9, "--graceful-timeout"),
        ),
        ("command: [gunicorn, -c, conf.py, a]", None),  # the file may say anything
        (
            "command: [gunicorn, a]\nenv: [{name: GUNICORN_CMD_ARGS, value: --graceful-timeout=7}]",
            Limit("gunicorn", 7, "--graceful-timeout"),
        ),
        (
            'command: [gunicorn, a]\nenv: [{name: GUNICORN_CMD_ARGS, value: "it\'s"}]',
            Limit("gunicorn", 30, ""),
        ),
        ("command: [hypercorn, a]", Limit("hypercorn", 3, "")),
        ("command: [uvicorn, a]", None),  # waits for ever
        (
            "command: [python, -m, uvicorn, a, --timeout-graceful-shutdown, '5']",
            Limit("uvicorn", 5, "--timeout-graceful-shutdown"),
        ),
        (
            "command: [sh, -c, 'migrate && exec hypercorn --graceful-timeout 8 a']",
            Limit("hypercorn", 8, "--graceful-timeout"),
        ),
        (
            "command: [seatrial-app, run, --, hypercorn, a]",
            Limit("hypercorn", 3, ""),
        ),
        ("command: [poetry, run, hypercorn, a]", Limit("hypercorn", 3, "")),
        ("command: [echo, hypercorn]", None),
        (
            "env: [{name: SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE, value: 25s}]",
            Limit("Spring", 25, "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE"),
        ),
        ("", None),
    ],
)
def test_what_a_server_is_told(container: str, limit: Limit | None) -> None:
    _, one, _ = workload_in(deployment(container))
    assert limit_of(one) == limit


@pytest.mark.parametrize(("longest", "is_found"), [("30s", False), ("31s", True)])
def test_a_server_that_gives_up_first(longest: str, is_found: bool) -> None:
    text = deployment(
        "command: [gunicorn, a]", annotations=f"seatrial.dev/longest-request: {longest}"
    )
    assert bool(found("server-cuts-requests", text, SERVICE)) is is_found


@pytest.mark.parametrize(
    ("seconds", "sleep", "is_found"),
    [("20", 10, False), ("21", 10, True), ("31", 0, True), ("10", 30, False)],
)
def test_a_limit_that_never_comes_to_bear(seconds: str, sleep: int, is_found: bool) -> None:
    hook = f"lifecycle: {{preStop: {{sleep: {{seconds: {sleep}}}}}}}"
    text = deployment(f"command: [gunicorn, --graceful-timeout, '{seconds}', a]\n{hook}")
    assert bool(found("server-limit-beyond-grace", text)) is is_found


def test_a_default_was_chosen_by_nobody() -> None:
    hook = "lifecycle: {preStop: {sleep: {seconds: 10}}}"
    assert not found("server-limit-beyond-grace", deployment(f"command: [gunicorn, a]\n{hook}"))


def test_the_sum_is_told_and_mended() -> None:
    text = deployment(
        "command: [gunicorn, --graceful-timeout, '25', a]\n"
        "lifecycle: {preStop: {sleep: {seconds: 10}}}"
    )
    assert message("server-limit-beyond-grace", text) == (
        "gunicorn may take 25 s after SIGTERM (--graceful-timeout) and 10 s go before it: 35 s of"
        " 30 s grace"
    )
    spec = pod_spec(mended("server-limit-beyond-grace", text))
    assert spec["terminationGracePeriodSeconds"] == 40
