"""Sails one scenario on a real cluster and brings home its book; the impure heart of the trials.

Does: makes a namespace, applies the application, starts the traffic, takes the scenario's steps,
heals every fault, deletes the namespace.
Does not: judge. A wait that runs out is written down as `timed-out` and ends the voyage early.
Holds: what a voyage makes carries its label and is deleted, however the voyage ends.
Bounds: every wait has its limit in its step or below.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from seatrial.api.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    NAMESPACE,
    POD,
    SERVICE,
    Kind,
)
from seatrial.api.objects import (
    Object,
    metadata,
    name_of,
    spec_of,
    status_of,
)
from seatrial.client.errors import AlreadyExists, ApiError, ClientError
from seatrial.client.interface import Client
from seatrial.kit.chance import name_suffix
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.trials import stage
from seatrial.trials.application import Application
from seatrial.trials.errors import TrialBroken
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.scene import Scene
from seatrial.trials.evidence.sources import Journals, follow_driver, follow_objects, last_words
from seatrial.trials.faults import Faults, remove
from seatrial.trials.reading import read_world
from seatrial.trials.scenario import (
    AwaitAvailable,
    AwaitBack,
    AwaitGone,
    Delay,
    Delete,
    EndTraffic,
    Kill,
    Restart,
    Scale,
    Scenario,
    Settle,
    Step,
    clone_name,
)
from seatrial.trials.sight import Sight, outcomes_of, restarts_of, state_of
from seatrial.trials.subject import Subject, Target
from seatrial.trials.traffic.plan import (
    CLONE_PATIENCE_S,
    DRIVER_NAME,
    clone_lanes,
    driver_config_map,
    driver_pod,
    lanes_of,
    target_wire,
)

record = get_record("trials.runner")

# Requests to each target that must be answered well in a row before anything is provoked.
BASELINE_STREAK = 15
BASELINE_LIMIT_S = 20.0
DRIVER_START_LIMIT_S = 60.0
DRIVER_END_LIMIT_S = 12.0
# The cluster's own reaction to what was asked of it.
ANSWER_LIMIT_S = 10.0
HEAL_LIMIT_S = 15.0
ROUNDS_MAX = 8

Teller = Callable[[str, int, int], None]  # what happens, requests sent, requests lost


@dataclass(frozen=True, slots=True)
class Waters:
    """The cluster, as far as a voyage needs it."""

    client: Client
    journals: Journals
    driver_image: str


class Voyage:
    """One scenario, one subject, one namespace, one book."""

    def __init__(
        self, waters: Waters, application: Application, *,
        subject: Subject, scenario: Scenario, tell: Teller,
    ) -> None:  # fmt: skip
        self._client = waters.client
        self._waters = waters
        self._application = application
        self._subject = subject
        self._scenario = scenario
        self._tell = tell
        self.namespace = f"seatrial-{scenario.name}-{name_suffix()}"
        self.book = Book()
        self._scene = Scene(self.book)
        self._sight = Sight(self._scene, application, subject)
        self._faults = Faults(waters.client, self.namespace)
        self._driver_ip = ""
        self._victim = ""  # of kills
        self._victim_restarts = 0  # before the latest kill
        self._round = 0

    async def sail(self) -> None:
        """From an empty namespace to a full book. Raises TrialBroken."""
        tasks = Tasks(f"voyage {self.namespace}", on_failure=self._source_failed)
        try:
            await self._prepare(tasks)
            await self._take_steps()
            self._mark("end")
            await self._end_traffic()
        except ClientError as error:
            raise TrialBroken(f"the cluster refused: {error}") from error
        finally:
            try:
                async with asyncio.timeout(HEAL_LIMIT_S):
                    await self._heal()
            finally:
                await tasks.stop()

    # -- setting the stage ------------------------------------------------------------------------

    async def _prepare(self, tasks: Tasks) -> None:
        self._say("start the application")
        await self._client.create(NAMESPACE, stage.namespace_object(self.namespace))
        self._waters.journals.deal(self.namespace, self.book)
        follow_objects(self._client, self.namespace, self.book, tasks)
        services = await self._apply()
        await self._until_available()
        if self._subject.target is not None:
            await self._start_traffic(self._subject.target, services, tasks)
        self._mark("measure")
        self._scene.reset_counts()

    async def _apply(self) -> dict[str, Object]:
        """Apply everything; the Services by name, clones too, as the server has them."""
        services: dict[str, Object] = {}
        for manifest in self._application.manifests:
            obj = stage.re_homed(manifest.object, manifest.kind, self.namespace)
            if manifest.kind is DEPLOYMENT and name_of(obj) == self._subject.name:
                obj = stage.with_replicas(obj, self._scenario.replicas(self._subject))
            made = await self._create(manifest.kind, obj, manifest.place)
            if manifest.kind is SERVICE:
                services[name_of(obj)] = made
        target = self._subject.target
        for number in range(self._scenario.clones if target else 0):
            clone = stage.clone_of(services[target.service if target else ""], number)
            services[name_of(clone)] = await self._client.create(SERVICE, clone, self.namespace)
        return services

    async def _create(self, kind: Kind, obj: Object, place: str) -> Object:
        try:
            return await self._client.create(kind, obj, self.namespace if kind.namespaced else None)
        except AlreadyExists:
            return obj
        except ApiError as error:
            raise TrialBroken(f"{place}: {error}", remedy="mend the manifest") from error

    async def _until_available(self) -> None:
        limit_s = self._subject.budgets.start_s

        def settled() -> bool:
            return self._sight.is_whole() or bool(stage.why_hopeless(self._scene.all(POD)))

        await self._scene.until(settled, limit_s=limit_s)
        pod, trouble = self._sight.trouble()
        words = ""
        if trouble:
            words = await last_words(self._client, self.namespace, pod, trouble.container)
        if reason := stage.why_hopeless(self._scene.all(POD)):
            raise TrialBroken(f"the application does not start: {reason}", remedy=words)
        if not self._sight.is_whole():
            raise TrialBroken(
                f"the application was not available within {limit_s:g} s ({self._sight.states()})",
                remedy=words or "raise budgets.start_s in seatrial.toml if it needs longer",
            )

    async def _start_traffic(
        self, target: Target, services: dict[str, Object], tasks: Tasks
    ) -> None:
        self._say("start the traffic")
        names = [clone_name(target.service, n) for n in range(self._scenario.clones)]
        lanes = clone_lanes() if names else lanes_of(target)
        names = names or [target.service]
        wires = [target_wire(target, name, _host(services[name]), lanes) for name in names]
        patience_s = target.traffic.timeout_s
        plan = driver_config_map(
            wires, min(patience_s, CLONE_PATIENCE_S) if self._scenario.clones else patience_s
        )
        await self._client.create(CONFIG_MAP, plan, self.namespace)
        await self._client.create(POD, driver_pod(self._waters.driver_image), self.namespace)
        await self._until_driver_runs()
        self._driver_ip = str(status_of(self._sight.driver()).get("podIP", ""))
        self._waters.journals.deal_flows(self._driver_ip, self.book)
        tasks.start(
            follow_driver(self._client, self.namespace, DRIVER_NAME, self.book), name="driver"
        )
        if not await self._scene.until(
            lambda: all(self._scene.streak(name) >= BASELINE_STREAK for name in names),
            limit_s=BASELINE_LIMIT_S,
        ):
            raise await self._no_baseline(target)

    async def _no_baseline(self, target: Target) -> TrialBroken:
        told = (
            f"no steady answers from Service {target.service}, before anything was provoked:"
            f" {outcomes_of(self.book)}"
        )
        pod, trouble = self._sight.trouble()
        if not trouble:
            remedy = "say in seatrial.toml, [traffic], what to ask and what to expect"
            return TrialBroken(told, remedy=remedy)
        words = await last_words(self._client, self.namespace, pod, trouble.container)
        return TrialBroken(f"{told}; {trouble.told}", remedy=words)

    async def _until_driver_runs(self) -> None:
        def settled() -> bool:
            phase = status_of(self._sight.driver()).get("phase")
            return phase == "Running" or bool(stage.why_hopeless([self._sight.driver()]))

        await self._scene.until(settled, limit_s=DRIVER_START_LIMIT_S)
        if status_of(self._sight.driver()).get("phase") != "Running":
            reason = stage.why_hopeless([self._sight.driver()]) or state_of(self._sight.driver())
            raise TrialBroken(f"the traffic driver does not start: {reason}")

    # -- the steps --------------------------------------------------------------------------------

    async def _take_steps(self) -> None:
        for self._round in range(ROUNDS_MAX):
            world = read_world(self.book.entries)
            steps = self._scenario.next_steps(self._subject, world, self._round)
            for step in steps:
                self._say(step.words)
                if not await self._take(step):
                    self._mark("timed-out", waiting_for=step.words)
                    return
            if not steps:
                return

    async def _take(self, step: Step) -> bool:
        """Take one step; False when its wait ran out."""
        match step:
            case EndTraffic():
                await self._end_traffic()
                return True
            case Settle(for_s=for_s):
                await self._settle(for_s)
                return True
            case Scale(by=by, limit_s=limit_s):
                return await self._scale(by, limit_s)
            case Restart(limit_s=limit_s):
                return await self._restart(limit_s)
            case Delete():
                return await self._delete()
            case AwaitGone(limit_s=limit_s):
                return await self._scene.until(self._sight.none_terminating, limit_s=limit_s)
            case AwaitAvailable(limit_s=limit_s):
                return await self._scene.until(self._sight.is_whole, limit_s=limit_s)
            case Kill():
                return await self._kill()
            case AwaitBack(limit_s=limit_s):
                return await self._scene.until(
                    lambda: self._sight.is_back(self._victim, restarts=self._victim_restarts),
                    limit_s=limit_s,
                )
            case Delay(levels_s=levels_s):
                return await self._delay(levels_s)

    async def _settle(self, for_s: float) -> None:
        """Time is what this step is for; the count is told as it grows."""
        loop = asyncio.get_running_loop()
        end = loop.time() + for_s
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, 0.5))
            self._tell("", *self._scene.counts())

    async def _scale(self, by: int, limit_s: float) -> bool:
        replicas = self._scenario.replicas(self._subject) + by
        self._mark("scale", replicas=replicas)
        return await self._change({"spec": {"replicas": replicas}}, limit_s)

    async def _restart(self, limit_s: float) -> bool:
        self._mark("rollout")
        annotations = {"seatrial.dev/restarted": f"{self._round}-{name_suffix()}"}
        patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        loop = asyncio.get_running_loop()
        began = loop.time()
        if not await self._change(patch, limit_s):
            return False
        self._say("wait until the old pods are gone")
        left_s = limit_s - (loop.time() - began)
        return await self._scene.until(self._sight.none_terminating, limit_s=left_s)

    async def _change(self, patch: Object, limit_s: float) -> bool:
        """Change the Deployment and wait until it is whole again."""
        name = self._subject.name
        changed = await self._client.patch(DEPLOYMENT, name, self.namespace, patch)
        generation = int(metadata(changed).get("generation", 0))
        return await self._scene.until(lambda: self._sight.is_rolled(generation), limit_s=limit_s)

    async def _delete(self) -> bool:
        pod = self._sight.oldest_ready()
        self._mark("delete", pod=pod)
        await self._client.delete(POD, pod, self.namespace)
        return await self._scene.until(lambda: self._sight.is_ending(pod), limit_s=ANSWER_LIMIT_S)

    async def _kill(self) -> bool:
        self._victim = self._victim or self._sight.oldest_ready()
        restarts = self._victim_restarts = restarts_of(self._sight.pod(self._victim))
        self._mark("kill", pod=self._victim, restarts=restarts)
        await self._faults.kill(self._victim, str(self._subject.container.get("name", "")))
        return await self._scene.until(
            lambda: self._sight.is_down(self._victim, restarts=restarts), limit_s=ANSWER_LIMIT_S
        )

    async def _delay(self, levels_s: tuple[float, ...]) -> bool:
        target = self._subject.target
        services = [clone_name(target.service, n) for n in range(len(levels_s))] if target else []
        self._mark("delay", levels_s=list(levels_s), services=services)
        for service, level_s in zip(services, levels_s, strict=True):
            await self._faults.delay(service, level_s)
        return True

    # -- the end ----------------------------------------------------------------------------------

    async def _end_traffic(self) -> None:
        if not self._driver_ip or self._is_traffic_ended():
            return
        await self._client.delete(POD, DRIVER_NAME, self.namespace)
        if not await self._scene.until(self._is_traffic_ended, limit_s=DRIVER_END_LIMIT_S):
            self.book.write("note", {"text": "the driver's last lines did not come"})

    async def _heal(self) -> None:
        """Take back every fault and everything that was made; what is gone already is well."""
        await self._faults.heal()
        await remove(self._client, NAMESPACE, self.namespace)
        self._waters.journals.end(self.namespace, self._driver_ip)

    def _is_traffic_ended(self) -> bool:
        return self._scene.is_traffic_ended

    def _mark(self, step: str, **facts: object) -> None:
        self.book.write("step", {"step": step, "round": self._round, **facts})

    def _say(self, words: str) -> None:
        self._tell(words, *self._scene.counts())

    def _source_failed(self, name: str, error: BaseException) -> None:
        record.warning("source.failed", source=name, error=repr(error))
        self.book.write("note", {"text": f"{name} failed: {error}"})


def _host(service: Object) -> str:
    """The address to ask; a headless Service is asked by its name."""
    address = str(spec_of(service).get("clusterIP") or "None")
    return name_of(service) if address == "None" else address
