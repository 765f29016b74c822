"""Manifests, indexes, configs: what is read, and what is refused."""

import orjson
import pytest

from seatrial.images.challenge import parse_challenge
from seatrial.images.digest import Sum, check, digest_of
from seatrial.images.interface import BrokenImage, ImageConfig
from seatrial.images.manifest import (
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    choose,
    is_index,
    parse_config,
    parse_index,
    parse_manifest,
)

DIGEST = "sha256:" + "a" * 64
AMD64 = Platform("linux", "amd64")


def entry(architecture: str, variant: str = "", *, system: str = "linux") -> Descriptor:
    digest = digest_of(f"{system}{architecture}{variant}".encode())
    return Descriptor(OCI_MANIFEST, digest, 1, Platform(system, architecture, variant))


def test_the_entry_for_this_machine_is_chosen() -> None:
    wanted = entry("amd64")
    others = [entry("arm64"), entry("amd64", system="windows"), entry("unknown", system="unknown")]
    assert choose([*others, wanted], AMD64) == wanted
    assert choose(others, AMD64) is None


def test_the_plainest_variant_and_then_a_silent_entry() -> None:
    assert choose([entry("amd64", "v3"), entry("amd64")], AMD64) == entry("amd64")
    silent = Descriptor(OCI_MANIFEST, DIGEST, 1)
    assert choose([entry("arm64"), silent], AMD64) == silent


def test_config_says_how_to_run() -> None:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": ["/app"],
            "Cmd": None,
            "Env": ["A=1", "B=x=y", "EMPTY="],
            "WorkingDir": "/srv",
            "User": "1000:1000",
            "StopSignal": "SIGQUIT",
        },
        "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
    }
    parsed = parse_config(orjson.dumps(document), what="config")
    assert parsed.config == ImageConfig(
        entrypoint=("/app",),
        environment={"A": "1", "B": "x=y", "EMPTY": ""},
        working_directory="/srv",
        user="1000:1000",
        stop_signal="SIGQUIT",
    )
    assert (parsed.diff_ids, parsed.platform) == ((DIGEST,), AMD64)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b'{"schemaVersion":1}', "schema 1"),
        (b'{"schemaVersion":2}', "config is not an object"),
        (b'{"config":{"digest":"md5:1","size":1},"layers":[]}', "digest 'md5:1'"),
        (b'{"config":{"digest":"%s","size":-1},"layers":[]}' % DIGEST.encode(), "size -1"),
        (b'{"config":{"digest":"%s","size":1},"layers":{}}' % DIGEST.encode(), "not a list"),
    ],
)
def test_broken_manifests_are_refused(document: bytes, complaint: str) -> None:
    with pytest.raises(BrokenImage, match=complaint):
        parse_manifest(document, what="manifest x")


def test_a_document_knows_itself_as_an_index() -> None:
    assert is_index(orjson.dumps({"mediaType": OCI_INDEX}), OCI_MANIFEST)
    assert is_index(b'{"manifests":[]}')
    assert not is_index(b'{"config":{}}', OCI_MANIFEST)
    assert parse_index(b'{"manifests":[]}', what="index") == ()


def test_digests_are_compared() -> None:
    assert check(b"x", digest_of(b"x"), what="blob") == b"x"
    with pytest.raises(BrokenImage, match="blob has digest"):
        check(b"y", digest_of(b"x"), what="blob")
    with pytest.raises(BrokenImage, match="for a digest"):
        Sum("sha256:../../x", what="blob")


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        (
            'Bearer realm="https://auth.io/token",service="reg.io",scope="repository:a/b:pull,push"',
            "bearer",
            {"realm": "https://auth.io/token", "service": "reg.io",
             "scope": "repository:a/b:pull,push"},
        ),
        ("Basic realm=reg, charset=\"UTF-8\"", "basic", {"realm": "reg", "charset": "UTF-8"}),
        (r'Bearer realm="a\"b"', "bearer", {"realm": 'a"b'}),
        ("Negotiate", "negotiate", {}),
        ("", "", {}),
        ('Bearer realm="open', "bearer", {"realm": "open"}),
    ],
)  # fmt: skip
def test_challenges(header: str, scheme: str, parameters: dict[str, str]) -> None:
    challenge = parse_challenge(header)
    assert (challenge.scheme, dict(challenge.parameters)) == (scheme, parameters)
