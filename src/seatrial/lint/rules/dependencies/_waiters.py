"""Programs whose work is to wait: what they wait for, and whether they ever give up.

Does: knows `seatrial wait`, wait-for-it, wait-for, wait4x, dockerize, and kubectl's own ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from seatrial.lint.rules.dependencies._calls import Call, expanded
from seatrial.lint.texts import Host, hosts_in

_SCRIPTS = frozenset({"wait-for-it", "wait-for-it.sh", "wait-for", "wait-for.sh"})
_KUBECTL = frozenset({"kubectl", "oc"})
_NEVER = frozenset({"0", "0s", "0m"})


@dataclass(frozen=True, slots=True)
class Waiter:
    """One program that waits."""

    calls: tuple[Call, ...]  # all of which have to be answered; () where that cannot be told
    is_endless: bool


def waiter_in(words: tuple[str, ...], env: Mapping[str, str]) -> Waiter | None:
    """What the words wait for; None where they do not wait."""
    program = words[0].rpartition("/")[2] if words else ""
    rest = tuple(expanded(word, env) for word in words[1:])
    if program == "seatrial" and rest[:1] == ("wait",):
        return Waiter(_targets(program, rest[1:]), _is_told(rest, "--timeout", _NEVER))
    if program in _SCRIPTS:
        is_endless = _is_told(rest, "-t", _NEVER) or _is_told(rest, "--timeout", _NEVER)
        return Waiter(_targets(program, rest[:1]), is_endless or "-t0" in rest)
    if program == "wait4x":
        return Waiter(_targets(program, rest[1:2]), _is_told(rest, "--timeout", _NEVER))
    if program == "dockerize":
        told = tuple(after for name, after in pairwise(rest) if name in {"-wait", "--wait"})
        return Waiter(_targets(program, told), is_endless=False)
    if program in _KUBECTL and rest[:2] == ("rollout", "status"):
        return Waiter((), not any(word.startswith("--timeout") for word in rest))
    return None


def _targets(program: str, words: tuple[str, ...]) -> tuple[Call, ...]:
    """Hosts that must answer: none where one of several is enough."""
    if "--any" in words or any(" or " in word for word in words):
        return ()
    hosts = [host for word in words for host in hosts_in(word) if host.is_addressed]
    calls = (_call(program, host) for host in hosts)
    return tuple(call for call in calls if not call.is_local)


def _call(program: str, host: Host) -> Call:
    return Call(program, host.scheme or "tcp", host.name, host.port)


def _is_told(words: tuple[str, ...], option: str, values: frozenset[str]) -> bool:
    told = [after for name, after in pairwise(words) if name == option]
    told += [word.removeprefix(f"{option}=") for word in words if word.startswith(f"{option}=")]
    return any(each in values for each in told)
