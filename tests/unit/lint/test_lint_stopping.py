"""Rules of 3xx at their edges."""

from math import inf

import pytest
from lint_workloads import SERVICE, deployment, found, mended, message, pod_spec, workload_in

from seatrial.lint.edits import SetField
from seatrial.lint.hooks import hook_of, sleeps_of
from seatrial.lint.stopping import planned_grace_s, stop_of

READY = "readinessProbe: {httpGet: {path: /, port: 8080}}"


def pre_stop(script: str) -> str:
    return f"lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{script}']}}}}}}"


def action(seconds: int) -> str:
    return f"lifecycle: {{preStop: {{sleep: {{seconds: {seconds}}}}}}}"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (("sleep", "5"), 5),
        (("/bin/sleep", "1.5m"), 90),
        (("sleep", "1m", "30s"), 90),
        (("sleep", "infinity"), inf),
        (("sleep", "$N"), 0),
        (("sh", "-c", "sleep 5; nginx -s quit; sleep 1"), 6),
        (("sh", "-c", "sleep 5 && nginx -s quit"), 5),
        (("sh", "-c", "test -f /x && sleep 5"), 0),  # only if
        (("sh", "-c", "if true; then sleep 5; fi"), 0),
        (("sh", "-c", "sleep 5 & nginx -s quit"), 0),
        (("sh", "-c", "exec sleep 5; sleep 5"), 5),
        (("sh", "-c", "exit 0; sleep 5"), 0),
        (("env", "X=1", "sleep", "5"), 5),
        (("sh", "-c", "echo 'sleep 5'"), 0),
        ((), 0),
    ],
)
def test_what_a_command_surely_sleeps(words: tuple[str, ...], seconds: float) -> None:
    assert sleeps_of(words) == seconds


def test_a_hook_that_only_sleeps() -> None:
    for script, seconds in (("sleep 5", 5), ("sleep 5; rm /x", None), ("sleep $N", None)):
        _, container, _ = workload_in(deployment(pre_stop(script)))
        hook = hook_of(container, "preStop")
        assert hook is not None
        assert hook.only_sleeps_s == seconds


@pytest.mark.parametrize(
    ("container", "annotations", "window_s"),
    [
        ("", "", None),
        ("", "seatrial.dev/drain-window: 7s", 7),
        ("env: [{name: SEATRIAL_DRAIN_WINDOW, value: 3s}]", "", 3),
        ("env: [{name: SEATRIAL_DRAIN_WINDOW, value: soon}]", "", None),
        ("env: [{name: SEATRIAL_DRAIN_WINDOW, value: 3s}]", "seatrial.dev/drain-window: 7s", 7),
        ("command: [seatrial-app, run, --, app]", "", 5),
        ("command: [seatrial-app, run, --drain-window, 2s, --, app]", "", 2),
        ("command: [/x/seatrial-app, run, --drain-window=2s, --, app, --drain-window=9s]", "", 2),
        ("command: [python, -m, seatrial_app, run, --, app]", "", 5),
        ("command: [sh, -c, 'exec seatrial-app run --drain-window 4s -- app']", "", 4),
        ("args: [seatrial-app, run, --drain-window, 6, --, app]", "", 6),
        ("command: [seatrial-app, --help]", "", None),
    ],
)
def test_where_a_drain_window_is_read(
    container: str, annotations: str, window_s: float | None
) -> None:
    workload, one, _ = workload_in(deployment(container, annotations=annotations))
    assert stop_of(workload, one).window_s == window_s


@pytest.mark.parametrize(
    ("container", "planned_s"),
    [
        ("", None),
        ("command: [seatrial-app, run, --, app]", 30),
        ("command: [seatrial-app, run, --grace-period, 50s, --, app]", 50),
        ("env: [{name: SEATRIAL_GRACE_PERIOD, value: '40'}]", 40),
        ("env: [{name: SEATRIAL_DRAIN_WINDOW, value: 3s}]", 30),
    ],
)
def test_what_the_library_reckons_with(container: str, planned_s: float | None) -> None:
    _, one, _ = workload_in(deployment(container))
    assert planned_grace_s(one) == planned_s


def test_the_library_is_told_of_a_shorter_grace_period() -> None:
    pod = "terminationGracePeriodSeconds: 12"
    text = deployment("command: [seatrial-app, run, --, app]", pod=pod)
    (container,) = pod_spec(mended("grace-period-untold", text))["containers"]
    assert container["env"] == [{"name": "SEATRIAL_GRACE_PERIOD", "value": "12s"}]


@pytest.mark.parametrize(
    ("container", "annotations"),
    [
        (action(5), ""),
        ("lifecycle: {preStop: {httpGet: {path: /drain, port: 8080}}}", ""),  # who knows
        ("", "seatrial.dev/drain-window: 5s"),
        ("env: [{name: SEATRIAL_DRAIN_WINDOW, value: 3s}]", ""),
    ],
)
def test_a_drain_window_of_any_kind_is_enough(container: str, annotations: str) -> None:
    text = deployment(container, annotations=annotations)
    assert not found("drain-window-missing", text, SERVICE)
    assert found("drain-window-missing", deployment(), SERVICE)


def test_a_window_of_no_time_is_none() -> None:
    text = deployment(annotations="seatrial.dev/drain-window: 0s")
    assert found("drain-window-missing", text, SERVICE)


def test_who_serves_nobody_needs_no_drain_window() -> None:
    assert not found("drain-window-missing", deployment())


def test_a_drain_window_is_made_where_the_sleep_action_is_on() -> None:
    value = mended("drain-window-missing", deployment(), SERVICE)
    spec = pod_spec(value)
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert "terminationGracePeriodSeconds" not in spec
    (old,) = found("drain-window-missing", deployment(), SERVICE, version=(1, 29))
    assert old.edits == ()


def test_a_short_grace_period_is_raised_with_it() -> None:
    short = deployment(pod="terminationGracePeriodSeconds: 8")
    value = mended("drain-window-missing", short, SERVICE)
    assert pod_spec(value)["terminationGracePeriodSeconds"] == 10


@pytest.mark.parametrize(
    ("container", "pod", "annotations", "told"),
    [
        (action(30), "", "", "preStop sleeps 30 s: 30 s of 30 s grace"),
        (action(29), "", "", ""),
        (
            action(30),
            "",
            "seatrial.dev/drain-window: 5s",
            "preStop sleeps 30 s and the drain window needs 5 s: 35 s of 30 s grace",
        ),
        ("", "", "seatrial.dev/drain-window: 30s", "the drain window is 30 s: 30 s of 30 s grace"),
        (pre_stop("sleep 45"), "", "", "preStop sleeps 45 s: 45 s of 30 s grace"),
        (pre_stop("sleep 45"), "terminationGracePeriodSeconds: 46", "", ""),
        (pre_stop("x || sleep 45"), "", "", ""),
        (action(31), "", "", ""),  # refused: another rule
        (pre_stop("sleep 45"), "terminationGracePeriodSeconds: 0", "", ""),  # another rule
    ],
)
def test_the_sum_of_a_stop(container: str, pod: str, annotations: str, told: str) -> None:
    text = deployment(container, pod=pod, annotations=annotations)
    messages = [each.message for each in found("stopping-exceeds-grace", text)]
    assert bool(messages) is bool(told)
    assert all(each.startswith(told) for each in messages)


def test_what_never_ends_cannot_be_given_enough() -> None:
    (finding,) = found("stopping-exceeds-grace", deployment(pre_stop("sleep infinity")))
    assert finding.edits == ()


def test_a_raised_grace_period_holds_every_container() -> None:
    text = deployment(action(30), annotations="seatrial.dev/longest-request: 20s")
    slow = "      - name: slow\n        lifecycle: {preStop: {exec: {command: [sleep, '50']}}}\n"
    edits = {edit for each in found("stopping-exceeds-grace", text + slow) for edit in each.edits}
    path = ("spec", "template", "spec", "terminationGracePeriodSeconds")
    assert edits == {SetField(path, 75)}


@pytest.mark.parametrize(
    ("longest", "is_found"), [("24s", False), ("25s", False), ("25.5s", True), ("1h", True)]
)
def test_the_longest_request(longest: str, is_found: bool) -> None:
    text = deployment(action(5), annotations=f"seatrial.dev/longest-request: {longest}")
    assert bool(found("longest-request-cut", text)) is is_found


@pytest.mark.parametrize(
    ("seconds", "version", "is_found"),
    [
        (30, (1, 37), False),
        (31, (1, 37), True),
        (0, (1, 33), False),
        (0, (1, 32), True),
        (-1, (1, 37), True),
    ],
)
def test_sleeps_that_are_refused(seconds: int, version: tuple[int, int], is_found: bool) -> None:
    assert bool(found("pre-stop-sleep-refused", deployment(action(seconds)), version=version)) is (
        is_found
    )


@pytest.mark.parametrize(
    ("script", "is_found"),
    [
        ("nginx -s quit", True),
        ("/usr/sbin/nginx -c /x -s quit", True),
        ("nginx -s reload", False),
        ("sleep 5; nginx -s quit", False),
        ("nginx -s quit; sleep 5", True),
        ("kill 1", True),
        ("kill -s TERM 1", True),
        ("kill -SIGQUIT 1; sleep 9", True),
        ("kill -HUP 1", False),
        ("kill -0 1", False),
        ("pkill --signal=TERM gunicorn", True),
        ("apachectl -k graceful-stop", True),
        ("echo kill 1", False),
        ("if [ -e /x ]; then kill 1; fi", True),
    ],
)
def test_hooks_that_stop_at_once(script: str, is_found: bool) -> None:
    text = deployment(pre_stop(script))
    assert bool(found("pre-stop-stops-at-once", text, SERVICE)) is is_found


def test_a_server_with_a_window_of_its_own_may_be_told_at_once() -> None:
    text = deployment(pre_stop("kill 1"), annotations="seatrial.dev/drain-window: 5s")
    assert not found("pre-stop-stops-at-once", text, SERVICE)


SHELL = "command: [{shell}, -c, '{script}']"


@pytest.mark.parametrize(
    ("container", "rule"),
    [
        (SHELL.format(shell="sh", script="app; echo x"), "shell-keeps-sigterm"),
        (SHELL.format(shell="bash", script="app | tee /x"), "shell-keeps-sigterm"),
        (SHELL.format(shell="sh", script="while app; do true; done"), "shell-keeps-sigterm"),
        (SHELL.format(shell="sh", script="app"), "shell-without-exec"),
        (SHELL.format(shell="bash", script="app"), ""),
        (SHELL.format(shell="ash", script="app"), ""),
        (SHELL.format(shell="sh", script="exec app"), ""),
        (SHELL.format(shell="sh", script="sleep infinity"), ""),
        (SHELL.format(shell="sh", script="if app"), ""),  # not understood
        ("command: [tini, --, sh, -c, 'app; echo x']", "shell-keeps-sigterm"),
        ("command: [tini, -g, --, sh, -c, 'app; echo x']", ""),
        ("command: [dumb-init, sh, -c, 'app; echo x']", ""),
        ("args: [sh, -c, 'app; echo x']", ""),  # the image's entry point may do anything
        ("command: [yarn, start]", "package-runner-as-pid-one"),
        ("command: [tini, --, npm, start]", "package-runner-as-pid-one"),
        ("command: [poetry, run, app]", ""),
        ("command: [app]", ""),
    ],
)
def test_who_gets_sigterm(container: str, rule: str) -> None:
    names = ["shell-keeps-sigterm", "shell-without-exec", "package-runner-as-pid-one"]
    text = deployment(container)
    assert [name for name in names if found(name, text, SERVICE)] == ([rule] if rule else [])


def test_a_shell_below_an_init_dies_at_once() -> None:
    text = deployment("command: [tini, --, sh, -c, 'app; echo x']")
    assert "dies of SIGTERM at once" in message("shell-keeps-sigterm", text, SERVICE)
    assert not found("stops-only-by-kill", text)


def test_a_shell_that_serves_nobody_is_only_slow() -> None:
    text = deployment(SHELL.format(shell="sh", script="while true; do a; sleep 9; done"))
    assert message("stops-only-by-kill", text) == (
        "sh of container web runs a 'while' loop and ignores SIGTERM: each stop takes 30 s"
    )
    assert not found("shell-keeps-sigterm", text)
    assert not found("stops-only-by-kill", text, SERVICE)


def test_another_way_to_stop_is_respected() -> None:
    container = SHELL.format(shell="sh", script="app; echo x") + "\n" + pre_stop("kill-app")
    assert not found("shell-keeps-sigterm", deployment(container), SERVICE)


@pytest.mark.parametrize(
    ("script", "changed"),
    [
        ("app --x", "exec app --x"),
        ("cd /app && app >/log", "cd /app && exec app >/log"),
        ("migrate\n\napp", "migrate\n\nexec app"),
    ],
)
def test_exec_is_put_before_the_last_command(script: str, changed: str) -> None:
    text = deployment(f"command: [sh, -c]\nargs: ['{script}']".replace("\n\n", "\n\n\n"))
    (container,) = pod_spec(mended("shell-without-exec", text))["containers"]
    assert " ".join(container["args"][0].split()) == " ".join(changed.split())


@pytest.mark.parametrize("script", ["A=1 app", "cd /app"])
def test_exec_is_not_put_where_it_would_break(script: str) -> None:
    text = deployment(SHELL.format(shell="sh", script=script))
    (finding,) = found("shell-without-exec", text)
    assert finding.edits == ()


@pytest.mark.parametrize(
    ("script", "version", "seconds"),
    [
        ("sleep 5", (1, 30), 5),
        ("sleep 5", (1, 29), None),
        ("sleep 1m", (1, 37), None),  # longer than the grace period: the action would be refused
        ("sleep 0.5", (1, 37), None),
        ("sleep 5; nginx -s quit", (1, 37), None),
    ],
)
def test_the_sleep_action(script: str, version: tuple[int, int], seconds: int | None) -> None:
    hits = found("pre-stop-sleeps-by-command", deployment(pre_stop(script)), version=version)
    assert bool(hits) is (seconds is not None)
    if seconds is not None:
        value = mended("pre-stop-sleeps-by-command", deployment(pre_stop(script)), version=version)
        hook = pod_spec(value)["containers"][0]["lifecycle"]["preStop"]
        assert hook == {"sleep": {"seconds": seconds}}


def test_readiness_that_is_withdrawn() -> None:
    ready = "readinessProbe: {exec: {command: [cat, /tmp/ready]}}"
    early = deployment(f"{ready}\n{pre_stop('rm -f /tmp/ready; sleep 5')}")
    assert "changes /tmp/ready" in message("readiness-withdrawn-early", early, SERVICE)
    other = deployment(f"{ready}\n{pre_stop('rm -f /tmp/lock; sleep 5')}")
    assert not found("readiness-withdrawn-early", other, SERVICE)
    many = deployment(f"{ready}\n{pre_stop('rm -f /tmp/ready; sleep 5')}", spec="replicas: 2")
    assert not found("readiness-withdrawn-early", many, SERVICE)


@pytest.mark.parametrize(
    ("grace", "annotations", "is_found"),
    [
        (120, "", False),
        (121, "", True),
        (600, "seatrial.dev/longest-request: 4m", True),
        (600, "seatrial.dev/longest-request: 5m", False),
    ],
)
def test_long_grace_periods(grace: int, annotations: str, is_found: bool) -> None:
    pod = f"terminationGracePeriodSeconds: {grace}"
    text = deployment(pod=pod, annotations=annotations)
    assert bool(found("grace-period-long", text)) is is_found
    moving = deployment(pre_stop("hand-over --all"), pod=pod, annotations=annotations)
    assert not found("grace-period-long", moving)
    assert bool(found("grace-period-for-data", moving)) is is_found
    assert not found("grace-period-for-data", text)


def test_a_hook_that_asks_by_a_name_of_the_cluster() -> None:
    hook = "lifecycle: {{postStart: {{httpGet: {{path: /, port: 80, host: {host}}}}}}}"
    assert found("hook-host-unresolvable", deployment(hook.format(host="web")), SERVICE)
    assert found("hook-host-unresolvable", deployment(hook.format(host="a.b.svc")))
    assert not found("hook-host-unresolvable", deployment(hook.format(host="web")))
    assert not found("hook-host-unresolvable", deployment(hook.format(host="example.com")))
