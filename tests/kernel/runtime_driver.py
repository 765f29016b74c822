"""Run as a program: become a node, run one scenario on real containers, print what was seen.

    python runtime_driver.py SCENARIO DIRECTORY [BUSYBOX]

A program of its own because a node cannot come back from its namespaces, and because the tests run
it as root and as an ordinary user.
"""

# ruff: noqa: ASYNC240 - nothing else runs in this loop
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from seatrial.kit.errors import MachineError
from seatrial.kit.journal import Journal
from seatrial.runtime.interface import (
    CannotStart,
    ContainerSpec,
    HostRoot,
    ImageRoot,
    Mount,
    SandboxSpec,
    User,
)
from seatrial.runtime.process.runtime import ProcessRuntime, ProcessRuntimeConfig
from seatrial.runtime.process.userns import become_node

LIMIT_S = 60.0
CANNOT = 77  # the exit code of a machine that refuses


class World:
    """A runtime, a sandbox, and a place for files."""

    def __init__(self, place: Path, busybox: str) -> None:
        self.place = place
        self.busybox = busybox
        self.rootless = os.geteuid() != 0
        self.journal = Journal()
        become_node(rootless=self.rootless)
        config = ProcessRuntimeConfig(place / "runtime", rootless=self.rootless)
        self.runtime = ProcessRuntime(config, self.journal)

    def spec(self, name: str, script: str | Sequence[str], **fields: Any) -> ContainerSpec:
        argv = ("sh", "-c", script) if isinstance(script, str) else tuple(script)
        fields.setdefault("root", HostRoot())
        log = self.place / f"{name}.log"
        return ContainerSpec(name, "sandbox", argv=argv, log_path=log, name=name, **fields)

    async def run(self, name: str, script: str | Sequence[str], **fields: Any) -> list[str]:
        """What it printed, and its exit code as the last line."""
        await self.runtime.start(self.spec(name, script, **fields))
        ended = await self.runtime.wait(name)
        return [*self.log(name), str(ended.code)]

    def log(self, name: str) -> list[str]:
        lines = (self.place / f"{name}.log").read_text().splitlines()
        return [line.split(" ", 3)[3] for line in lines]

    async def wait_entry(self, kind: str) -> dict[str, Any]:
        async for entry in self.journal.read():
            if entry["kind"] == kind:
                return entry
        raise AssertionError

    def image(self) -> ImageRoot:
        """Two layers: busybox and its links below, a file and a wicked link on top."""
        below, above = self.place / "below", self.place / "above"
        if not below.exists():
            (below / "bin").mkdir(parents=True)
            (below / "bin/busybox").write_bytes(Path(self.busybox).read_bytes())
            (below / "bin/busybox").chmod(0o755)
            for tool in ("sh", "cat", "id", "ls", "touch", "readlink", "nc", "sleep"):
                (below / "bin" / tool).symlink_to("busybox")
            (below / "etc").mkdir()
            (below / "etc/passwd").write_text("app:x:1000:1000::/home/app:/bin/sh\n")
            (below / "etc/who").write_text("below")
            (above / "etc").mkdir(parents=True)
            (above / "etc/who").write_text("above")
            (above / "wicked").symlink_to("../../../../../../../../etc")
        return ImageRoot((above, below))


async def host(world: World) -> dict[str, Any]:
    mark = "/etc/seatrial-probe"
    hidden = world.place / "secret"
    hidden.mkdir()
    (hidden / "key").write_text("secret")
    return {
        "identity": await world.run("identity", "echo $$; hostname; id -u; pwd"),
        "first": await world.run("first", f"echo mine > {mark}; cat {mark}; rm /etc/hostname"),
        "second": await world.run("second", f"cat {mark} 2>/dev/null; ls /etc/hostname"),
        "machine": [os.path.exists(path) for path in (mark, "/etc/hostname")],
        "fresh": await world.run("fresh", "ls -A /tmp /run | wc -w; ls /proc/1/comm"),
        "hidden": await world.run("hidden", f"ls {hidden}", root=HostRoot((hidden,))),
        "state": await world.run("state", f"ls {world.place}/runtime | wc -l"),
    }


async def image(world: World) -> dict[str, Any]:
    volume, file = world.place / "volume", world.place / "file"
    volume.mkdir()
    file.write_text("nameserver 10.96.0.10\n")
    root = world.image()
    layers = [world.place / f"layer{number}" for number in range(120)]
    for layer in layers:
        layer.mkdir()
        (layer / layer.name).touch()
    mounts = (
        Mount("/data/inner", volume, read_only=True),
        Mount("/data"),
        Mount("/wicked/seatrial-made", file),
    )
    return {
        "layers": await world.run("layers", "cat /etc/who", root=root),
        "many": await world.run(
            "many", "ls -d /layer* | wc -l", root=ImageRoot((*layers, *root.layers))
        ),
        "mounts": await world.run(
            "mounts",
            "cat /etc/seatrial-made; touch /data/x && echo written; touch /data/inner/x",
            root=root,
            mounts=mounts,
        ),
        "outside": os.path.exists("/etc/seatrial-made"),
        "sealed": await world.run(
            "sealed",
            "touch /x; touch /data/y && echo written; pwd",
            root=root,
            mounts=(Mount("/data", volume),),
            read_only_root=True,
            working_directory="/new/place",
        ),
        "home": await world.run(
            "home", "echo $HOME $PATH $HOSTNAME $A", root=root,
            user=User(1000, 1000), environment={"A": "b c"},
        ),
        "devices": await world.run(
            "devices", "ls /dev; echo x >/dev/null; echo >/proc/sys/kernel/hostname", root=root
        ),
    }  # fmt: skip


STATUS = "grep -E '^(Uid|Gid|Groups|CapEff|CapBnd|NoNewPrivs)' /proc/self/status"


# What nginx, redis and others do at their start.
CHANGES = "touch /tmp/a && chown 33:33 /tmp/a; echo $?; setpriv --reuid=33 --regid=33 "
CHANGES += "--clear-groups true; echo $?"


async def users(world: World) -> dict[str, Any]:
    user = User(1000, 2000, (3000,))
    await world.runtime.start(world.spec("beside", ("sleep", "600"), user=user))
    beside = await world.runtime.exec(
        "beside", ["sh", "-c", f"{STATUS}; echo $HOSTNAME; cat /proc/1/comm"], timeout_s=LIMIT_S
    )
    return {
        "root": await world.run("root", STATUS),
        "user": await world.run("user", STATUS, user=user),
        "tied": await world.run("tied", STATUS, allow_privilege_escalation=False),
        "bare": await world.run("bare", STATUS, capabilities_drop=("ALL",)),
        "admin": await world.run("admin", STATUS, capabilities_add=("NET_ADMIN",)),
        "privileged": await world.run("privileged", STATUS, privileged=True),
        "exec": beside.output.decode().splitlines(),
        "changes": await world.run("changes", CHANGES),
        "bare_changes": await world.run("bare_changes", CHANGES, capabilities_drop=("ALL",)),
        "own_file": await world.run(
            "own_file", "touch /tmp/a; stat -c %u:%g /tmp/a; echo to >/dev/stdout", user=user
        ),
    }


async def shared(world: World) -> dict[str, Any]:
    """Two containers of a pod; and a listener that closes."""
    root = world.image()
    await world.runtime.start(
        world.spec("server", "echo hi >/dev/shm/note; exec nc -l -p 80 -e cat", root=root,
                   user=User(1000, 1000), pod="default/web", pod_uid="u1")
    )  # fmt: skip
    client = "until echo ping | nc 127.0.0.1 80; do sleep 0.1; done; cat /dev/shm/note"
    async with asyncio.timeout(LIMIT_S):
        seen = await world.run("client", client, root=root, pod="default/web", pod_uid="u1")
        await world.runtime.remove("server")
        entry = await world.wait_entry("listener")
    return {"seen": seen, "listener": {**entry, "at": 0}}


async def refusals(world: World) -> dict[str, Any]:
    async def why(name: str, argv: Sequence[str], **fields: Any) -> str:
        try:
            await world.runtime.start(world.spec(name, argv, **fields))
        except CannotStart as refused:
            return str(refused).rsplit("init: ", 1)[-1]
        return "started"

    return {
        "lost": await why("lost", ["no-such"]),
        "path": await why("path", ["/no/such"]),
        "directory": await why("directory", ["/etc"]),
        "plain": await why("plain", ["/etc/passwd"]),
        "source": await why("source", ["true"], mounts=(Mount("/x", Path("/no/such")),)),
        "capability": await why("capability", ["true"], capabilities_add=("FLY",)),
        "left": sorted(os.listdir(world.place / "runtime/containers")),
    }


async def logs(world: World) -> dict[str, Any]:
    script = "printf '%040000d' 0; echo; echo err >&2; printf tail"
    await world.run("logs", script, root=world.image())
    entries = [
        line.split(" ", 3)[1:] for line in (world.place / "logs.log").read_text().splitlines()
    ]
    return {"entries": [[stream, tag, len(line)] for stream, tag, line in entries]}


async def held(world: World) -> dict[str, Any]:
    """Say which processes run, then stay."""
    first = await world.runtime.start(world.spec("first", "sleep 600 & sleep 600"))
    second = await world.runtime.start(world.spec("second", ("sleep", "600")))
    print(json.dumps([first.pid, second.pid]), flush=True)
    await asyncio.get_running_loop().create_future()
    return {}


SCENARIOS: dict[str, Callable[[World], Awaitable[dict[str, Any]]]] = {
    scenario.__name__: scenario for scenario in (host, image, users, shared, refusals, logs, held)
}


async def main(scenario: str, world: World) -> None:
    try:
        await world.runtime.open()
        await world.runtime.create_sandbox(SandboxSpec("sandbox", "web-0"))
        seen = await SCENARIOS[scenario](world)
    finally:
        await world.runtime.aclose()
    seen["left"] = [*seen.get("left", []), (world.place / "runtime").exists()]
    print(json.dumps(seen))


if __name__ == "__main__":
    try:
        here = World(Path(sys.argv[2]), sys.argv[3])
    except MachineError as error:
        print(error, error.remedy)
        sys.exit(CANNOT)
    asyncio.run(main(sys.argv[1], here))
