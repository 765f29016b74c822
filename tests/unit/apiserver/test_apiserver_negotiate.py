"""Accept and Content-Type."""

import pytest

from seatrial.apiserver.negotiate import Wanted, decode, wanted
from seatrial.apiserver.refusal import Refused

SHAPES = frozenset({"Table"})


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        ("", ""),
        ("*/*", ""),
        ("application/json", ""),
        ("application/vnd.kubernetes.protobuf,application/json", ""),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table"),
        ("application/json;as=Unheard;v=v1,application/json", ""),
    ],
)
def test_the_first_range_that_we_write_is_taken(accept: str, shape: str) -> None:
    found = wanted(accept, SHAPES)
    assert (found.media_type, found.shape) == ("application/json", shape)


def test_yaml_is_written_on_demand() -> None:
    assert wanted("application/yaml", SHAPES) == Wanted("application/yaml")


def test_only_protobuf_is_not_acceptable() -> None:
    with pytest.raises(Refused) as refused:
        wanted("application/vnd.kubernetes.protobuf", SHAPES)
    assert refused.value.code == 406


def test_yaml_dates_stay_texts() -> None:
    assert decode(b"a: 2026-01-02\nb: yes", "application/yaml") == {"a": "2026-01-02", "b": True}


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", "application/json", 400),
        (b"a: [", "application/yaml", 400),
        (b"!!python/object:os.system {}", "application/yaml", 400),
        (b"a: &x [1]\nb: [*x, *x]", "application/yaml", 400),
        (b"[" * 1_000_000, "application/yaml", 400),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400),
        (b"a: !!binary aGk=", "application/yaml", 400),
        (b"1: one", "application/yaml", 400),
        (b"x", "text/html", 415),
        (b"x", "application/vnd.kubernetes.protobuf", 415),
    ],
)
def test_bad_bodies_are_refused(body: bytes, content_type: str, code: int) -> None:
    with pytest.raises(Refused) as refused:
        decode(body, content_type)
    assert refused.value.code == code
