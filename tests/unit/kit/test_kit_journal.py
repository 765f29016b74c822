"""The journal: kept for late readers, followed by early ones."""

from seatrial.kit.journal import JOURNAL_ENTRIES_MAX, Journal


async def test_a_late_reader_gets_what_was_kept_in_order() -> None:
    journal = Journal()
    journal.write("start", pod="default/web", uid="u")
    journal.write("exit", pod="default/web", uid="u", code=0)
    read = [entry async for entry in journal.read(follow=False)]
    assert [entry["kind"] for entry in read] == ["start", "exit"]
    assert read[0]["at"] <= read[1]["at"]
    assert read[1]["code"] == 0


async def test_a_follower_gets_new_entries_without_a_gap() -> None:
    journal = Journal()
    journal.write("start", n=0)
    follower = journal.read()
    first = await anext(follower)
    journal.write("start", n=1)
    journal.write("start", n=2)
    assert [first["n"], (await anext(follower))["n"], (await anext(follower))["n"]] == [0, 1, 2]
    await follower.aclose()


async def test_the_oldest_entries_go_first() -> None:
    journal = Journal()
    for n in range(JOURNAL_ENTRIES_MAX + 3):
        journal.write("flow", n=n)
    read = [entry["n"] async for entry in journal.read(follow=False)]
    assert (read[0], len(read)) == (3, JOURNAL_ENTRIES_MAX)
