"""How a pod went, as a watch showed it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from e2e_cluster import Kubectl


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a watch showed of a pod from the request to delete it until it was gone."""

    grace_period_s: int
    deadline: datetime
    finished: datetime
    exit_code: int

    @property
    def took_s(self) -> float:
        """From the request to the container's end, by the object's own timestamps."""
        return (self.finished - self.deadline).total_seconds() + self.grace_period_s


def leave(kubectl: Kubectl, name: str, *words: str) -> Leaving:
    """Delete a pod and watch it go."""
    form = "jsonpath={.type} {.object}{'\\n'}"
    watch = ("get", "pod", name, "--watch", "--output-watch-events", "-o", form)
    with kubectl.follow(*watch) as watched:
        watched.until("ADDED")
        kubectl("delete", "pod", name, "--wait=false", *words)
        asked = json.loads(watched.until("MODIFIED").partition(" ")[2])["metadata"]
        last = json.loads(watched.until("DELETED").partition(" ")[2])
    ended = last["status"]["containerStatuses"][0]["state"]["terminated"]
    return Leaving(
        grace_period_s=asked["deletionGracePeriodSeconds"],
        deadline=instant(asked["deletionTimestamp"]),
        finished=instant(ended["finishedAt"]),
        exit_code=ended["exitCode"],
    )
