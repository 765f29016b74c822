"""The ranking's shortcut gives what looking at every node would give; the ledger adds up."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.scheduler.pipeline import company, explain, merit
from seatrial.scheduler.ranking import WEIGHED_MAX, Rankings
from seatrial.scheduler.snapshot import Ledger
from seatrial.scheduler.views import PODS, node_view, pod_view

NAMES = [f"n{number}" for number in range(4)]
PODS_NAMED = [f"p{number}" for number in range(6)]
assert len(NAMES) <= WEIGHED_MAX

STEPS = st.one_of(
    st.tuples(st.just("node"), st.sampled_from(NAMES), st.integers(0, 3)),
    st.tuples(st.just("lose"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("pick"), st.sampled_from(PODS_NAMED), st.integers(0, 2)),
    st.tuples(st.just("end"), st.sampled_from(PODS_NAMED), st.just(0)),
)


def node(name: str, cpus: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"unschedulable": cpus == 3},
        "status": {"allocatable": {"cpu": str(cpus), "memory": "1Gi", "pods": "4"}},
    }


def pod(name: str, make: int) -> dict[str, Any]:
    owner = {"controller": True, "uid": f"owner{make}"}
    requests = {"cpu": f"{make * 300}m"}
    return {
        "metadata": {"name": name, "namespace": "x", "uid": name, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "c", "resources": {"requests": requests}}]},
    }


@given(st.lists(STEPS, max_size=50))
def test_the_best_node_is_picked_whatever_happened_before(
    steps: list[tuple[str, str, int]],
) -> None:
    ledger = Ledger()
    rankings = Rankings(ledger)
    for step, name, number in steps:
        if step == "node":
            ledger.set_node(node(name, number))
        elif step == "lose":
            ledger.remove_node(name)
        elif step == "end":
            ledger.remove(f"x/{name}")
        else:
            view = pod_view(pod(name, number))
            ledger.remove(view.key)
            nodes = ledger.snapshot().nodes
            values = {
                each.name: value + company(view, each)
                for each in nodes.values()
                if (value := merit(view, each)) is not None
            }
            picked = rankings.best(view)
            if picked is None:
                assert not values
                assert sum(explain(view, ledger.snapshot()).preemption.values()) == len(nodes)
            else:
                assert values[picked] == max(values.values())
                ledger.assume(view, picked)
    for each in ledger.snapshot().nodes.values():
        alone = node_view({"metadata": {"name": each.name}}, each.pods.values())
        assert (each.requested, each.owners) == (alone.requested, alone.owners)
        assert each.requested.get(PODS, 0) == 1000 * len(each.pods)
        assert all(
            amount <= each.allocatable.get(name, 0) or name != PODS
            for name, amount in each.requested.items()
        )
