"""Find out what the ground gives: try the plan of a container, and do without what is refused.

Does: `listing` and `mount_points` read the machine (edge); `downgrade` (pure) says what to do
without when a step of the trial plan fails; `settle` joins them.
Holds: each refusal is recorded, and takes one thing away, so that settling ends.
"""

import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from seatrial.kit.errors import MachineError
from seatrial.kit.record import get_record
from seatrial.runtime.process.host_root import (
    Entry,
    MountPoint,
    parse_mounts,
    plan_split,
    plan_whole,
)
from seatrial.runtime.process.plan import (
    Ground,
    Steps,
    has_whole_root,
    plan_piece,
    plan_root_overlay,
)
from seatrial.runtime.process.steps import Step

record = get_record("runtime.survey")

# Runs steps in a throw-away child: None, or the place of the step that failed and why.
Attempt = Callable[[Steps], Awaitable[tuple[int, str] | None]]


def mount_points() -> list[MountPoint]:
    """What is mounted where, as this process sees it."""
    return parse_mounts(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))


def listing(path: str) -> Iterable[Entry]:
    """The entries of a directory."""
    with os.scandir(path) as entries:
        return [_entry(entry) for entry in entries]


def _entry(entry: "os.DirEntry[str]") -> Entry:
    if entry.is_symlink():
        return Entry(entry.name, "link", os.readlink(entry.path))
    if entry.is_dir(follow_symlinks=False):
        return Entry(entry.name, "empty" if _has_nothing(entry.path) else "directory")
    return Entry(entry.name, "other")


def _has_nothing(path: str) -> bool:
    if not os.access(path, os.R_OK | os.X_OK, effective_ids=True):
        return True
    with os.scandir(path) as entries:
        return next(entries, None) is None


async def settle(state: Path, attempt: Attempt, *, rootless: bool) -> Ground:
    """The ground of a runtime whose place is `state`. Raises MachineError."""
    mounts = mount_points()
    split = plan_split(mounts, listing)
    ground = Ground(
        state=state,
        rootless=rootless,
        machine=os.uname().machine,
        pieces=split if rootless else plan_whole(mounts),
        split_pieces=split,
        overlay_options=overlay_options(rootless=rootless),
    )
    while True:
        steps = plan_trial(ground)
        failure = await attempt(steps)
        if failure is None:
            return ground
        index, why = failure
        record.info("ground.without", step=str(steps[index][:3]), why=why)
        ground = downgrade(ground, steps[index], why)


def overlay_options(*, rootless: bool) -> str:
    """In a user namespace overlay may keep its notes in user attributes only."""
    return ",userxattr" if rootless else ""


def plan_trial(ground: Ground) -> Steps:
    """What every container needs, tried in one go."""
    trial = ground.layer("trial")
    steps: Steps = [
        ["hold_fs", "proc", "proc", {}, 0],
        *([["hold_fs", "sys", "sysfs", {}, 0]] if ground.has_fresh_sysfs else []),
        *([["hold_fs", "mqueue", "mqueue", {}, 0]] if ground.has_mqueue else []),
        ["directory", f"{trial}/below"],
        *([["tmpfs", trial, "mode=700"]] if ground.writable_in_memory else []),
        ["directory", f"{trial}/below"],
        plan_root_overlay(ground, [f"{trial}/below"], f"{trial}/image"),
    ]
    if not has_whole_root(ground.pieces):
        steps.append(["tmpfs", ground.root, "mode=755"])
    for number, piece in enumerate(ground.pieces):
        steps += plan_piece(piece, f"{trial}/{number}", ground)
    return [*steps, ["leave"]]


def downgrade(ground: Ground, step: Step, why: str) -> Ground:
    """The ground without what `step` needs. Raises MachineError when nothing can do without it."""
    verb, *arguments = step
    if verb == "hold_fs" and arguments[0] == "sys":
        return replace(ground, has_fresh_sysfs=False)
    if verb == "hold_fs" and arguments[0] == "mqueue":
        return replace(ground, has_mqueue=False)
    if verb == "overlay" and arguments[1] == ["/"]:
        return replace(ground, pieces=ground.split_pieces)
    if verb == "overlay" and arguments[0] == ground.root:
        if ground.overlay_options:
            return replace(ground, overlay_options="")
        if not ground.writable_in_memory:
            again = overlay_options(rootless=ground.rootless)
            return replace(ground, writable_in_memory=True, overlay_options=again)
    elif verb in ("overlay", "bind"):
        kind: Literal["bind", "directory"] = "bind" if verb == "overlay" else "directory"
        path = (arguments[0] if verb == "overlay" else arguments[1]).removeprefix(ground.root)
        pieces = (
            replace(piece, kind=kind) if piece.path == path else piece for piece in ground.pieces
        )
        return replace(ground, pieces=tuple(pieces))
    raise MachineError(
        f"this machine refuses what every container needs: {why}",
        remedy="`seatrial doctor` says what this machine can do and how to mend it",
    )
