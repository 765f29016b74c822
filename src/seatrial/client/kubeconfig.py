"""The user's kubeconfig: read any, and write our context into it without touching the rest.

Does: clusters, users and contexts; certificate authority, client certificate and key as files or
inline data; token, token file, exec plugin; skipped verification.
Does not: read the environment (KUBECONFIG is the command line's business), merge several files, use
proxies or the old auth providers.
Holds: a write replaces the file in one step, mode 0600, and keeps every field it does not know.
Differs from Kubernetes: a rewritten file loses its YAML comments, as with kubectl's own writes.
"""

import base64
import binascii
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from seatrial.client.credentials import Credentials, ExecPlugin, NoCredentials, Token, TokenFile
from seatrial.client.tls import client_context
from seatrial.client.transport.http import HttpTarget
from seatrial.kit.errors import UsageError
from seatrial.kit.files import PRIVATE_FILE, explain_os_error, write_atomic

PLUGIN_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class KubeconfigError(UsageError):
    """The kubeconfig is missing, broken, or says something we cannot do."""


def load(path: Path, context: str = "") -> HttpTarget:
    """The server, trust and credentials of `context` (default: the current one).

    Raises KubeconfigError that names the file and the field.
    """
    config = _read(path)
    name = context or str(config.get("current-context") or "")
    if not name:
        raise KubeconfigError(f"{path} has no current-context", remedy="name one with --context")
    chosen = _entry(config, "contexts", name, path)
    cluster = _entry(config, "clusters", str(chosen.get("cluster", "")), path)
    user = _entry(config, "users", str(chosen["user"]), path) if chosen.get("user") else {}
    server = cluster.get("server")
    if not server:
        raise KubeconfigError(f"{path}: cluster {chosen.get('cluster')} has no server")
    return HttpTarget(
        str(server).rstrip("/"),
        tls=_tls(cluster, user, path) if str(server).startswith("https:") else None,
        server_name=str(cluster.get("tls-server-name") or ""),
        credentials=_credentials(user, path),
    )


def namespace_of_context(path: Path, context: str = "") -> str:
    """The context's namespace, "default" when it names none."""
    config = _read(path)
    name = context or str(config.get("current-context") or "")
    return str(_entry(config, "contexts", name, path).get("namespace") or "default")


def check_mergeable(path: Path) -> None:
    """Raise the KubeconfigError that `merge_context` would raise for what is there now."""
    if path.exists():
        _refuse_devices(path)
        _read(path)


def merge_context(path: Path, name: str, *, server: str, ca_pem: bytes, token: str) -> None:
    """Write cluster, user and context `name` and make it the current one; the rest stays."""
    authority = base64.b64encode(ca_pem).decode()

    def change(config: dict[str, Any]) -> None:
        cluster = {"server": server, "certificate-authority-data": authority}
        _put(config, "clusters", "cluster", name, cluster)
        _put(config, "users", "user", name, {"token": token})
        _put(config, "contexts", "context", name, {"cluster": name, "user": name})
        config["current-context"] = name

    _rewrite(path, change)


def remove_context(path: Path, name: str, *, server: str = "") -> None:
    """Take cluster, user and context `name` out; nothing when the file or the context is gone.

    With `server`, nothing either when cluster `name` is another server by now: somebody else's.
    """
    if not path.exists() or not _has(_read(path), name, server):
        return

    def change(config: dict[str, Any]) -> None:
        if not _has(config, name, server):
            return
        for section in ("clusters", "users", "contexts"):
            config[section] = [each for each in _list(config, section) if each.get("name") != name]
        if config.get("current-context") == name:
            config["current-context"] = ""

    _rewrite(path, change)


def _has(config: dict[str, Any], name: str, server: str) -> bool:
    named = [
        each
        for section in ("clusters", "users", "contexts")
        for each in _list(config, section)
        if each.get("name") == name
    ]
    servers = {(each.get("cluster") or {}).get("server") for each in named if "cluster" in each}
    return bool(named) and (not server or servers <= {server})


def _rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    # A link (dotfiles kept elsewhere) stays a link: its target is what is rewritten.
    path = path.resolve()
    _refuse_devices(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise explain_os_error(error, f"cannot make the directory {path.parent}") from error
    with _locked(path):
        config = _read(path) if path.exists() else _empty()
        change(config)
        write_atomic(path, yaml.safe_dump(config, sort_keys=False).encode())


def _refuse_devices(path: Path) -> None:
    # A pipe would be waited for, a device replaced by a file.
    if path.exists() and not path.is_file():
        raise KubeconfigError(
            f"kubeconfig {path} is not a regular file", remedy="name another one with --kubeconfig"
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Kubectl's own lock: a file beside the kubeconfig that only one may create."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    except FileExistsError as error:
        raise KubeconfigError(
            f"{path} is being written by another program",
            remedy=f"wait for it; if there is none, remove {lock}",
        ) from error
    except OSError as error:
        raise explain_os_error(error, f"cannot write {path}") from error
    try:
        yield
    finally:
        lock.unlink()


def _empty() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": [],
        "users": [],
        "contexts": [],
    }


def _read(path: Path) -> dict[str, Any]:
    remedy = "mend the file, or name another one"
    try:
        config = yaml.safe_load(path.read_text())
    except FileNotFoundError as error:
        raise KubeconfigError(f"kubeconfig {path} does not exist", remedy=remedy) from error
    except OSError as error:
        raise explain_os_error(error, f"cannot read {path}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = f"kubeconfig {path}{_where(error)} is not YAML"
        raise KubeconfigError(what, remedy=remedy) from error
    if config is None:  # kubectl makes nothing of an empty file, and so do we
        return _empty()
    if not isinstance(config, dict):
        raise KubeconfigError(f"kubeconfig {path} is not a mapping", remedy=remedy)
    return config


def _where(error: Exception) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f":{mark.line + 1}" if mark is not None else ""


def _list(config: dict[str, Any], section: str) -> list[dict[str, Any]]:
    found = config.get(section) or []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _entry(config: dict[str, Any], section: str, name: str, path: Path) -> dict[str, Any]:
    singular = section.removesuffix("s")
    entries = _list(config, section)
    for each in entries:
        if each.get("name") == name:
            return each.get(singular) or {}
    known = ", ".join(str(each.get("name")) for each in entries) or "none"
    raise KubeconfigError(f"{path} has no {singular} named {name!r} (it has: {known})")


def _put(
    config: dict[str, Any], section: str, singular: str, name: str, value: dict[str, Any]
) -> None:
    """Replace or add one entry; unknown fields beside and around it stay."""
    entries = _list(config, section)
    mine = next((each for each in entries if each.get("name") == name), None)
    if mine is None:
        entries.append({"name": name, singular: value})
    else:
        mine[singular] = value
    config[section] = entries


def _tls(cluster: dict[str, Any], user: dict[str, Any], path: Path) -> ssl.SSLContext:
    return client_context(
        ca_pem=_material(cluster, "certificate-authority", path),
        certificate_pem=_material(user, "client-certificate", path),
        key_pem=_material(user, "client-key", path),
        verify=not cluster.get("insecure-skip-tls-verify"),
    )


def _material(section: dict[str, Any], field: str, path: Path) -> bytes:
    """PEM from `FIELD-data` (base64), else from the file `FIELD`, else nothing."""
    if data := section.get(f"{field}-data"):
        try:
            return base64.b64decode(str(data), validate=True)
        except binascii.Error as error:
            raise KubeconfigError(f"{path}: {field}-data is not base64") from error
    if not section.get(field):
        return b""
    file = path.parent / str(section[field])  # relative to the kubeconfig, as kubectl reads it
    try:
        return file.read_bytes()
    except OSError as error:
        raise KubeconfigError(f"{path}: {field} {file}: {error.strerror}") from error


def _credentials(user: dict[str, Any], path: Path) -> Credentials:
    if plugin := user.get("exec"):
        return _plugin(plugin, path)
    if file := user.get("tokenFile"):
        return TokenFile(path.parent / str(file))
    if token := user.get("token"):
        return Token(str(token))
    for unsupported in ("auth-provider", "username"):
        if unsupported in user:
            raise KubeconfigError(f"{path}: user has {unsupported}, which is not supported")
    return NoCredentials()


def _plugin(plugin: dict[str, Any], path: Path) -> ExecPlugin:
    version = str(plugin.get("apiVersion") or PLUGIN_VERSIONS[0])
    if version not in PLUGIN_VERSIONS:
        raise KubeconfigError(f"{path}: exec plugin apiVersion {version} is not supported")
    command = str(plugin.get("command") or "")
    if not command:
        raise KubeconfigError(f"{path}: exec plugin has no command")
    if "/" in command:  # a relative path is relative to the kubeconfig; a bare name is on PATH
        command = str(path.parent / command)
    environment = {str(each["name"]): str(each["value"]) for each in plugin.get("env") or []}
    args = tuple(str(each) for each in plugin.get("args") or [])
    return ExecPlugin(command, args, environment, version)
