"""Volumes on disk: payloads, their exchange, places and subpaths."""

import base64
from pathlib import Path
from typing import Any

import pytest

from seatrial.api.objects import Object
from seatrial.kubelet.errors import ConfigFailure, MountFailure
from seatrial.kubelet.fields import NodeFacts
from seatrial.kubelet.objects_cache import Fetched
from seatrial.kubelet.references import Reference, references, token_wishes
from seatrial.kubelet.volumes.interface import TokenWish, VolumeContext
from seatrial.kubelet.volumes.mounting import mounts
from seatrial.kubelet.volumes.volumes import Volumes, read_only_volumes

NODE = NodeFacts("node-0", "10.245.0.10", {})


def context(*volumes: dict[str, Any], **objects: Object) -> VolumeContext:
    pod = {
        "metadata": {"name": "web", "namespace": "shop", "labels": {"b": "2", "a": "1"}},
        "spec": {"volumes": list(volumes), "containers": []},
    }
    known = {
        Reference("ConfigMap" if key.startswith("cm") else "Secret", key): obj
        for key, obj in objects.items()
    }
    tokens = {TokenWish("", 3607): "the-token"}
    return VolumeContext(pod, NODE, "10.244.0.7", Fetched(known), tokens)


def made(where: Path, *volumes: dict[str, Any], **objects: Object) -> Volumes:
    found = Volumes(where / "volumes", rootless=True)
    found.make(context(*volumes, **objects))
    return found


def test_a_config_map_is_files_behind_one_link(tmp_path: Path) -> None:
    volume = {"name": "v", "configMap": {"name": "cm", "defaultMode": 0o640}}
    found = made(tmp_path, volume, cm={"data": {"colour": "red"}, "binaryData": {"b": "AAE="}})
    where = found.paths["v"]
    assert (where / "colour").read_text() == "red"
    assert (where / "b").read_bytes() == b"\x00\x01"
    assert (where / "colour").readlink() == Path("..data/colour")
    assert (where / "colour").stat().st_mode & 0o777 == 0o640


def test_a_change_exchanges_all_files_at_once_and_none_is_nothing(tmp_path: Path) -> None:
    volume = {"name": "v", "configMap": {"name": "cm"}}
    found = made(tmp_path, volume, cm={"data": {"a": "1", "b": "1"}})
    where = found.paths["v"]
    before = (where / "..data").readlink()
    assert found.refresh(context(volume, cm={"data": {"a": "1", "b": "1"}})) == []
    assert (where / "..data").readlink() == before
    assert found.refresh(context(volume, cm={"data": {"a": "2", "c": "2"}})) == ["v"]
    assert sorted(path.name for path in where.iterdir() if path.name[0] != ".") == ["a", "c"]
    assert (where / "a").read_text() == "2"
    assert not (where / before).exists()


def test_items_choose_keys_paths_and_modes(tmp_path: Path) -> None:
    data = {"key": base64.b64encode(b"pem").decode(), "other": ""}
    items = [{"key": "key", "path": "tls/key.pem", "mode": 0o400}]
    volume = {"name": "v", "secret": {"secretName": "s", "items": items}}
    where = made(tmp_path, volume, s={"data": data}).paths["v"]
    assert (where / "tls/key.pem").read_bytes() == b"pem"
    assert (where / "tls/key.pem").stat().st_mode & 0o777 == 0o400
    assert not (where / "other").exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"configMap": {"name": "gone"}}, 'configmap "gone" not found'),
        ({"secret": {"secretName": "gone"}}, 'secret "gone" not found'),
        (
            {"configMap": {"name": "cm", "items": [{"key": "k", "path": "p"}]}},
            "configmap references non-existent config key: k",
        ),
        ({"nfs": {"server": "x"}}, "spec.volumes of type nfs are not supported on this node"),
    ],
)
def test_what_cannot_be_mounted_is_named(
    tmp_path: Path, source: dict[str, Any], message: str
) -> None:
    with pytest.raises(MountFailure) as caught:
        made(tmp_path, {"name": "v", **source}, cm={"data": {}})
    assert str(caught.value) == f'MountVolume.SetUp failed for volume "v" : {message}'


def test_the_service_account_volume(tmp_path: Path) -> None:
    token = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}
    namespace = {"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}
    authority = {"configMap": {"name": "cm", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    sources = [token, authority, {"downwardAPI": {"items": [namespace]}}]
    volume = {"name": "v", "projected": {"sources": sources}}
    where = made(tmp_path, volume, cm={"data": {"ca.crt": "PEM"}}).paths["v"]
    files = {path.name: path.read_text() for path in where.iterdir() if path.name[0] != "."}
    assert files == {"token": "the-token", "ca.crt": "PEM", "namespace": "shop"}
    pod = {"spec": {"volumes": [volume], "containers": []}}
    assert token_wishes(pod) == (TokenWish("", 3607),)
    assert references(pod) == (Reference("ConfigMap", "cm"),)


def test_labels_as_a_downward_file(tmp_path: Path) -> None:
    item = {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
    where = made(tmp_path, {"name": "v", "downwardAPI": {"items": [item]}}).paths["v"]
    assert (where / "labels").read_text() == 'a="1"\nb="2"'


def test_an_empty_directory_belongs_to_everybody_and_goes_with_the_pod(tmp_path: Path) -> None:
    found = made(tmp_path, {"name": "v", "emptyDir": {}})
    assert found.paths["v"].stat().st_mode & 0o777 == 0o777
    found.remove()
    assert not (tmp_path / "volumes").exists()


@pytest.mark.parametrize(
    ("kind", "name", "error"),
    [
        ("Directory", "file", "is not a directory"),
        ("File", "dir", "is not a file"),
        ("Directory", "gone", "no such file or directory"),
    ],
)
def test_host_paths_are_checked(tmp_path: Path, kind: str, name: str, error: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dir").mkdir()
    source = {"path": str(tmp_path / name), "type": kind}
    with pytest.raises(MountFailure, match=error):
        made(tmp_path, {"name": "v", "hostPath": source})
    made(tmp_path, {"name": "v", "hostPath": {**source, "type": "DirectoryOrCreate",
                                              "path": str(tmp_path / "new")}})  # fmt: skip
    assert (tmp_path / "new").is_dir()


def test_mounts_take_parents_first_and_expand_subpaths(tmp_path: Path) -> None:
    volume = tmp_path / "v"
    volume.mkdir()
    wanted = [
        {"name": "v", "mountPath": "/data/inner/deep", "subPathExpr": "$(POD)"},
        {"name": "v", "mountPath": "/data", "readOnly": True},
    ]
    got = mounts({"volumeMounts": wanted}, {"v": volume}, {"POD": "web-0"})
    assert [(each.target, each.source, each.read_only) for each in got] == [
        ("/data", volume, True),
        ("/data/inner/deep", volume / "web-0", False),
    ]
    assert (volume / "web-0").is_dir()


def test_what_the_api_holds_is_mounted_read_only(tmp_path: Path) -> None:
    volumes: list[dict[str, Any]] = [
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "token", "projected": {"sources": []}},
        {"name": "scratch", "emptyDir": {}},
    ]
    shown = read_only_volumes({"spec": {"volumes": volumes}})
    paths = {volume["name"]: tmp_path for volume in volumes}
    wanted = [{"name": name, "mountPath": f"/{name}"} for name in paths]
    got = mounts({"volumeMounts": wanted}, paths, {}, read_only=shown)
    assert {each.target for each in got if each.read_only} == {"/settings", "/token"}


@pytest.mark.parametrize("inner", ["../out", "link", "/etc"])
def test_a_subpath_never_leaves_its_volume(tmp_path: Path, inner: str) -> None:
    volume = tmp_path / "v"
    volume.mkdir()
    (volume / "link").symlink_to("/etc")
    wanted = [{"name": "v", "mountPath": "/data", "subPath": inner}]
    with pytest.raises(ConfigFailure, match="must stay inside its volume"):
        mounts({"volumeMounts": wanted}, {"v": volume}, {})
