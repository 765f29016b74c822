"""What a voyage sees when it looks: pods, replicas, outcomes; it only asks the scene."""

from dataclasses import dataclass

from seatrial.api.kinds import DEPLOYMENT, POD
from seatrial.api.objects import (
    Object,
    condition_of,
    is_condition_true,
    is_terminating,
    labels_of,
    metadata,
    name_of,
    spec_of,
    status_of,
)
from seatrial.kit.text import plural
from seatrial.trials import stage
from seatrial.trials.application import Application
from seatrial.trials.errors import TrialBroken
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.scene import Scene
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.plan import DRIVER_NAME
from seatrial.trials.world import ROLE_LABEL

DETAILS_MAX = 3


class Sight:
    """The subject and its pods, as the scene has them now."""

    def __init__(self, scene: Scene, application: Application, subject: Subject) -> None:
        self._scene = scene
        self._subject = subject
        self._deployments = [
            name_of(each.object) for each in application.manifests if each.kind is DEPLOYMENT
        ]

    def pods(self) -> list[Object]:
        """The application's pods."""
        return [pod for pod in self._scene.all(POD) if ROLE_LABEL not in labels_of(pod)]

    def pod(self, name: str) -> Object:
        """One pod; `{}` when it is gone."""
        return self._scene.named(POD, name)

    def driver(self) -> Object:
        """The traffic driver's pod."""
        return self.pod(DRIVER_NAME)

    def is_whole(self) -> bool:
        """Has every Deployment of the application all replicas, up to date and available?"""
        return all(
            stage.is_whole(self._scene.named(DEPLOYMENT, name)) for name in self._deployments
        )

    def is_rolled(self, generation: int) -> bool:
        """Has the subject come to rest at that generation or a later one?"""
        deployment = self._scene.named(DEPLOYMENT, self._subject.name)
        return stage.is_whole(deployment, generation=generation)

    def none_terminating(self) -> bool:
        """Are all pods that were asked to end gone?"""
        return not any(is_terminating(pod) for pod in self.pods())

    def is_ending(self, name: str) -> bool:
        """Is the pod terminating, or gone already?"""
        pod = self.pod(name)
        return not pod or is_terminating(pod)

    def is_down(self, name: str, *, restarts: int) -> bool:
        """Has the API heard that the pod's container ended, or was even restarted?"""
        pod = self.pod(name)
        return restarts_of(pod) > restarts or not is_condition_true(pod, "Ready")

    def is_back(self, name: str, *, restarts: int) -> bool:
        """Was its container restarted, and is it Ready again?"""
        pod = self.pod(name)
        return restarts_of(pod) > restarts and is_condition_true(pod, "Ready")

    def oldest_ready(self) -> str:
        """The name of the subject's pod that has been there longest. Raises TrialBroken."""
        selector = spec_of(self._subject.deployment).get("selector") or {}
        wanted = selector.get("matchLabels") or {}
        ready = [
            pod
            for pod in self.pods()
            if wanted.items() <= labels_of(pod).items()
            and is_condition_true(pod, "Ready")
            and not is_terminating(pod)
        ]
        if not ready:
            raise TrialBroken(f"{self._subject.object} has no Ready pod any more")
        oldest = min(ready, key=lambda p: (str(metadata(p).get("creationTimestamp")), name_of(p)))
        return name_of(oldest)

    def trouble(self) -> tuple[str, "Trouble | None"]:
        """A pod whose container ended by itself, and how; ("", None) when all go on."""
        for pod in self.pods():
            for status in status_of(pod).get("containerStatuses") or ():
                states = (status.get("state") or {}, status.get("lastState") or {})
                ended = next((each["terminated"] for each in states if "terminated" in each), None)
                if ended is not None and not is_terminating(pod):
                    return name_of(pod), _trouble(name_of(pod), status, ended)
        return "", None

    def states(self) -> str:
        """Each pod's state in a word, and why there are too few; for messages."""
        found = [self._scene.named(DEPLOYMENT, name) for name in self._deployments]
        failures = [condition_of(each, "ReplicaFailure") or {} for each in found]
        reasons = [str(each["message"]) for each in failures if each.get("message")]
        return ", ".join([state_of(pod) for pod in self.pods()] + reasons) or "no pods"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A container that does not stay."""

    container: str
    told: str


def _trouble(pod: str, status: Object, ended: Object) -> Trouble:
    container, restarts = str(status.get("name")), int(status.get("restartCount", 0))
    told = (
        f"pod {pod}, container {container}: ended with code {ended.get('exitCode')},"
        f" restarted {plural(restarts, 'time')}"
    )
    return Trouble(container, told)


def restarts_of(pod: Object) -> int:
    """Of all its containers."""
    statuses = status_of(pod).get("containerStatuses") or []
    return sum(int(each.get("restartCount", 0)) for each in statuses)


def state_of(pod: Object) -> str:
    """`web-7f ImagePullBackOff`, `web-7f Running, not Ready`."""
    if not pod:
        return "no pod"
    for each in status_of(pod).get("containerStatuses") or ():
        waiting = (each.get("state") or {}).get("waiting") or {}
        if waiting:
            return f"{name_of(pod)} {waiting.get('reason', 'waiting')}"
    ready = "Ready" if is_condition_true(pod, "Ready") else "not Ready"
    return f"{name_of(pod)} {status_of(pod).get('phase', 'Unknown')}, {ready}"


def outcomes_of(book: Book) -> str:
    """What became of the requests so far, counted, with a few details."""
    requests = [entry.facts for entry in book.entries if entry.kind == "request"]
    seen = [str(each.get("outcome")) for each in requests]
    details = sorted({str(each["detail"]) for each in requests if each.get("detail")})
    counted = ", ".join(f"{seen.count(each)} x {each}" for each in sorted(set(seen)))
    told = f"{counted or 'no request was made'} {'; '.join(details[:DETAILS_MAX])}"
    return told.strip()
