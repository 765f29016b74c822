"""Sets a voyage afloat: the application in its namespace, then the traffic, until both are calm.

Does: applies the manifests as they are, waits until every Deployment is available and every target
has answered well for a while; says why where that does not come.
Does not: provoke anything (that is `runner.py`).
Bounds: every wait has its limit below, or in the budgets.
"""

from seatrial.api.kinds import CONFIG_MAP, DEPLOYMENT, NAMESPACE, POD, SERVICE, Kind
from seatrial.api.objects import Object, name_of, spec_of, status_of
from seatrial.client.errors import AlreadyExists, ApiError
from seatrial.kit.tasks import Tasks
from seatrial.trials import stage
from seatrial.trials.deck import Deck
from seatrial.trials.errors import TrialBroken
from seatrial.trials.evidence.sources import follow_driver, follow_objects, last_words
from seatrial.trials.scenario import clone_name
from seatrial.trials.sight import outcomes_of, state_of
from seatrial.trials.subject import Target
from seatrial.trials.traffic.plan import (
    CLONE_PATIENCE_S,
    DRIVER_NAME,
    driver_config_map,
    driver_grace_s,
    driver_pod,
    target_wire,
)

# Requests to each target that must be answered well in a row before anything is provoked.
BASELINE_STREAK = 15
BASELINE_LIMIT_S = 20.0
DRIVER_START_LIMIT_S = 60.0


class Launch:
    """From an empty namespace to calm traffic."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._client = deck.waters.client
        self._scene = deck.scene
        self._sight = deck.sight
        self._subject = deck.subject
        self._scenario = deck.scenario
        self._namespace = deck.namespace

    async def launch(self, tasks: Tasks) -> str:
        """The driver's address, "" without traffic. Raises TrialBroken, ClientError."""
        self._deck.say("start the application")
        await self._client.create(NAMESPACE, stage.namespace_object(self._namespace))
        self._deck.waters.journals.deal(self._namespace, self._deck.book)
        follow_objects(self._client, self._namespace, self._deck.book, tasks)
        services = await self._apply()
        await self._until_available()
        if self._subject.target is None:
            return ""
        return await self._start_traffic(self._subject.target, services, tasks)

    # -- the application --------------------------------------------------------------------------

    async def _apply(self) -> dict[str, Object]:
        """Apply everything; the Services by name, clones too, as the server has them."""
        services: dict[str, Object] = {}
        for manifest in self._deck.application.manifests:
            obj = stage.re_homed(manifest.object, manifest.kind, self._namespace)
            if manifest.kind is DEPLOYMENT and name_of(obj) == self._subject.name:
                obj = stage.with_replicas(obj, self._scenario.replicas(self._subject))
            made = await self._create(manifest.kind, obj, manifest.place)
            if manifest.kind is SERVICE:
                services[name_of(obj)] = made
        target = self._subject.target
        for number in range(self._scenario.clones if target else 0):
            clone = stage.clone_of(services[target.service if target else ""], number)
            services[name_of(clone)] = await self._client.create(SERVICE, clone, self._namespace)
        return services

    async def _create(self, kind: Kind, obj: Object, place: str) -> Object:
        try:
            return await self._client.create(
                kind, obj, self._namespace if kind.namespaced else None
            )
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
            words = await last_words(self._client, self._namespace, pod, trouble.container)
        if reason := stage.why_hopeless(self._scene.all(POD)):
            raise TrialBroken(f"the application does not start: {reason}", remedy=words)
        if not self._sight.is_whole():
            raise TrialBroken(
                f"the application was not available within {limit_s:g} s ({self._sight.states()})",
                remedy=words or "raise budgets.start_s in seatrial.toml if it needs longer",
            )

    # -- the traffic ------------------------------------------------------------------------------

    async def _start_traffic(
        self, target: Target, services: dict[str, Object], tasks: Tasks
    ) -> str:
        self._deck.say("start the traffic")
        names = [clone_name(target.service, n) for n in range(self._scenario.clones)]
        names = names or [target.service]
        await self._create_driver(target, {name: _host(services[name]) for name in names})
        await self._until_driver_runs()
        driver_ip = str(status_of(self._sight.driver()).get("podIP", ""))
        self._deck.waters.journals.deal_flows(driver_ip, self._deck.book)
        tasks.start(
            follow_driver(self._client, self._namespace, DRIVER_NAME, self._deck.book),
            name="driver",
        )
        if not await self._scene.until(
            lambda: all(self._scene.streak(name) >= BASELINE_STREAK for name in names),
            limit_s=BASELINE_LIMIT_S,
        ):
            raise await self._no_baseline(target)
        return driver_ip

    async def _create_driver(self, target: Target, hosts: dict[str, str]) -> None:
        lanes = self._scenario.lanes(target)
        wires = [target_wire(target, name, host, lanes) for name, host in hosts.items()]
        patience_s = target.traffic.timeout_s
        plan = driver_config_map(
            wires,
            min(patience_s, CLONE_PATIENCE_S) if self._scenario.clones else patience_s,
            target.traffic.driver,
        )
        await self._client.create(CONFIG_MAP, plan, self._namespace)
        image, grace_s = self._deck.waters.driver_image, driver_grace_s(lanes)
        pod = driver_pod(image, grace_s=grace_s, own=target.traffic.driver)
        await self._client.create(POD, pod, self._namespace)

    async def _no_baseline(self, target: Target) -> TrialBroken:
        told = (
            f"no steady answers from Service {target.service}, before anything was provoked:"
            f" {outcomes_of(self._deck.book)}"
        )
        pod, trouble = self._sight.trouble()
        if not trouble:
            remedy = "say in seatrial.toml, [traffic], what to ask and what to expect"
            return TrialBroken(told, remedy=remedy)
        words = await last_words(self._client, self._namespace, pod, trouble.container)
        return TrialBroken(f"{told}; {trouble.told}", remedy=words)

    async def _until_driver_runs(self) -> None:
        def settled() -> bool:
            phase = status_of(self._sight.driver()).get("phase")
            return phase == "Running" or bool(stage.why_hopeless([self._sight.driver()]))

        await self._scene.until(settled, limit_s=DRIVER_START_LIMIT_S)
        if status_of(self._sight.driver()).get("phase") != "Running":
            reason = stage.why_hopeless([self._sight.driver()]) or state_of(self._sight.driver())
            raise TrialBroken(f"the traffic driver does not start: {reason}")


def _host(service: Object) -> str:
    """The address to ask; a headless Service is asked by its name."""
    address = str(spec_of(service).get("clusterIP") or "None")
    return name_of(service) if address == "None" else address
