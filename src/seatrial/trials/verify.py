"""The main job: every trial on every workload, at once, and one report. The public entry.

    report = await verify(client, application, trials=choose(), listener=print)

Does: finds what the cluster offers, sails each scenario once (two trials may share one), judges.
Does not: start a cluster, prepare images, write reports.
Holds: a trial that cannot be carried out is UNKNOWN with its reason; the others go on.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seatrial.api.kinds import FAULTS_GROUP, Kind, KindTable
from seatrial.client.errors import ApiError
from seatrial.client.interface import Client
from seatrial.findings.model import Finding, Verdict
from seatrial.kit.clock import wall_time_s
from seatrial.kit.tasks import Tasks
from seatrial.trials.application import Application
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.registry import TRIALS
from seatrial.trials.deck import Waters
from seatrial.trials.errors import TrialBroken
from seatrial.trials.evidence.sources import Journals
from seatrial.trials.reading import read_world
from seatrial.trials.report.model import Report, Sailed, Unsailed, make_report
from seatrial.trials.runner import Voyage
from seatrial.trials.scenario import Scenario
from seatrial.trials.subject import Subject, find_subjects
from seatrial.trials.traffic.plan import DRIVER_IMAGE
from seatrial.trials.verdict import judge_safely, unknown
from seatrial.trials.world import World

# Voyages under way at one time; each has a few pods and some dozens of requests a second.
VOYAGES_AT_ONCE = 7
TASKS_END_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What a listener is told: a trial's present step, its traffic, and at last its finding."""

    trial: str
    object: str
    words: str  # "" when only the counts have changed
    sent: int = 0
    lost: int = 0
    finding: Finding | None = None


Listener = Callable[[Progress], None]


async def verify(
    client: Client, application: Application, *,
    trials: Sequence[Trial] = TRIALS,
    listener: Listener = lambda _progress: None,
    driver_image: str = DRIVER_IMAGE,
) -> Report:  # fmt: skip
    """Sail `trials` with `application` on the cluster behind `client`.

    `driver_image` is the image of the traffic driver: on a cluster of ours HOST_DRIVER_IMAGE
    (traffic/plan.py), on any other one with `python3`. Raises ManifestError, SettingsError,
    ClientError (when the cluster cannot be reached at all).
    """
    began = wall_time_s()
    subjects = find_subjects(application)
    tasks = Tasks("verify")
    try:
        journals = Journals(client, tasks)
        await journals.start()
        faults = await offered_faults(client)
        waters = Waters(client, journals, driver_image, faults)
        sailed = await _Crew(waters, application, listener).sail_all(trials, subjects)
    finally:
        await tasks.stop(limit_s=TASKS_END_LIMIT_S)
    return make_report(
        application, sailed, began=began, took_s=wall_time_s() - began,
        left_out=[told for subject in subjects for told in left_out(trials, subject)],
    )  # fmt: skip


def is_tried(trial: Trial, subject: Subject) -> bool:
    """Is nothing lacking that it needs, or was it asked for all the same?"""
    return trial.is_asked or not trial.lacks(subject)


def left_out(trials: Sequence[Trial], subject: Subject) -> list[str]:
    """What is not tried, and why."""
    return [
        f"{trial.name} {trial.code} was left out for {subject.object}: {trial.lacks(subject)}"
        for trial in trials
        if not is_tried(trial, subject)
    ]


async def offered_faults(client: Client) -> frozenset[str]:
    """Plurals of the faults that the cluster offers."""
    offered = [kind.plural for kind in _fault_kinds() if await _is_offered(client, kind)]
    return frozenset(offered)


def _fault_kinds() -> list[Kind]:
    return [kind for kind in KindTable().kinds if kind.group == FAULTS_GROUP]


async def _is_offered(client: Client, kind: Kind) -> bool:
    try:
        await client.list(kind, limit=1)
    except ApiError as error:
        if error.code in (403, 404):
            return False
        raise
    return True


@dataclass(frozen=True, slots=True)
class _Crew:
    """Sails voyages side by side, up to a bound."""

    waters: Waters
    application: Application
    listener: Listener

    async def sail_all(
        self, trials: Sequence[Trial], subjects: Sequence[Subject]
    ) -> list[Sailed | Unsailed]:
        """One result for each voyage, in the order of trials."""
        self._tell_left_out(trials, subjects)
        scenarios = list(dict.fromkeys(trial.scenario for trial in trials))
        berths = asyncio.Semaphore(VOYAGES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(self._berthed(berths, tried, subject))
                for scenario in scenarios
                for subject in subjects
                if (tried := _of(trials, scenario, subject))
            ]
        return [task.result() for task in running]

    def _tell_left_out(self, trials: Sequence[Trial], subjects: Sequence[Subject]) -> None:
        for trial in trials:
            for subject in subjects:
                if not is_tried(trial, subject):
                    self.listener(Progress(trial.name, subject.object, "left out"))

    async def _berthed(
        self, berths: asyncio.Semaphore, trials: Sequence[Trial], subject: Subject
    ) -> Sailed | Unsailed:
        async with berths:
            result = await self._sail(trials, subject)
        for finding in result.findings:
            self.listener(Progress(finding.trial, finding.object, finding.summary, finding=finding))
        return result

    async def _sail(self, trials: Sequence[Trial], subject: Subject) -> Sailed | Unsailed:
        scenario = trials[0].scenario
        if reason := self._why_not(scenario, subject) or trials[0].lacks(subject):
            return Unsailed(tuple(unknown(trial, subject, reason) for trial in trials))

        def tell(words: str, sent: int, lost: int) -> None:
            for trial in trials:
                self.listener(Progress(trial.name, subject.object, words, sent, lost))

        voyage = Voyage(
            self.waters, self.application, subject=subject, scenario=scenario, tell=tell
        )
        try:
            await voyage.sail()
        except TrialBroken as error:
            told = tuple(unknown(trial, subject, str(error), error.remedy) for trial in trials)
            return Sailed(told, voyage.book.entries, subject)
        world = read_world(voyage.book.entries)
        findings = tuple(_complete(judge_safely(t, subject, world), world) for t in trials)
        return Sailed(findings, voyage.book.entries, subject)

    def _why_not(self, scenario: Scenario, subject: Subject) -> str:
        """Why this cannot be tried here; "" when it can."""
        if scenario.traffic == "needed" and subject.target is None:
            return f"no Service with a TCP port selects {subject.object}: there is no traffic"
        missing = [fault for fault in scenario.faults if fault not in self.waters.faults]
        if missing:
            return f"this cluster does not offer {', '.join(missing)} of {FAULTS_GROUP}"
        return ""


def _of(trials: Sequence[Trial], scenario: Scenario, subject: Subject) -> list[Trial]:
    return [each for each in trials if each.scenario is scenario and is_tried(each, subject)]


def _complete(finding: Finding, world: World) -> Finding:
    """A PASS of a voyage that did not come to its end proves nothing."""
    late = [s.facts["waiting_for"] for s in world.steps if s.facts["step"] == "timed-out"]
    if not late or finding.verdict is not Verdict.PASS:
        return finding
    return replace(finding, verdict=Verdict.UNKNOWN, summary=f"gave up waiting to {late[0]}")
