"""Sails one scenario on a real cluster and brings home its book; the impure heart of the trials.

Does: has it set afloat (`launch.py`), takes the scenario's steps, heals every fault, deletes the
namespace.
Does not: judge. A wait that runs out is written down as `timed-out` and ends the voyage early.
Holds: what a voyage makes carries its label and is deleted, however the voyage ends.
Bounds: every wait has its limit in its step or below.
"""

import asyncio

from seatrial.api.kinds import DEPLOYMENT, ENDPOINT_PROPAGATION_DELAY, NAMESPACE, POD
from seatrial.api.objects import Object, metadata
from seatrial.client.errors import ClientError
from seatrial.kit.chance import name_suffix
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.trials.application import Application
from seatrial.trials.deck import Deck, Teller, Waters
from seatrial.trials.errors import TrialBroken
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.scene import Scene
from seatrial.trials.faults import Faults, remove
from seatrial.trials.launch import Launch
from seatrial.trials.reading import read_world
from seatrial.trials.scenario import (
    AwaitAvailable,
    AwaitBack,
    AwaitGone,
    Delay,
    Delete,
    EndTraffic,
    HoldBack,
    Kill,
    Restart,
    Scale,
    Scenario,
    Settle,
    Step,
    clone_name,
)
from seatrial.trials.sight import Sight, restarts_of
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.plan import DRIVER_NAME, driver_grace_s

record = get_record("trials.runner")

# Beyond the driver's own grace period: its last lines are on their way.
DRIVER_END_MARGIN_S = 2.0
# The cluster's own reaction to what was asked of it.
ANSWER_LIMIT_S = 10.0
HEAL_LIMIT_S = 15.0
ROUNDS_MAX = 8


class Voyage:
    """One scenario, one subject, one namespace, one book."""

    def __init__(
        self, waters: Waters, application: Application, *,
        subject: Subject, scenario: Scenario, tell: Teller,
    ) -> None:  # fmt: skip
        self.namespace = f"seatrial-{scenario.name}-{name_suffix()}"
        self.book = Book()
        scene = Scene(self.book)
        sight = Sight(scene, application, subject)
        self._deck = Deck(
            waters, application, subject, scenario, self.namespace, self.book, scene, sight, tell
        )
        self._client, self._scene, self._sight = waters.client, scene, sight
        self._faults = Faults(waters.client, self.namespace)
        self._driver_ip = ""
        self._victim = ""  # of kills
        self._victim_restarts = 0  # before the latest kill
        self._round = 0

    async def sail(self) -> None:
        """From an empty namespace to a full book. Raises TrialBroken."""
        tasks = Tasks(f"voyage {self.namespace}", on_failure=self._source_failed)
        try:
            self._driver_ip = await Launch(self._deck).launch(tasks)
            self._mark("measure", judged=list(self._deck.scenario.judged))
            self._scene.reset_counts()
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

    # -- the steps --------------------------------------------------------------------------------

    async def _take_steps(self) -> None:
        for self._round in range(ROUNDS_MAX):
            world = read_world(self.book.entries)
            steps = self._deck.scenario.next_steps(self._deck.subject, world, self._round)
            for step in steps:
                self._deck.say(step.words)
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
            case HoldBack(delay_s=delay_s):
                return await self._hold_back(delay_s)

    async def _settle(self, for_s: float) -> None:
        """Time is what this step is for; the count is told as it grows."""
        loop = asyncio.get_running_loop()
        end = loop.time() + for_s
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, 0.5))
            self._deck.tell("", *self._scene.counts())

    async def _scale(self, by: int, limit_s: float) -> bool:
        replicas = self._deck.scenario.replicas(self._deck.subject) + by
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
        self._deck.say("wait until the old pods are gone")
        left_s = limit_s - (loop.time() - began)
        return await self._scene.until(self._sight.none_terminating, limit_s=left_s)

    async def _change(self, patch: Object, limit_s: float) -> bool:
        """Change the Deployment and wait until it is whole again."""
        name = self._deck.subject.name
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
        await self._faults.kill(self._victim, str(self._deck.subject.container.get("name", "")))
        return await self._scene.until(
            lambda: self._sight.is_down(self._victim, restarts=restarts), limit_s=ANSWER_LIMIT_S
        )

    async def _delay(self, levels_s: tuple[float, ...]) -> bool:
        target = self._deck.subject.target
        services = [clone_name(target.service, n) for n in range(len(levels_s))] if target else []
        self._mark("delay", levels_s=list(levels_s), services=services)
        for service, level_s in zip(services, levels_s, strict=True):
            await self._faults.delay(service, level_s)
        return True

    async def _hold_back(self, delay_s: float) -> bool:
        """Where the cluster cannot do that, the voyage goes on without."""
        target, plural = self._deck.subject.target, ENDPOINT_PROPAGATION_DELAY.plural
        if plural not in self._deck.waters.faults:
            told = f"{self._deck.scenario.name} went without a delay: this cluster has no {plural}"
            self.book.write("note", {"text": told})
        elif target is not None:
            self._mark("delay", levels_s=[delay_s], services=[target.service])
            await self._faults.delay(target.service, delay_s)
        return True

    # -- the end ----------------------------------------------------------------------------------

    async def _end_traffic(self) -> None:
        if not self._driver_ip or self._is_traffic_ended():
            return
        await self._client.delete(POD, DRIVER_NAME, self.namespace)
        limit_s = self._driver_grace_s() + DRIVER_END_MARGIN_S
        if not await self._scene.until(self._is_traffic_ended, limit_s=limit_s):
            self.book.write("note", {"text": "the driver's last lines did not come"})

    async def _heal(self) -> None:
        """Take back every fault and everything that was made; what is gone already is well."""
        await self._faults.heal()
        await remove(self._client, NAMESPACE, self.namespace)
        self._deck.waters.journals.end(self.namespace)

    def _driver_grace_s(self) -> float:
        target = self._deck.subject.target
        return driver_grace_s(self._deck.scenario.lanes(target)) if target else 0.0

    def _is_traffic_ended(self) -> bool:
        return self._scene.is_traffic_ended

    def _mark(self, step: str, **facts: object) -> None:
        self.book.write("step", {"step": step, "round": self._round, **facts})

    def _source_failed(self, name: str, error: BaseException) -> None:
        record.warning("source.failed", source=name, error=repr(error))
        self.book.write("note", {"text": f"{name} failed: {error}"})
