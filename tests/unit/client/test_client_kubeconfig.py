"""Reading anybody's kubeconfig; writing ours into it without touching the rest."""

import base64
import os
import stat
from pathlib import Path

import pytest
import yaml

from seatrial.client.credentials import CredentialsFailure, ExecPlugin, NoCredentials, TokenFile
from seatrial.client.kubeconfig import (
    KubeconfigError,
    check_mergeable,
    load,
    merge_context,
    namespace_of_context,
    remove_context,
)

FOREIGN = """
apiVersion: v1
kind: Config
current-context: work
x-unknown: {kept: true}
clusters:
- name: work
  cluster: {server: "http://10.0.0.1:8080/", x-unknown: kept}
- name: strict
  cluster: {server: "https://10.0.0.2", insecure-skip-tls-verify: true, tls-server-name: api}
users:
- name: me
  user: {tokenFile: token}
- name: cloud
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [a], env: [{name: K,
    value: V}]}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
- name: strict
  context: {cluster: strict, user: cloud}
- name: lost
  context: {cluster: nowhere}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(FOREIGN)
    return path


async def test_the_current_context(path: Path) -> None:
    (path.parent / "token").write_text("secret\n")
    target = load(path)
    assert (target.url, target.tls) == ("http://10.0.0.1:8080", None)
    assert await target.credentials.headers() == {"authorization": "Bearer secret"}
    assert namespace_of_context(path) == "team"
    assert namespace_of_context(path, "strict") == "default"


def test_a_named_context_with_an_exec_plugin(path: Path) -> None:
    target = load(path, "strict")
    assert target.tls is not None
    assert target.server_name == "api"
    plugin = target.credentials
    assert isinstance(plugin, ExecPlugin)
    assert (plugin.command, plugin.args) == (str(path.parent / "login"), ("a",))
    assert plugin.environment == {"K": "V"}


@pytest.mark.parametrize(
    ("context", "complaint"),
    [
        ("absent", "no context named 'absent' .it has: work, strict, lost."),
        ("lost", "no cluster named 'nowhere'"),
    ],
)
def test_names_that_lead_nowhere(path: Path, context: str, complaint: str) -> None:
    with pytest.raises(KubeconfigError, match=complaint):
        load(path, context)


@pytest.mark.parametrize("text", ["{", "- a list", "current-context: ''"])
def test_broken_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(KubeconfigError, match=str(path)):
        load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="does not exist"):
        load(tmp_path / "absent")


def test_merging_keeps_everything_else(path: Path) -> None:
    merge_context(path, "seatrial", server="https://127.0.0.1:1", ca_pem=b"PEM", token="t")
    merge_context(path, "seatrial", server="https://127.0.0.1:2", ca_pem=b"PEM", token="u")
    config, before = yaml.safe_load(path.read_text()), yaml.safe_load(FOREIGN)
    assert config["current-context"] == "seatrial"
    for section in ("clusters", "users", "contexts"):
        assert config[section][:-1] == before[section]
        assert config[section][-1]["name"] == "seatrial"
    assert config["x-unknown"] == {"kept": True}
    assert config["clusters"][-1]["cluster"] == {
        "server": "https://127.0.0.1:2",
        "certificate-authority-data": base64.b64encode(b"PEM").decode(),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["config"]

    remove_context(path, "seatrial")
    assert yaml.safe_load(path.read_text()) == {**before, "current-context": ""}


def test_merging_makes_the_file_and_its_directory(tmp_path: Path) -> None:
    path = tmp_path / ".kube" / "config"
    remove_context(path, "seatrial")
    assert not path.exists()
    merge_context(path, "seatrial", server="http://127.0.0.1:1", ca_pem=b"", token="t")
    assert load(path).url == "http://127.0.0.1:1"


def test_another_writer_is_not_run_over(path: Path) -> None:
    path.with_name("config.lock").touch()
    with pytest.raises(KubeconfigError, match="written by another program") as caught:
        merge_context(path, "seatrial", server="http://127.0.0.1:1", ca_pem=b"", token="t")
    assert "config.lock" in caught.value.remedy
    assert path.read_text() == FOREIGN


async def test_a_plugin_is_asked_once_until_its_token_ends(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = tmp_path / "login"
    answer = '{"status": {"token": "t-'
    ending = '", "expirationTimestamp": "2999-01-01T00:00:00Z"}}'
    script.write_text(f"#!/bin/sh\necho x >> {asked}\nprintf '%s' '{answer}'\"$EXTRA\"'{ending}'\n")
    script.chmod(0o700)
    plugin = ExecPlugin(str(script), environment={"EXTRA": "v"})
    for _ in range(2):
        assert await plugin.headers() == {"authorization": "Bearer t-v"}
    assert asked.read_text() == "x\n"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("echo sorry >&2; exit 3", "failed with code 3: sorry"),
        ("echo nonsense", "printed no ExecCredential"),
        ("echo '{}'", "gave no token"),
    ],
)
async def test_a_plugin_that_fails_is_quoted(tmp_path: Path, body: str, complaint: str) -> None:
    script = tmp_path / "login"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o700)
    with pytest.raises(CredentialsFailure, match=complaint):
        await ExecPlugin(str(script)).headers()


async def test_missing_credentials_say_where(tmp_path: Path) -> None:
    with pytest.raises(CredentialsFailure, match="cannot be run"):
        await ExecPlugin(str(tmp_path / "absent")).headers()
    with pytest.raises(CredentialsFailure, match="absent"):
        await TokenFile(tmp_path / "absent").headers()
    assert await NoCredentials().headers() == {}


def test_a_device_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(KubeconfigError, match=f"{path} is not a regular file"):
            check_mergeable(path)
        with pytest.raises(KubeconfigError, match=f"{path} is not a regular file"):
            merge_context(path, "seatrial", server="https://127.0.0.1:1", ca_pem=b"", token="t")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    check_mergeable(tmp_path / "not-yet")


def test_broken_yaml_is_told_with_its_line_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("a: b\nc: [")
    with pytest.raises(KubeconfigError, match=f"{path}:2 is not YAML"):
        check_mergeable(path)


def test_a_context_of_another_server_is_not_removed(path: Path) -> None:
    merge_context(path, "seatrial", server="https://127.0.0.1:1", ca_pem=b"PEM", token="t")
    before = path.read_text()
    remove_context(path, "seatrial", server="https://127.0.0.1:2")
    remove_context(path, "absent")
    assert path.read_text() == before
    remove_context(path, "seatrial", server="https://127.0.0.1:1")
    assert "seatrial" not in path.read_text()
