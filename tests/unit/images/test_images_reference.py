"""Image names."""

import pytest

from seatrial.images.interface import InvalidImageName
from seatrial.images.reference import parse_reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox:latest"),
        ("team/app", "docker.io/team/app:latest"),
        ("quay.io/team/app/web:v2", "quay.io/team/app/web:v2"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("[::1]:5000/app:v1", "[::1]:5000/app:v1"),
        (f"busybox@{DIGEST}", f"docker.io/library/busybox@{DIGEST}"),
        (f"quay.io/app:v1@{DIGEST}", f"quay.io/app:v1@{DIGEST}"),
        ("a--b/c__d.e_f", "docker.io/a--b/c__d.e_f:latest"),
    ],
)
def test_names_mean_what_docker_means(written: str, meant: str) -> None:
    assert str(parse_reference(written)) == meant
    assert str(parse_reference(meant)) == meant


@pytest.mark.parametrize(
    "written",
    ["", "Busybox", "busybox:", "busybox:-x", "a//b", "a/", "-a", "a___b", "a..b", "a b", ":tag",
     "busybox@sha256:abc", "busybox@", "a" * 300, "busybox:" + "t" * 129, "../etc/passwd"],
)  # fmt: skip
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(InvalidImageName, match="cannot be parsed"):
        parse_reference(written)


def test_a_digest_is_the_version_asked_for() -> None:
    assert parse_reference(f"busybox:1@{DIGEST}").version == DIGEST
    assert parse_reference("busybox:1").version == "1"
