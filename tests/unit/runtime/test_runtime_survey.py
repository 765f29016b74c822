"""Settling: each refusal takes one thing away, until the trial works or nothing is left to give."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.kit.errors import MachineError
from seatrial.runtime.process.host_root import Piece
from seatrial.runtime.process.plan import Ground, Steps
from seatrial.runtime.process.steps import Step
from seatrial.runtime.process.survey import downgrade, plan_trial, settle

GROUND = Ground(
    Path("/state"), rootless=True, overlay_options=",userxattr", pieces=(Piece("overlay", "/usr"),)
)


def refuse(ground: Ground, is_refused: Callable[[Step], bool]) -> Ground:
    """What `settle` does, on a machine that refuses some steps."""
    for _ in range(20):
        refused = [step for step in plan_trial(ground) if is_refused(step)]
        if not refused:
            return ground
        ground = downgrade(ground, refused[0], "operation not permitted")
    raise AssertionError("it does not end")


def test_no_sysfs_and_no_message_queues() -> None:
    ground = refuse(GROUND, lambda step: step[1:2] in (["sys"], ["mqueue"]))
    assert ground == replace(GROUND, has_fresh_sysfs=False, has_mqueue=False)


def test_a_piece_that_cannot_be_overlaid_is_bound() -> None:
    def is_refused(step: Step) -> bool:
        return list(step[:2]) == ["overlay", "/state/root/usr"]

    assert refuse(GROUND, is_refused).pieces == (Piece("bind", "/usr"),)


def test_a_piece_that_cannot_even_be_bound_is_empty() -> None:
    def is_refused(step: Step) -> bool:
        return step[0] in {"overlay", "bind"} and "/state/root/usr" in list(step[1:3])

    assert refuse(GROUND, is_refused).pieces == (Piece("directory", "/usr"),)


def test_the_whole_of_the_root_is_split_where_it_is_refused() -> None:
    split = GROUND.pieces
    whole = replace(GROUND, pieces=(Piece("overlay", "/"),), split_pieces=split)
    ground = refuse(whole, lambda step: step[0] == "overlay" and step[2] == ["/"])
    assert ground == replace(whole, pieces=split)


def test_a_disk_that_cannot_carry_layers_is_replaced_by_memory() -> None:
    ground = downgrade(GROUND, plan_overlay(GROUND), "invalid argument")
    assert ground == replace(GROUND, overlay_options="")
    ground = downgrade(ground, plan_overlay(ground), "invalid argument")
    assert ground == replace(GROUND, writable_in_memory=True)
    assert downgrade(ground, plan_overlay(ground), "no").overlay_options == ""
    assert any(step[0] == "tmpfs" and "trial" in step[1] for step in plan_trial(ground))


def plan_overlay(ground: Ground) -> Step:
    return next(step for step in plan_trial(ground) if step[0] == "overlay")


def test_without_proc_there_is_no_container() -> None:
    with pytest.raises(MachineError, match="every container needs: hold_fs: proc") as caught:
        downgrade(GROUND, ["hold_fs", "proc", "proc", {}, 0], "hold_fs: proc: not permitted")
    assert caught.value.remedy


async def test_settle_tries_until_it_works(tmp_path: Path) -> None:
    refusals = ["sys", "mqueue"]

    async def attempt(steps: Steps) -> tuple[int, str] | None:
        if not refusals:
            return None
        name = refusals.pop(0)
        return next(place for place, step in enumerate(steps) if step[1:2] == [name]), "no"

    ground = await settle(tmp_path, attempt, rootless=False)
    assert (ground.has_fresh_sysfs, ground.has_mqueue) == (False, False)
    assert ground.pieces[0] == Piece("overlay", "/")
