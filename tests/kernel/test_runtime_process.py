"""Real containers, as root and as an ordinary user: what they see, cannot do, and leave."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import seatrial

pytestmark = pytest.mark.kernel

NOBODY = 65534
LIMIT_S = 60
DRIVER = Path(__file__).with_name("runtime_driver.py")
SOURCE = Path(seatrial.__file__).parent.parent
CANNOT = 77
# CapBnd and CapEff of a container that asks for nothing, as containerd gives them.
DEFAULT_CAPABILITIES = "00000000a80425fb"

Drive = Callable[[str], dict[str, Any]]


def identity(user: str) -> dict[str, Any]:
    """What makes `subprocess` run as that user."""
    if user == "root" or os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@cache
def python_of(user: str) -> str:
    """A Python that the user can run with our source; skips where there is none."""
    for python in (sys.executable, *filter(None, [shutil.which("python3", path="/usr/bin")])):
        check = "import sys, seatrial.runtime.interface; sys.exit(sys.version_info < (3, 11))"
        try:
            done = subprocess.run(
                [python, "-c", check], env={"PYTHONPATH": str(SOURCE)}, cwd="/",
                capture_output=True, check=False, **identity(user),
            )  # fmt: skip
        except PermissionError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("an ordinary user can run no Python 3.11 here, or cannot read this source")


def start(user: str, scenario: str, place: Path) -> "subprocess.Popen[bytes]":
    if user == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    busybox = shutil.which("busybox")
    if busybox is None or b"ELF" not in Path(busybox).read_bytes()[:4]:
        pytest.skip("needs busybox, for an image that runs")
    place.chmod(0o755)
    home = place / "home"
    home.mkdir()
    if identity(user):
        os.chown(home, NOBODY, NOBODY)
    environment = {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PATH"] = "/usr/bin:/bin"
    return subprocess.Popen(
        [python_of(user), str(DRIVER), scenario, str(home), busybox],
        env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, **identity(user),
    )  # fmt: skip


@pytest.fixture
def place() -> Any:
    """A directory that another user can reach and that a container sees; pytest's own are not."""
    path = Path(f"/var/tmp/seatrial-runtime-{os.getpid()}")
    path.mkdir()
    yield path
    shutil.rmtree(path)


@pytest.fixture(params=["root", "ordinary"])
def user(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def drive(user: str, place: Path) -> Drive:
    def run(scenario: str) -> dict[str, Any]:
        with start(user, scenario, place) as driver:
            out, err = driver.communicate(timeout=LIMIT_S)
        if driver.returncode == CANNOT:
            pytest.skip(f"this machine refuses: {out.decode().strip()}")
        assert driver.returncode == 0, err.decode()
        seen: dict[str, Any] = json.loads(out)
        assert not seen.pop("left")[-1], "the runtime's place is still there"
        return seen

    return run


def test_host_root(drive: Drive) -> None:
    seen = drive("host")
    assert seen["identity"] == ["1", "web-0", "0", "/", "0"]
    assert seen["first"] == ["mine", "0"]
    # A fresh writable layer: nothing of the first is seen by the second, nor by the machine.
    assert seen["second"] == ["/etc/hostname", "0"]
    assert seen["machine"] == [False, True]
    assert seen["fresh"] == ["2", "/proc/1/comm", "0"]  # the names of two empty directories
    assert seen["hidden"] == ["0"]
    assert seen["state"] == ["0", "0"]


def test_image_root(drive: Drive) -> None:
    seen = drive("image")
    assert seen["layers"] == ["above", "0"]
    assert seen["many"] == ["120", "0"]
    assert seen["mounts"][:2] == ["nameserver 10.96.0.10", "written"]
    assert "Read-only file system" in seen["mounts"][2]
    assert not seen["outside"], "a link in an image reached the machine's files"
    assert "Read-only file system" in seen["sealed"][0]
    assert seen["sealed"][1:] == ["written", "/new/place", "0"]
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert seen["home"] == [f"/home/app {path} web-0 b c", "0"]
    devices = "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert set(seen["devices"][:-2]) == set(devices.split(" ")) - {"core"}
    assert "Read-only file system" in seen["devices"][-2]


def fields(lines: list[str]) -> dict[str, list[str]]:
    pairs = (line.split(":") for line in lines if ":" in line)
    return {name: value.split() for name, value in pairs}


def test_users_and_capabilities(drive: Drive, user: str) -> None:
    seen = drive("users")
    root, other, exec_ = (fields(seen[name]) for name in ("root", "user", "exec"))
    assert root["Uid"] == ["0"] * 4
    assert root["CapEff"] == root["CapBnd"] == [DEFAULT_CAPABILITIES]
    assert other["Uid"] == ["1000"] * 4
    assert other["Gid"] == ["2000"] * 4
    assert other["CapEff"] == ["0000000000000000"]
    assert exec_ == other
    assert seen["exec"][-2:] == ["web-0", "sleep"]
    assert seen["own_file"] == ["1000:2000", "to", "0"]
    assert seen["changes"] == ["0", "0", "0"]
    assert seen["bare_changes"][0].startswith("chown: ")
    assert fields(seen["tied"])["NoNewPrivs"] == ["1"]
    assert fields(seen["bare"])["CapEff"] == ["0000000000000000"]
    assert fields(seen["admin"])["CapEff"] == ["00000000a80435fb"]
    assert int(fields(seen["privileged"])["CapEff"][0], 16) >= (1 << 38) - 1
    if user == "root":
        assert root["NoNewPrivs"] == ["0"]
        assert other["Groups"] == ["2000", "3000"]


def test_containers_of_a_sandbox_share_network_and_memory(drive: Drive) -> None:
    seen = drive("shared")
    assert seen["seen"][-3:] == ["ping", "hi", "0"]
    listener = {"at": 0, "kind": "listener", "pod": "default/web", "uid": "u1"}
    assert seen["listener"] == {**listener, "ip": "::", "port": 80, "state": "closed"}


def test_refusals_are_explained_and_leave_nothing(drive: Drive) -> None:
    assert drive("refusals") == {
        "lost": 'exec: "no-such": executable file not found in $PATH',
        "path": 'exec: "/no/such": stat /no/such: no such file or directory',
        "directory": 'exec: "/etc": is a directory',
        "plain": 'exec: "/etc/passwd": permission denied',
        "source": "hold_tree: /no/such: no such file or directory",
        "capability": "unknown capability 'FLY'",
    }


def test_long_lines_are_cut_and_the_last_needs_no_newline(drive: Drive) -> None:
    entries = drive("logs")["entries"]
    cut = [["stdout", "P", 16384], ["stdout", "P", 16384], ["stdout", "F", 7232]]
    assert [entry for entry in entries if entry[0] == "stdout"] == [*cut, ["stdout", "F", 4]]
    assert ["stderr", "F", 3] in entries


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives_the_node(user: str, place: Path, number: int) -> None:
    with start(user, "held", place) as driver:
        assert driver.stdout is not None
        line = driver.stdout.readline()
        if not line or not line.startswith(b"["):
            driver.wait(LIMIT_S)
            pytest.skip(f"this machine refuses: {line.decode()}")
        alive = [os.pidfd_open(pid) for pid in json.loads(line)]
        driver.send_signal(number)
        driver.wait(LIMIT_S)
        for pidfd in alive:
            ended, _, _ = select.select([pidfd], [], [], LIMIT_S)
            os.close(pidfd)
            assert ended, "a container outlived its node"
