"""`seatrial.toml`, beside the manifests: what the manifests cannot say.

Does: parses images, traffic and budgets into values; refuses the unknown by file and key.
Does not: read files other than the one it is given; guess traffic (that is `subject.py`).
Holds: every field has a default and its unit in its name; relative paths start at the file.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from seatrial.trials.errors import SettingsError

FILE_NAME = "seatrial.toml"
# The book of evidence holds twice as many entries.
REQUESTS_ASKED_MAX = 100_000
# Stands beside a driver of the user's own, which may import it.
OWN_DRIVER = "driver.py"


@dataclass(frozen=True, slots=True)
class HostImage:
    """The image is this machine's own root, and this command."""

    command: tuple[str, ...]
    workdir: str = "/"
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ArchiveImage:
    """The image comes out of an OCI or docker archive."""

    path: Path


@dataclass(frozen=True, slots=True)
class RegistryImage:
    """The image is pulled, by the name that the manifest uses."""


ImageSource = HostImage | ArchiveImage | RegistryImage


@dataclass(frozen=True, slots=True)
class DriverProgram:
    """What drives instead of our own driver: an interpreter, and a file that fits a ConfigMap."""

    interpreter: tuple[str, ...]
    file: Path


@dataclass(frozen=True, slots=True)
class TrafficSettings:
    """What clients ask of one Service; None and "" are derived from Services and probes."""

    service: str = ""
    port: int | str | None = None  # number or name; default: the Service's first port
    path: str = ""
    rate_per_s: float = 40.0  # new and kept-alive connections together
    kept_alive_share: float = 0.25  # of the rate
    timeout_s: float = 5.0  # a client's patience
    expect_status: tuple[int, ...] = ()  # default: anything below 400
    expect_body: str = ""  # must be part of the body
    pod_header: str = "x-pod"  # response header that names the pod, where the server sends one
    slow_path: str = ""  # a GET whose answer takes seconds (SEA302)
    upload_path: str = ""  # takes a POST with a body of any kind (SEA302)
    requests_min: int = 0  # pods are deleted until so many requests were made (SEA302)
    driver: DriverProgram | None = None  # for a protocol other than HTTP/1.1


@dataclass(frozen=True, slots=True)
class Budgets:
    """What is still well."""

    needed_drain_s: float = 5.0  # endpoint propagation that must be survived (SEA301)
    restart_to_ready_s: float = 30.0  # from a restart to Ready (SEA701)
    start_s: float = 60.0  # until the application is available at all


@dataclass(frozen=True, slots=True)
class Settings:
    """All of one or more files."""

    images: Mapping[str, ImageSource] = field(default_factory=lambda: MappingProxyType({}))
    traffic: tuple[TrafficSettings, ...] = ()
    budgets: Budgets = Budgets()


def read_settings(path: Path) -> Settings:
    """The settings of the file `path`. Raises SettingsError with file and key."""
    try:
        wire = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_settings(wire, path)


def parse_settings(wire: Mapping[str, Any], path: Path) -> Settings:
    """The settings of a parsed file."""
    # `lint` is read by the linter.
    _refuse_unknown(wire, ("images", "traffic", "budgets", "lint"), path, "")
    images = _table(wire.get("images", {}), path, "images")
    traffic = wire.get("traffic", [])
    tables = traffic if isinstance(traffic, list) else [traffic]
    return Settings(
        images={name: _image(each, path, f'images."{name}"') for name, each in images.items()},
        traffic=tuple(_traffic(each, path) for each in tables),
        budgets=_budgets(wire.get("budgets", {}), path),
    )


def merge_settings(many: tuple[Settings, ...]) -> Settings:
    """Several applications in one trial: images and traffic add up, the strictest budget holds."""
    images = {name: each for settings in many for name, each in settings.images.items()}
    budgets = [settings.budgets for settings in many] or [Budgets()]
    return Settings(
        images=images,
        traffic=tuple(each for settings in many for each in settings.traffic),
        budgets=Budgets(
            needed_drain_s=max(each.needed_drain_s for each in budgets),
            restart_to_ready_s=min(each.restart_to_ready_s for each in budgets),
            start_s=max(each.start_s for each in budgets),
        ),
    )


def _image(wire: Any, path: Path, key: str) -> ImageSource:
    if wire == "registry":
        return RegistryImage()
    table = _table(wire, path, key)
    _refuse_unknown(table, ("host", "archive", "registry"), path, key)
    if len(table) != 1:
        raise SettingsError(
            f"{path}: {key} must say exactly one of host, archive, registry",
            remedy='for example: host = { command = ["python3", "server.py"], workdir = "." }',
        )
    if "host" in table:
        return _host_image(table["host"], path, f"{key}.host")
    if "archive" in table:
        archive = _text(table["archive"], path, f"{key}.archive")
        return ArchiveImage((path.parent / archive).resolve())
    return RegistryImage()


def _host_image(wire: Any, path: Path, key: str) -> HostImage:
    table = _table(wire, path, key)
    _refuse_unknown(table, ("command", "workdir", "environment"), path, key)
    command = table.get("command")
    if not isinstance(command, list) or not command:
        raise SettingsError(
            f"{path}: {key}.command must be a list of words, not {command!r}",
            remedy='for example: command = ["python3", "server.py"]',
        )
    workdir = _text(table.get("workdir", "."), path, f"{key}.workdir")
    environment = _table(table.get("environment", {}), path, f"{key}.environment")
    return HostImage(
        tuple(_text(word, path, f"{key}.command") for word in command),
        str((path.parent / workdir).resolve()),
        {name: str(value) for name, value in environment.items()},
    )


def _traffic(wire: Any, path: Path) -> TrafficSettings:
    table = _table(wire, path, "traffic")
    _refuse_unknown(table, tuple(each.name for each in fields(TrafficSettings)), path, "traffic")
    read: dict[str, Callable[[Any, Path, str], object]] = {
        "port": _port, "rate_per_s": _positive, "timeout_s": _positive,
        "kept_alive_share": _share, "expect_status": _statuses, "requests_min": _requests,
        "driver": _driver,
    }  # fmt: skip
    values: dict[str, Any] = {
        name: read.get(name, _text)(value, path, f"traffic.{name}") for name, value in table.items()
    }
    return TrafficSettings(**values)


def _driver(value: Any, path: Path, key: str) -> DriverProgram:
    if not isinstance(value, list) or len(value) < 2:
        raise SettingsError(
            f"{path}: {key} must be a list of words, the program's file last, not {value!r}",
            remedy='for example: driver = ["python3", "grpc_driver.py"]',
        )
    *interpreter, name = (_text(word, path, key) for word in value)
    file = path.parent / name
    if not file.is_file():
        raise SettingsError(f"{path}: {key}: there is no file {file}")
    if file.name == OWN_DRIVER:
        raise SettingsError(
            f"{path}: {key}: {name} is the name of seatrial's own driver", remedy="rename it"
        )
    return DriverProgram(tuple(interpreter), file)


def _budgets(wire: Any, path: Path) -> Budgets:
    table = _table(wire, path, "budgets")
    _refuse_unknown(table, tuple(each.name for each in fields(Budgets)), path, "budgets")
    return Budgets(
        **{name: _positive(value, path, f"budgets.{name}") for name, value in table.items()}
    )


def _table(wire: Any, path: Path, key: str) -> Mapping[str, Any]:
    if not isinstance(wire, dict):
        raise SettingsError(f"{path}: {key} must be a table, not {wire!r}")
    return wire


def _text(value: Any, path: Path, key: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{path}: {key} must be a text, not {value!r}")
    return value


def _positive(value: Any, path: Path, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise SettingsError(f"{path}: {key} must be a number above 0, not {value!r}")
    return float(value)


def _requests(value: Any, path: Path, key: str) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= REQUESTS_ASKED_MAX:
        raise SettingsError(
            f"{path}: {key} must be a whole number up to {REQUESTS_ASKED_MAX}, not {value!r}"
        )
    return int(value)


def _share(value: Any, path: Path, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingsError(f"{path}: {key} must be a number from 0 to 1, not {value!r}")
    return float(value)


def _port(value: Any, path: Path, key: str) -> int | str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise SettingsError(f"{path}: {key} must be a port's number or name, not {value!r}")
    return value


def _statuses(value: Any, path: Path, key: str) -> tuple[int, ...]:
    many = value if isinstance(value, list) else [value]
    if not many or not all(isinstance(each, int) and 100 <= each <= 599 for each in many):
        raise SettingsError(
            f"{path}: {key} must be HTTP status codes, not {value!r}", remedy="for example: [200]"
        )
    return tuple(many)


def _refuse_unknown(
    table: Mapping[str, Any], known: tuple[str, ...], path: Path, where: str
) -> None:
    for key in table:
        if key in known:
            continue
        full = f"{where}.{key}" if where else key
        near = difflib.get_close_matches(key, known, n=1)
        raise SettingsError(
            f"{path}: unknown key {full}",
            remedy=f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}",
        )
