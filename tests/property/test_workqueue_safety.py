"""Any order of operations: no key twice at once (safety), no add lost (liveness)."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.client.workqueue import WorkQueue
from seatrial.testing.virtual_time import run_virtual

KEYS = st.sampled_from("abc")
STEPS = st.one_of(
    st.tuples(st.just("add"), KEYS),
    st.tuples(st.just("after"), KEYS),
    st.tuples(st.just("fail"), KEYS),
    st.tuples(st.just("take"), KEYS),
    st.tuples(st.just("done"), KEYS),
)


@given(st.lists(STEPS, max_size=60))
def test_no_key_twice_at_once_and_no_add_lost(steps: list[tuple[str, str]]) -> None:
    async def story() -> None:
        queue: WorkQueue[str] = WorkQueue()
        working: list[str] = []
        wanted: set[str] = set()  # added since it was last taken
        for step, key in steps:
            if step in {"add", "after", "fail"}:
                wanted.add(key)
            if step == "add":
                queue.add(key)
            elif step == "after":
                queue.add_after(key, 7)
            elif step == "fail":
                queue.add_rate_limited(key)
            elif step == "take" and (taken := queue.get_nowait()) is not None:
                assert taken not in working
                working.append(taken)
                wanted.discard(taken)
            elif step == "done" and working:
                queue.done(working.pop(0))
        for key in working:
            queue.done(key)
        while wanted:  # a lost add would be found as a deadlock
            taken = await queue.get()
            wanted.discard(taken)
            queue.done(taken)
        queue.shut_down()

    run_virtual(story())
