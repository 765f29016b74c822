"""The catalogue's index: what each code stands for. Codes are never used twice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Practice:
    """One line of the catalogue."""

    code: str
    title: str  # what an application must do
    why: str  # what happens to those who do not
    since: str = "0.1"


PRACTICES: tuple[Practice, ...] = (
    Practice(
        "SEA101",
        "no request before ready",
        "A Service sends requests to a pod as soon as it is Ready. Without a readiness probe that"
        " is the moment its process starts, and requests are refused until the server listens.",
    ),
    Practice(
        "SEA201",
        "a rolling update loses nothing",
        "Each deployment of a new version starts and stops every pod once. Whatever one start and"
        " one stop lose is lost at every release.",
    ),
    Practice(
        "SEA301",
        "keep serving after SIGTERM until every proxy has let go",
        "On deletion two chains run with no order between them: SIGTERM to the process, and the"
        " removal of the endpoint from every node's rules. A server that closes its listener first"
        " refuses the requests that are still sent to it.",
    ),
    Practice(
        "SEA304",
        "SIGTERM reaches the process",
        "PID 1 of a container has no default action for SIGTERM, and a shell as PID 1 does not pass"
        " it on. The process then lives until SIGKILL and loses everything that is in flight.",
    ),
    Practice(
        "SEA305",
        "stopping fits the grace period",
        "What has not ended terminationGracePeriodSeconds after the deletion, pre-stop hook"
        " included, is killed.",
    ),
    Practice(
        "SEA701",
        "a crash costs little",
        "A killed process takes its connections with it; the rest of the cost is up to the"
        " application: other replicas, a start that is not sent requests too early, a short start.",
    ),
)  # fmt: skip


def by_code(practices: tuple[Practice, ...] = PRACTICES) -> dict[str, Practice]:
    """The index; a code that is there twice is refused (ValueError)."""
    index: dict[str, Practice] = {}
    for practice in practices:
        if practice.code in index:
            raise ValueError(f"code {practice.code} is registered twice")
        index[practice.code] = practice
    return index
