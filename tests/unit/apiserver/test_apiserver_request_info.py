"""Paths and methods become kinds and verbs."""

import pytest

from seatrial.api import kinds
from seatrial.api.kinds import KindTable
from seatrial.apiserver.chain.request_info import RequestInfo, parse_path, verb_of
from seatrial.apiserver.refusal import Refused

TABLE = KindTable()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/v1/pods", RequestInfo(kinds.POD)),
        ("/api/v1/namespaces/a/pods", RequestInfo(kinds.POD, "a")),
        ("/api/v1/namespaces/a/pods/b", RequestInfo(kinds.POD, "a", "b")),
        ("/api/v1/namespaces/a/pods/b/log", RequestInfo(kinds.POD, "a", "b", "log")),
        ("/api/v1/namespaces", RequestInfo(kinds.NAMESPACE)),
        ("/api/v1/namespaces/a", RequestInfo(kinds.NAMESPACE, "", "a")),
        ("/api/v1/namespaces/a/finalize", RequestInfo(kinds.NAMESPACE, "", "a", "finalize")),
        ("/apis/apps/v1/deployments", RequestInfo(kinds.DEPLOYMENT)),
        (
            "/api/v1/nodes/n/proxy/seatrial/journal",
            RequestInfo(kinds.NODE, "", "n", "proxy", "seatrial/journal"),
        ),
        ("/api/v1/namespaces/a/configmaps/b%3Ac", RequestInfo(kinds.CONFIG_MAP, "a", "b:c")),
    ],
)
def test_a_path_names_a_resource(path: str, wanted: RequestInfo) -> None:
    assert parse_path(path, TABLE) == wanted


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/apis", "/apis/apps/v1", "/version"])
def test_other_paths_are_no_resources(path: str) -> None:
    assert parse_path(path, TABLE) is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/unknown",
        "/apis/apps/v2/deployments",
        "/api/v1/pods/without-a-namespace",
        "/api/v1/namespaces/a/nodes",
        "/api/v1/namespaces/a/pods/b/nonsense",
        "/api/v1/namespaces/a%2Fb/pods",
        "/api/v1/namespaces/a/configmaps/b%2Fc",
    ],
)
def test_what_is_not_served_is_not_found(path: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_path(path, TABLE)
    assert refused.value.code == 404


def test_methods_are_verbs() -> None:
    one, many = RequestInfo(kinds.POD, "a", "b"), RequestInfo(kinds.POD, "a")
    assert verb_of("GET", one, watching=False) == "get"
    assert verb_of("GET", many, watching=False) == "list"
    assert verb_of("GET", many, watching=True) == "watch"
    assert verb_of("DELETE", many, watching=False) == "deletecollection"
    assert verb_of("DELETE", one, watching=False) == "delete"
    assert verb_of("PATCH", one, watching=False) == "patch"
    assert verb_of("TRACE", one, watching=False) == ""
