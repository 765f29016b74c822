"""Asks by a command in the container: exit code 0 is success."""

from collections.abc import Sequence

from seatrial.kubelet.probes.outcome import Outcome, failure, success, unknown
from seatrial.runtime.interface import ExecFailure, Runtime, UnknownContainer


async def ask(
    runtime: Runtime, container_id: str, argv: Sequence[str], *, timeout_s: float
) -> Outcome:
    """One run of the command, killed at its limit."""
    try:
        result = await runtime.exec(container_id, argv, timeout_s=timeout_s)
    except (ExecFailure, UnknownContainer) as error:
        return unknown(f"rpc error: code = Unknown desc = failed to exec in container: {error}")
    output = result.output.decode("utf-8", "replace")
    if result.timed_out:
        shown = " ".join(argv)
        return failure(f'command timed out: "{shown}" timed out after {timeout_s:g}s')
    return success(output) if result.code == 0 else failure(output)
