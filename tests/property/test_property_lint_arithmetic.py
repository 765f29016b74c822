"""The linter's arithmetic against the controllers' own, and its promises for any figures."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.api.workloads import room_of
from seatrial.lint.budgets import evictions_allowed
from seatrial.lint.commands import launch_of
from seatrial.lint.edits import apply_edits
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.probes import give_time, start_of
from seatrial.lint.rolling import rolling_of
from seatrial.lint.shell.ending import ending_of
from seatrial.lint.shell.parse import parse_script
from seatrial.lint.shell.tokens import ScriptError
from seatrial.lint.shell.tree import simple_commands
from seatrial.lint.stopping import raise_grace, stop_of
from seatrial.lint.workload import Workload, workload_of

(EMPTY,) = read_text(Source("a.yaml", "kind: Deployment\n"))
amounts = st.integers(0, 20) | st.integers(0, 150).map(lambda each: f"{each}%")


def workload(spec: dict[str, Any]) -> Workload:
    assert isinstance(EMPTY, Manifest)
    value = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}
    found = workload_of(Manifest(value, EMPTY.source, EMPTY.node))
    assert found is not None
    return found


def with_container(container: dict[str, Any], **annotations: str) -> Workload:
    named = {f"seatrial.dev/{key.replace('_', '-')}": each for key, each in annotations.items()}
    pod = {"containers": [container | {"name": "web"}]}
    return workload({"template": {"metadata": {"annotations": named}, "spec": pod}})


@given(replicas=st.integers(1, 200), surge=amounts, unavailable=amounts)
def test_a_rollout_is_told_as_the_controller_rolls(
    replicas: int, surge: int | str, unavailable: int | str
) -> None:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    subject = workload({"replicas": replicas, "strategy": {"rollingUpdate": rolling}})
    told = rolling_of(subject, inventory_of([subject.manifest]), (1, 37))
    room = room_of(dict(subject.manifest.value))
    assert told is not None
    assert (told.surge, told.unavailable) == (room.surge, room.unavailable)
    assert told.surge + told.unavailable >= 1  # a rollout always moves
    assert told.takes_all == (room.unavailable >= replicas)


@given(replicas=st.integers(1, 200), amount=amounts)
def test_a_budget_never_allows_more_than_there_are(replicas: int, amount: int | str) -> None:
    for field in ("minAvailable", "maxUnavailable"):
        allowed = evictions_allowed({field: amount}, replicas)
        assert allowed is not None
        assert 0 <= allowed <= replicas


@given(replicas=st.integers(1, 200), percent=st.integers(0, 100))
def test_rounding_up_is_for_the_pods_with_min_and_for_the_drain_with_max(
    replicas: int, percent: int
) -> None:
    kept = evictions_allowed({"minAvailable": f"{percent}%"}, replicas)
    gone = evictions_allowed({"maxUnavailable": f"{100 - percent}%"}, replicas)
    assert kept is not None
    assert gone is not None
    assert kept * 100 <= (100 - percent) * replicas <= gone * 100
    assert gone - kept in {0, 1}


seconds = st.integers(0, 300)


@given(sleep=seconds, window=seconds, longest=seconds, grace=st.integers(1, 300))
def test_a_raised_grace_period_is_enough(sleep: int, window: int, longest: int, grace: int) -> None:
    container = {"lifecycle": {"preStop": {"sleep": {"seconds": sleep}}}}
    subject = with_container(container, drain_window=f"{window}s", longest_request=f"{longest}s")
    edited = apply_edits(subject.manifest.value, raise_grace(subject))
    mended = workload_of(Manifest(edited, subject.manifest.source, subject.manifest.node))
    assert mended is not None
    stop = stop_of(mended, mended.main_containers[0])
    assert stop.needed_s == sleep + window + longest
    assert stop.needed_s < stop.grace_s
    assert stop.serving_s < stop.grace_s


@given(
    needs=st.integers(0, 3000),
    delay=st.integers(0, 300),
    period=st.integers(1, 60),
    failures=st.integers(1, 60),
    is_startup=st.booleans(),
)
def test_a_start_that_was_given_time_is_sure_to_have_it(
    needs: int, delay: int, period: int, failures: int, is_startup: bool
) -> None:
    probe = {
        "tcpSocket": {"port": 80},
        "initialDelaySeconds": delay,
        "periodSeconds": period,
        "failureThreshold": failures,
    }
    name = "startupProbe" if is_startup else "livenessProbe"
    subject = with_container({name: probe}, start_time=f"{needs}s")
    container = subject.main_containers[0]
    start = start_of(subject, container)
    assert start is not None
    assert start.sure_s <= start.probe.budget_s == delay + period * failures
    edited = apply_edits(subject.manifest.value, give_time(start, container))
    mended = workload_of(Manifest(edited, subject.manifest.source, subject.manifest.node))
    assert mended is not None
    given_time = start_of(mended, mended.main_containers[0])
    assert given_time is not None
    assert given_time.name == "startupProbe"
    assert given_time.sure_s >= 2 * needs


letters = st.text(st.sampled_from("ab '\"\\;&|(){}<>$`#\n=-1") | st.characters(), max_size=60)
pieces = st.lists(
    st.sampled_from(
        [
            "if", "then", "else", "elif", "fi", "while", "for", "do", "done", "case", "in", "esac",
            "{", "}", "(", ")", "!", ";", ";;", "&", "&&", "||", "|", ">", "<", "2>&1", "app", "'a",
            "b'", "exec", "A=1", "$(", "echo", "\n", "f()", "sleep", "5", "trap", "TERM", "eval",
        ]
    ),
    max_size=25,
).map(" ".join)  # fmt: skip


@given(letters | pieces)
def test_any_text_is_read_or_refused(script: str) -> None:
    """Nothing else comes out than a tree or a ScriptError, and what is told stands in the text."""
    try:
        items = parse_script(script)
    except ScriptError:
        return
    ending_of(items)
    for command in simple_commands(items):
        assert 0 <= command.start <= command.end <= len(script)


@given(st.lists(st.text(max_size=8), max_size=8).map(tuple))
def test_any_command_is_taken_apart(words: tuple[str, ...]) -> None:
    launch = launch_of(words)
    assert launch.words == words[len(words) - len(launch.words) :]
