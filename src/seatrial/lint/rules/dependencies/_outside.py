"""What probes and hooks ask that is not their own pod. Shared by the rules of 6xx."""

from collections.abc import Iterator

from seatrial.lint.commands import programs_in
from seatrial.lint.manifest import FieldPath, sequence
from seatrial.lint.probes import is_the_node
from seatrial.lint.rules.dependencies._calls import call_in, expanded
from seatrial.lint.workload import Container, Probe


def hosts_probed(container: Container, probe: Probe) -> Iterator[tuple[FieldPath, str]]:
    """Hosts that the probe asks besides its own pod, and where each is named."""
    handler, action = probe.handler
    if handler == "exec":
        words = tuple(map(str, sequence(action.get("command"))))
        yield from (
            ((*probe.path, "exec", "command"), host) for host in hosts_called(words, container)
        )
    host = action.get("host")
    if handler in {"httpGet", "tcpSocket"} and isinstance(host, str) and host:
        name = expanded(host, container.env)
        if not is_the_node(name) and "$" not in name:
            yield (*probe.path, handler, "host"), name


def hosts_called(words: tuple[str, ...], container: Container) -> Iterator[str]:
    """Hosts that a command asks besides its own pod."""
    for command in programs_in(words):
        call = call_in(command.words, container.env)
        if call is not None and not call.is_local:
            yield call.host
