"""What a wish to delete makes of an object."""

from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import NAMESPACE, POD, Kind
from seatrial.apiserver.options import Propagation
from seatrial.apiserver.registry.deletion import Deletion, may_go, plan_deletion

NOW_S = 1_000_000.0


def plan(
    obj: dict[str, Any],
    *,
    kind: Kind = POD,
    grace_s: int | None = None,
    wanted_s: int | None = None,
    propagation: Propagation | None = None,
    now_s: float = NOW_S,
) -> Deletion:
    return plan_deletion(
        kind, obj, grace_s=grace_s, wanted_s=wanted_s, propagation=propagation, now_s=now_s
    )


def obj(**metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "generation": 1, **metadata}}


def test_nothing_holds_it() -> None:
    assert plan(obj()).removes


def test_a_kind_with_grace_is_seen_to_terminate() -> None:
    done = plan(obj(), grace_s=0)
    assert done.removes
    assert done.obj["metadata"]["deletionTimestamp"] == timestamps.render(NOW_S)
    assert "deletionTimestamp" not in plan(obj()).obj["metadata"]


def test_grace_sets_the_moment_and_a_new_generation() -> None:
    done = plan(obj(), grace_s=30)
    assert not done.removes
    assert done.obj["metadata"] == {
        "name": "x",
        "generation": 2,
        "deletionTimestamp": timestamps.render(NOW_S + 30),
        "deletionGracePeriodSeconds": 30,
    }


def test_grace_gets_shorter_and_never_longer() -> None:
    begun = plan(obj(), grace_s=30).obj
    assert not plan(begun, grace_s=60, wanted_s=60).changes
    shorter = plan(begun, grace_s=5, wanted_s=5, now_s=NOW_S + 2)
    assert shorter.changes
    assert not shorter.removes
    assert shorter.obj["metadata"]["deletionTimestamp"] == timestamps.render(NOW_S + 5)
    assert shorter.obj["metadata"]["deletionGracePeriodSeconds"] == 5
    assert plan(shorter.obj, wanted_s=0).removes


def test_a_second_deletion_without_a_wish_changes_nothing() -> None:
    begun = plan(obj(), grace_s=30).obj
    again = plan(begun, grace_s=30)
    assert (again.changes, again.removes) == (False, False)


def test_finalizers_hold_it_until_the_last_is_gone() -> None:
    held = plan(obj(finalizers=["a/b"]))
    assert not held.removes
    assert held.obj["metadata"]["deletionGracePeriodSeconds"] == 0
    assert not may_go(POD, held.obj)
    held.obj["metadata"]["finalizers"] = []
    assert may_go(POD, held.obj)


def test_grace_holds_it_when_the_finalizers_are_gone() -> None:
    begun = plan(obj(finalizers=["a/b"]), grace_s=30).obj
    del begun["metadata"]["finalizers"]
    assert not may_go(POD, begun)


def test_propagation_is_a_finalizer() -> None:
    assert plan(obj(), propagation="Orphan").obj["metadata"]["finalizers"] == ["orphan"]
    done = plan(obj(finalizers=["orphan", "a/b"]), propagation="Foreground").obj
    assert done["metadata"]["finalizers"] == ["a/b", "foregroundDeletion"]
    assert plan(obj(finalizers=["orphan"]), propagation="Background").removes


def test_a_namespace_waits_for_its_own_finalizers() -> None:
    namespace = obj() | {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    done = plan(namespace, kind=NAMESPACE)
    assert not done.removes
    assert done.obj["status"]["phase"] == "Terminating"
    assert plan(done.obj, kind=NAMESPACE).removes is False
    done.obj["spec"]["finalizers"] = []
    assert plan(done.obj, kind=NAMESPACE).removes
