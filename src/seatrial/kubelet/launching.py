"""From a container of a pod's spec to what a runtime starts.

Does: command, environment, mounts, user and privileges, all put together.
Does not: start it; nor write anything but the empty termination message file.

Differs from Kubernetes: `ports[].hostPort` is not opened on the node, and `stdin`, `tty`,
`shareProcessNamespace`, `procMount`, `sysctls`, seccomp, AppArmor and SELinux settings have no
effect; resource limits are not enforced.
"""

from dataclasses import dataclass
from pathlib import Path

from seatrial.api.objects import Object, key_of, uid_of
from seatrial.images.interface import Image
from seatrial.kubelet import termination
from seatrial.kubelet.env import EnvironmentSources, environment
from seatrial.kubelet.errors import CreateFailure
from seatrial.kubelet.expand import expand
from seatrial.kubelet.places import PodPlaces
from seatrial.kubelet.sandbox_files import hostname
from seatrial.kubelet.security import Accounts, privileges, user_of
from seatrial.kubelet.volumes.mounting import mounts
from seatrial.kubelet.volumes.volumes import read_only_volumes
from seatrial.runtime.interface import ContainerSpec, HostRoot, ImageRoot, Mount

HOSTS, HOSTNAME, RESOLV_CONF = "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"


@dataclass(frozen=True, slots=True)
class Launch:
    """One start of one container."""

    container: Object
    container_id: str
    sandbox_id: str
    attempt: int
    image: Image
    sources: EnvironmentSources
    volumes: dict[str, Path]
    places: PodPlaces
    # Directories of the machine that a `host` image does not show.
    hidden: tuple[Path, ...] = ()


def container_spec(launch: Launch) -> ContainerSpec:
    """What the runtime is told. Raises ContainerFailure."""
    pod, container, image = launch.sources.pod, launch.container, launch.image
    own = environment(container, launch.sources)
    flags = privileges(container)
    accounts = _accounts(image)
    return ContainerSpec(
        id=launch.container_id,
        sandbox_id=launch.sandbox_id,
        root=_host_root(launch) if image.is_host else ImageRoot(image.layers),
        argv=argv(container, image, own),
        log_path=launch.places.log(container["name"], launch.attempt),
        environment={**image.config.environment, "HOSTNAME": hostname(pod), **own},
        working_directory=container.get("workingDir") or image.config.working_directory or "/",
        user=user_of(pod, container, image_user=image.config.user, accounts=accounts),
        mounts=(*_mounts(launch, own),),
        read_only_root=flags.read_only_root,
        privileged=flags.privileged,
        allow_privilege_escalation=flags.allow_escalation,
        capabilities_add=flags.add,
        capabilities_drop=flags.drop,
        pod=key_of(pod),
        pod_uid=uid_of(pod),
        name=container["name"],
    )


def _host_root(launch: Launch) -> HostRoot:
    """The machine's root, with what the image needs of it even where that would be fresh."""
    config = launch.image.config
    programs = [place for place in config.environment.get("PATH", "").split(":") if place]
    own = [str(Path(word).parent) for word in (*config.entrypoint, *config.command)[:1]]
    needed = [Path(place) for place in (config.working_directory, *programs, *own) if place]
    # Where they are missing there is nothing to show, and the program says so itself.
    return HostRoot(launch.hidden, shown=tuple(place for place in needed if place.is_dir()))


def argv(container: Object, image: Image, known: dict[str, str]) -> tuple[str, ...]:
    """The command line: the spec's `command` and `args` over the image's. Raises CreateFailure."""
    command = [expand(word, known) for word in container.get("command") or []]
    arguments = [expand(word, known) for word in container.get("args") or []]
    entry = tuple(command) or image.config.entrypoint
    rest = tuple(arguments) or (() if command else image.config.command)
    if not (entry or rest):
        raise CreateFailure("no command specified")
    return (*entry, *rest)


def _mounts(launch: Launch, own: dict[str, str]) -> list[Mount]:
    container, files = launch.container, launch.places.files
    shown = read_only_volumes(launch.sources.pod)
    wanted = mounts(container, launch.volumes, own, read_only=shown)
    taken = {mount.target for mount in wanted}
    given = [
        Mount(target=target, source=files / source)
        for target, source in (
            (HOSTS, "hosts"), (HOSTNAME, "hostname"), (RESOLV_CONF, "resolv.conf"),
        )
        if target not in taken
    ]  # fmt: skip
    file = launch.places.termination(container["name"], launch.attempt)
    termination.prepare(file)
    path = container.get("terminationMessagePath") or termination.DEFAULT_PATH
    if path not in taken:
        given.append(Mount(target=path, source=file))
    return [*given, *wanted]


def _accounts(image: Image) -> Accounts:
    """The image's users and groups, where its user is given by name."""
    roots = (Path("/"),) if image.is_host else image.layers
    return Accounts(passwd=_first(roots, "etc/passwd"), group=_first(roots, "etc/group"))


def _first(roots: tuple[Path, ...], name: str) -> str:
    for root in roots:
        path = root / name
        # A link would lead out of the image and into this machine.
        if path.is_file() and not path.is_symlink():
            return path.read_text(errors="replace")
    return ""
