"""Who is PID 1 of a container, and what it does with SIGTERM.

PID 1 has no default action for a signal: without a handler of its own SIGTERM does nothing to it.
A shell has none, and does not pass it on. Below an init (tini, dumb-init) a shell ends by SIGTERM,
at once, and the container ends with it: what it started gets SIGKILL.
"""

from dataclasses import dataclass

from seatrial.lint.commands import Launch, Script, container_launch
from seatrial.lint.hooks import hook_of
from seatrial.lint.shell.ending import IDLE, Ending, Fate, ending_of
from seatrial.lint.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class PidOne:
    """A shell that stands between SIGTERM and a program."""

    launch: Launch
    script: Script
    ending: Ending
    dies_at_once: bool  # it is not PID 1: the shell dies of SIGTERM, and the program is killed

    @property
    def told(self) -> str:
        """`'gunicorn'`, or `what it runs`."""
        program = self.ending.program
        return repr(program.program) if program is not None else "what it runs"


def shell_of(workload: Workload, container: Container) -> PidOne | None:
    """None where no shell is in the way, as far as the manifest tells."""
    launch = container_launch(container)
    if launch is None or launch.script is None or launch.script.items is None:
        return None
    if launch.init_tells_all or stops_otherwise(container):
        return None
    shares = workload.pod_spec.get("shareProcessNamespace") is True
    ending = ending_of(launch.script.items)
    return PidOne(launch, launch.script, ending, bool(launch.init) or shares)


def stops_otherwise(container: Container) -> bool:
    """A pre-stop hook does more than sleep: the application may not need SIGTERM."""
    hook = hook_of(container, "preStop")
    if hook is None or hook.handler[0] == "sleep":
        return False
    return hook.only_sleeps_s is None


def may_stay(pid_one: PidOne) -> bool:
    """The shell stays or is replaced, as it pleases: no `exec` before the last command."""
    program = pid_one.ending.program
    if pid_one.ending.fate is not Fate.LAST or program is None or program.program in IDLE:
        return False
    return pid_one.script.shell in {"sh", "dash"}
