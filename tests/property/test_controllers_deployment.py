"""A rolling update, played to its end against ReplicaSets that do what they are told.

Safety: never more pods than replicas + surge, never fewer available than replicas - unavailable
(but
for what was missing at the start). Liveness: it ends, with only the new set holding replicas.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.api.workloads import revision_of, room_of
from seatrial.controllers.rollout import Plan, View, find_new, is_complete, plan, set_annotations

STEPS_MAX = 400


def template(image: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


def deployment(
    replicas: int, surge: int | str, unavailable: int | str, image: str
) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "uid": "d", "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
            },
        },
    }


class Sets:
    """ReplicaSets whose pods become available one by one, as told."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def apply(self, decided: Plan, wish: dict[str, Any]) -> None:
        if decided.create is not None:
            stamp = f"2026-01-02T03:04:{len(self.all):02d}Z"
            made = {**decided.create, "status": {"replicas": 0, "availableReplicas": 0}}
            made["metadata"] = {**made["metadata"], "creationTimestamp": stamp, "uid": stamp}
            self.all.append(made)
        for each in decided.scale:
            found = next(s for s in self.all if s["metadata"]["name"] == each.name)
            found["spec"] = {**found["spec"], "replicas": each.replicas}
            found["metadata"]["annotations"] = set_annotations(wish, revision_of(found))
        self.all = [s for s in self.all if s["metadata"]["name"] not in decided.delete]

    def settle(self, *, one_more_available: bool) -> None:
        for each in self.all:
            wanted, status = each["spec"]["replicas"], each["status"]
            status["replicas"] = wanted
            status["availableReplicas"] = min(status["availableReplicas"], wanted)
            if one_more_available and status["availableReplicas"] < wanted:
                status["availableReplicas"] += 1
                one_more_available = False

    @property
    def wanted(self) -> int:
        return sum(each["spec"]["replicas"] for each in self.all)

    @property
    def available(self) -> int:
        return sum(each["status"]["availableReplicas"] for each in self.all)


def play(sets: Sets, wish: dict[str, Any], check: bool) -> None:
    replicas, room = wish["spec"]["replicas"], room_of(wish)
    idle = 0
    for step in range(STEPS_MAX):
        decided = plan(View(wish, tuple(sets.all)))
        sets.apply(decided, wish)
        sets.settle(one_more_available=step % 3 == 0)
        if check:
            assert sets.wanted <= replicas + room.surge
            assert sets.available >= replicas - room.unavailable
        idle = idle + 1 if decided == Plan() else 0
        if idle > 3 and is_complete(wish, sets.all):
            return
    raise AssertionError(f"no end after {STEPS_MAX} steps: {sets.all}")


amounts = st.one_of(st.integers(0, 5), st.integers(0, 100).map(lambda share: f"{share}%"))


@given(replicas=st.integers(0, 12), surge=amounts, unavailable=amounts)
def test_a_rolling_update_stays_in_its_room_and_ends(
    replicas: int, surge: int | str, unavailable: int | str
) -> None:
    sets = Sets()
    play(sets, deployment(replicas, surge, unavailable, "web:1"), check=False)
    second = deployment(replicas, surge, unavailable, "web:2")
    play(sets, second, check=True)
    new = find_new(second, sets.all)
    assert new is not None
    assert [s["spec"]["replicas"] for s in sets.all if s is not new] == [0]


@given(before=st.integers(1, 12), after=st.integers(0, 12), surge=amounts, unavailable=amounts)
def test_a_scaled_deployment_ends_with_what_was_asked(
    before: int, after: int, surge: int | str, unavailable: int | str
) -> None:
    sets = Sets()
    play(sets, deployment(before, surge, unavailable, "web:1"), check=False)
    rolled = deployment(before, surge, unavailable, "web:2")
    for _ in range(3):  # in mid-rollout
        sets.apply(plan(View(rolled, tuple(sets.all))), rolled)
        sets.settle(one_more_available=True)
    scaled = deployment(after, surge, unavailable, "web:2")
    play(sets, scaled, check=False)
    assert sets.wanted == after


def test_recreate_waits_for_the_last_old_pod() -> None:
    sets = Sets()
    play(sets, deployment(2, 0, 1, "web:1"), check=False)
    second = deployment(2, 0, 1, "web:2")
    second["spec"]["strategy"] = {"type": "Recreate"}
    down = plan(View(second, tuple(sets.all), old_pods_alive=2))
    assert [each.replicas for each in down.scale] == [0]
    sets.apply(down, second)
    sets.settle(one_more_available=False)
    assert plan(View(second, tuple(sets.all), old_pods_alive=1)) == Plan()
    assert plan(View(second, tuple(sets.all), old_pods_alive=0)).create is not None


def test_a_paused_deployment_does_not_roll() -> None:
    sets = Sets()
    play(sets, deployment(2, 1, 0, "web:1"), check=False)
    second = deployment(2, 1, 0, "web:2")
    second["spec"]["paused"] = True
    assert plan(View(second, tuple(sets.all))) == Plan()
