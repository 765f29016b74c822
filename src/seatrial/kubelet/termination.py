"""What a container leaves as its last words: the termination message, and how it ended.

Does: reads the message file, or the end of the log where the policy says so.
"""

from pathlib import Path

from seatrial.api.objects import Object
from seatrial.kubelet import log_lines
from seatrial.kubelet.containers import Termination
from seatrial.runtime.interface import Exit

DEFAULT_PATH = "/dev/termination-log"
MESSAGE_BYTES_MAX = 4096
# Of a log that stands in for the message.
LOG_BYTES_MAX = 2048
LOG_LINES_MAX = 80
# How much of a log file's end is looked at to find those lines.
LOG_READ_BYTES = 64 * 1024


def prepare(file: Path) -> None:
    """An empty message file that every user may write."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    file.chmod(0o666)


def termination_of(
    ended: Exit, *, container: Object, container_id: str, started_at: float, file: Path, log: Path
) -> Termination:
    """How the container ended, with its message."""
    return Termination(
        exit_code=ended.code,
        reason=ended.reason if ended.reason == "OOMKilled" else _reason(ended.code),
        message=message(file, log, container=container, failed=ended.code != 0),
        signal=ended.signal,
        started_at=started_at,
        finished_at=ended.finished_at,
        container_id=container_id,
    )


def _reason(code: int) -> str:
    return "Completed" if code == 0 else "Error"


def message(file: Path, log: Path, *, container: Object, failed: bool) -> str:
    """The termination message by the container's policy."""
    try:
        text = _tail(file, MESSAGE_BYTES_MAX)
    except FileNotFoundError:
        text = b""
    if not text and failed and container.get("terminationMessagePolicy") == "FallbackToLogsOnError":
        text = _log_end(log)
    return text.decode("utf-8", "replace")


def _log_end(log: Path) -> bytes:
    try:
        raw = _tail(log, LOG_READ_BYTES)
    except FileNotFoundError:
        return b""
    parsed = (log_lines.parse(line) for line in raw.splitlines()[-LOG_LINES_MAX:])
    text = b"".join(log_lines.render(each, timestamps=False) for each in parsed if each)
    return text[-LOG_BYTES_MAX:]


def _tail(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - limit))
        return file.read(limit)
