"""What init containers wait for. Shared by the rules of 6xx.

Does: finds loops that ask a host again and again, and tells those that end by themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seatrial.lint.commands import container_launch, launch_of
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest, mapping
from seatrial.lint.rules.dependencies._calls import Call, call_in
from seatrial.lint.rules.dependencies._waiters import Waiter, waiter_in
from seatrial.lint.running import Running, script_run_by
from seatrial.lint.shell.parse import parse_script
from seatrial.lint.shell.tokens import ScriptError
from seatrial.lint.shell.tree import Loop, Simple, commands_in, simple_commands
from seatrial.lint.workload import Container, Workload

_COMPARISONS = frozenset({"-lt", "-le", "-gt", "-ge", "-eq", "-ne"})


@dataclass(frozen=True, slots=True)
class Wait:
    """A loop, or a program that waits, of one init container."""

    container: Container
    field: FieldPath
    calls: tuple[Call, ...]  # what it asks; () where that cannot be told
    is_endless: bool
    manifest: Manifest | None = None  # where it stands, if not in the workload's own


def waits_of(workload: Workload, inventory: Inventory) -> tuple[Wait, ...]:
    """Every wait of every init container, found once however many rules ask."""
    found: tuple[Wait, ...] = inventory.remember(
        ("waits", id(workload.manifest)), lambda: tuple(_all_waits(workload, inventory))
    )
    return found


def has_deadline(workload: Workload) -> bool:
    """Kubernetes itself ends the pod, or the Job, after a time."""
    job = workload.manifest.spec
    if workload.kind == "CronJob":
        job = mapping(mapping(job.get("jobTemplate")).get("spec"))
    is_job = workload.kind in {"Job", "CronJob"}
    return "activeDeadlineSeconds" in workload.pod_spec or (
        is_job and "activeDeadlineSeconds" in job
    )


def service_called(call: Call, namespace: str, inventory: Inventory) -> Manifest | None:
    """The Service among the manifests that the call goes to: `db`, `db.shop`, `db.shop.svc...`."""
    name, _, rest = call.host.partition(".")
    other = rest.partition(".")[0]
    found = inventory.find("Service", name, other) if other else None
    return found or (inventory.find("Service", name, namespace) if not other else None)


def services_waited_for(
    workload: Workload, inventory: Inventory
) -> Iterator[tuple[Wait, Call, Manifest]]:
    """Services whose endpoints a wait of the workload needs; asking for the name needs none."""
    for wait in waits_of(workload, inventory):
        for call in wait.calls:
            service = service_called(call, workload.manifest.namespace, inventory)
            if service is not None and (call.scheme != "dns" or _is_headless(service)):
                yield wait, call, service


def _all_waits(workload: Workload, inventory: Inventory) -> Iterator[Wait]:
    for container in workload.init_containers:
        launch = container_launch(container)
        running = script_run_by(workload, container, inventory)
        if running is not None:
            yield from _in_script(container, running)
        elif launch is not None and launch.script is None:
            waiter = waiter_in(launch.words, container.env)
            if waiter is not None:
                field = (*container.path, "command")
                yield Wait(container, field, waiter.calls, waiter.is_endless)


def _is_headless(service: Manifest) -> bool:
    return service.spec.get("clusterIP") == "None"


def _in_script(container: Container, running: Running) -> Iterator[Wait]:
    is_counted = "((" in running.text or "SECONDS" in running.text
    for command in commands_in(running.items):
        found = None
        if isinstance(command, Loop) and command.word in {"while", "until"}:
            found = _in_loop(command, container, is_counted=is_counted)
        elif isinstance(command, Simple):
            found = waiter_in(command.words, container.env)
        if found is not None:
            field, manifest = running.field, running.manifest
            yield Wait(container, field, found.calls, found.is_endless, manifest)


def _in_loop(loop: Loop, container: Container, *, is_counted: bool) -> Waiter | None:
    """What the loop waits for; None for a loop that works."""
    parts = tuple(simple_commands((*loop.condition, *loop.body)))
    calls = tuple(_calls(parts, container))
    if not calls and not any(part.program == "sleep" for part in parts):
        return None
    return Waiter(calls, is_endless=not (is_counted or any(map(_ends, parts))))


def _calls(parts: Iterable[Simple], container: Container) -> Iterator[Call]:
    for part in parts:
        words = part.words
        if words[:1] == ("timeout",):
            words = words[2:]
        call = call_in(launch_of(words).words, container.env)
        if call is not None and not call.is_local:
            yield call
        for word in words:
            yield from _calls(_substituted(word), container)


def _substituted(word: str) -> tuple[Simple, ...]:
    """The commands of `$(...)`, where that is the whole word."""
    if not word.startswith("$(") or not word.endswith(")") or word.startswith("$(("):
        return ()
    try:
        return tuple(simple_commands(parse_script(word[2:-1])))
    except ScriptError:
        return ()


def _ends(command: Simple) -> bool:
    """The command counts, or gives up: the loop has a limit."""
    if command.program == "exit":
        return command.words[1:] not in {(), ("0",)}
    return bool(_COMPARISONS & set(command.words))
