"""The steps of a container: which, and in which order."""

from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.runtime.interface import CannotStart, ContainerSpec, HostRoot, ImageRoot, Mount, User
from seatrial.runtime.process.host_root import Piece
from seatrial.runtime.process.plan import Ground, Steps, plan_container, plan_exec
from seatrial.runtime.process.steps import VERBS

PIECES = (Piece("link", "/bin", "usr/bin"), Piece("directory", "/mnt"), Piece("overlay", "/usr"))
ROOT = Ground(Path("/state"), rootless=False, pieces=PIECES)
ORDINARY = replace(ROOT, rootless=True, machine="x86_64", overlay_options=",userxattr")
IMAGE = ImageRoot((Path("/l/top"), Path("/l/base")))
SPEC = ContainerSpec("c1", "s1", IMAGE, ("app", "--x"), Path("/log"), {"A": "b"})


def plan(spec: ContainerSpec = SPEC, ground: Ground = ROOT) -> Steps:
    return plan_container(spec, ground, hostname="web-0")


def verbs(steps: Steps) -> list[str]:
    return [step[0] for step in steps]


def named(steps: Steps, verb: str) -> list[list[object]]:
    return [list(step[1:]) for step in steps if step[0] == verb]


@pytest.mark.parametrize("ground", [ROOT, ORDINARY])
@pytest.mark.parametrize(
    "root", [IMAGE, HostRoot((Path("/home/me"),)), HostRoot(shown=(Path("/tmp/clone/app"),))]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_every_step_can_be_done(
    ground: Ground, root: ImageRoot | HostRoot, read_only: bool
) -> None:
    mounts = (Mount("/data"), Mount("/etc/hosts", Path("/h")))
    spec = replace(SPEC, root=root, read_only_root=read_only, mounts=mounts, user=User(7, 8))
    steps = plan(spec, ground)
    assert set(verbs(steps)) <= set(VERBS)
    held: set[object] = set()
    for verb, name, *_ in (step for step in steps if len(step) > 1):
        if verb.startswith("hold_"):
            held.add(name)
        elif verb == "attach":
            held.remove(name)  # held before, attached once
    assert held == set()


def test_sources_are_taken_before_the_machine_is_out_of_sight() -> None:
    steps = plan(replace(SPEC, mounts=(Mount("/data", Path("/v")),)))
    order = verbs(steps)
    pivot = order.index("pivot")
    assert max(place for place, verb in enumerate(order) if verb == "hold_tree") < pivot
    assert order.index("overlay") < pivot < order.index("attach")
    assert verbs(steps)[-1] == "run"


def test_layers_are_given_topmost_first_under_a_fresh_one() -> None:
    (overlay,) = named(plan(), "overlay")
    layer = "/state/containers/c1/0"
    layers = ["/l/top", "/l/base"]
    assert overlay == ["/state/root", layers, f"{layer}.upper", f"{layer}.work", ""]


def test_host_pieces_each_get_a_layer() -> None:
    steps = plan(replace(SPEC, root=HostRoot((Path("/home/me"),))), ORDINARY)
    assert named(steps, "link")[0] == ["usr/bin", "/state/root/bin"]
    (overlay,) = named(steps, "overlay")
    assert overlay[:2] == ["/state/root/usr", ["/usr"]]
    assert overlay[-1] == ",userxattr"
    assert named(steps, "mask")[:2] == [["/state"], ["/home/me"]]


def test_a_whole_root_needs_no_other() -> None:
    whole = replace(ROOT, pieces=(Piece("overlay", "/"), Piece("overlay", "/var")))
    steps = plan(replace(SPEC, root=HostRoot()), whole)
    assert [overlay[0] for overlay in named(steps, "overlay")] == ["/state/root", "/state/root/var"]
    assert named(steps, "tmpfs") == []


def test_mounts_inside_mounts_come_after_them() -> None:
    mounts = (Mount("/data/inner/deep", Path("/b")), Mount("/data"), Mount("/data/inner"))
    attached = [place for _, place in named(plan(replace(SPEC, mounts=mounts)), "attach")]
    assert attached[-3:] == ["/data", "/data/inner", "/data/inner/deep"]


def test_a_read_only_root_is_sealed_after_its_mount_points_are_made() -> None:
    steps = plan(replace(SPEC, read_only_root=True, mounts=(Mount("/data", Path("/v")),)))
    order = verbs(steps)
    assert order.index("prepare") < order.index("read_only")
    assert named(steps, "attach")[-1] == ["mount0", "/data"]
    assert order.index("read_only") < len(order) - 1 - order[::-1].index("attach")


def test_fresh_directories_are_sealed_with_the_root_and_not_before() -> None:
    mounts = (Mount("/run/secrets/token", Path("/v")),)
    steps = plan(replace(SPEC, root=HostRoot(), read_only_root=True, mounts=mounts))
    held = [step for step in named(steps, "hold_fs") if step[0] == "/run"]
    assert held == [["/run", "tmpfs", {"mode": "755"}, 0]]
    assert sorted(each for each in named(steps, "read_only") if each in (["/run"], ["/tmp"])) == [
        ["/run"],
        ["/tmp"],
    ]
    order = verbs(steps)
    assert order.index("prepare") < order.index("read_only")


def test_the_machine_root_switches_users() -> None:
    steps = plan(replace(SPEC, user=User(1000, 2000, (3000,))))
    assert named(steps, "groups") == [[[2000, 3000]]]
    assert named(steps, "user") == [[1000, 2000]]
    assert named(steps, "capabilities") == [[0]]
    assert named(steps, "no_new_privileges") == []


def test_an_ordinary_user_gets_users_of_its_own() -> None:
    spec = replace(SPEC, user=User(1000, 2000))
    steps = plan(spec, ORDINARY)
    assert named(steps, "own_users") == [[1000, 2000]]
    assert verbs(steps).index("own_users") < verbs(steps).index("bounding")
    assert named(steps, "user") == named(steps, "groups") == []
    assert "no_new_privileges" in verbs(steps)
    # A command beside it enters those users; it does not make others.
    beside = plan_exec(("ls",), spec, ORDINARY, hostname="web-0")
    assert beside[0] == ["enter", "c1", True]
    assert "own_users" not in verbs(beside)
    assert "own_users" not in verbs(plan(SPEC, ORDINARY))
    # Only root may be told that it changed users.
    assert "pretend" in verbs(plan(SPEC, ORDINARY))
    assert "pretend" not in verbs(steps)
    assert "pretend" not in verbs(plan(SPEC, ROOT))


def test_privileged_is_not_masked() -> None:
    order = verbs(plan(replace(SPEC, privileged=True, allow_privilege_escalation=False)))
    assert "mask" not in order
    assert "protect" not in order
    assert "no_new_privileges" not in order


def test_environment_is_as_given_with_the_host_name_below() -> None:
    assert plan()[-1] == ["run", ["app", "--x"], {"HOSTNAME": "web-0", "A": "b"}]
    own = plan(replace(SPEC, environment={"HOSTNAME": "mine"}))
    assert own[-1][2] == {"HOSTNAME": "mine"}


def test_what_the_machine_refuses_is_done_without() -> None:
    poor = replace(ROOT, has_fresh_sysfs=False, has_mqueue=False, writable_in_memory=True)
    steps = plan(SPEC, poor)
    assert ["sys", "/sys", True] in named(steps, "hold_tree")
    assert "mqueue" not in [name for name, *_ in named(steps, "hold_fs")]
    assert named(steps, "tmpfs") == [["/state/containers/c1", "mode=700"]]


def test_no_command() -> None:
    with pytest.raises(CannotStart, match="no command specified"):
        plan(replace(SPEC, argv=()))


@pytest.mark.parametrize("ground", [ROOT, ORDINARY])
def test_a_working_directory_in_tmp_is_shown_in_the_fresh_tmp(ground: Ground) -> None:
    steps = plan(replace(SPEC, root=HostRoot(shown=(Path("/tmp/clone/app"),))), ground)
    aside = "/state/containers/c1/shown0"
    overlays = [overlay[:2] for overlay in named(steps, "overlay")]
    assert overlays[-1] == [aside, ["/tmp/clone"]]
    assert ["shown0", aside, False] in named(steps, "hold_tree")
    attached = named(steps, "attach")
    assert attached.index(["/tmp", "/tmp"]) < attached.index(["shown0", "/tmp/clone"])
