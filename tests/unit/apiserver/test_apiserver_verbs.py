"""create, get, list, update, patch, delete: what a client sees."""

import asyncio
from typing import Any

import orjson
import pytest
from apiserver_harness import (
    MERGE,
    PODS,
    TABLE,
    TOKEN,
    Harness,
    config_map,
    deployment,
    pod,
    service,
)

from seatrial.api.kinds import KINDS, Kind

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


async def test_a_created_object_has_what_the_server_gives_it(api: Harness) -> None:
    made = await api.ok("POST", PODS, pod("web"))
    metadata = made["metadata"]
    assert metadata["namespace"] == "default"
    assert metadata["generation"] == 1
    assert int(metadata["resourceVersion"]) == api.store.revision
    assert len(metadata["uid"]) == 36
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert made["spec"]["restartPolicy"] == "Always"
    assert await api.ok("GET", f"{PODS}/web") == made


async def test_a_client_cannot_choose_what_is_the_servers(api: Harness) -> None:
    wish = pod("web")
    wish["metadata"] |= {"uid": "mine", "generation": 7, "managedFields": []}
    wish["status"] = {"phase": "Running"}
    made = await api.ok("POST", PODS, wish)
    assert made["metadata"]["uid"] != "mine"
    assert made["metadata"]["generation"] == 1
    assert "managedFields" not in made["metadata"]
    assert made["status"]["phase"] == "Pending"


async def test_generated_names(api: Harness) -> None:
    wish = pod("")
    wish["metadata"] = {"generateName": "web-"}
    first, second = await api.create(PODS, wish, wish)
    assert first["metadata"]["name"].startswith("web-")
    assert first["metadata"]["name"] != second["metadata"]["name"]


async def test_a_name_is_taken_once(api: Harness) -> None:
    await api.create(PODS, pod("web"))
    status = await api.refused(409, "POST", PODS, pod("web"))
    assert status["reason"] == "AlreadyExists"
    assert status["message"] == 'pods "web" already exists'


async def test_dry_run_does_all_but_write(api: Harness) -> None:
    before = api.store.revision
    made = await api.ok("POST", PODS, pod("web"), dryRun="All")
    assert made["metadata"]["uid"]
    assert api.store.revision == before
    await api.refused(404, "GET", f"{PODS}/web")
    await api.create(CONFIG_MAPS, config_map("settings"))
    before = api.store.revision
    await api.ok("PUT", f"{CONFIG_MAPS}/settings", config_map("settings", a="b"), dryRun="All")
    await api.ok("DELETE", f"{CONFIG_MAPS}/settings", dryRun="All")
    assert api.store.revision == before


async def test_unknown_fields(api: Harness) -> None:
    wish = config_map("settings") | {"colour": "red"}
    strict = await api.refused(400, "POST", CONFIG_MAPS, wish, fieldValidation="Strict")
    assert 'unknown field "colour"' in strict["message"]
    warned = await api.send("POST", CONFIG_MAPS, wish)
    assert warned.headers["warning"] == '299 - "unknown field \\"colour\\""'
    assert b"colour" not in warned.body
    silent = await api.send("PUT", f"{CONFIG_MAPS}/settings", wish, fieldValidation="Ignore")
    assert silent.status == 200
    assert "warning" not in silent.headers


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[]", 400),
        ({"kind": "Secret", "apiVersion": "v1"}, 400),
        ({"metadata": {"name": "x", "namespace": "other"}}, 400),
        ({"metadata": {"name": "x", "resourceVersion": "5"}}, 400),
        ({"metadata": {"name": "Not_A_Name"}}, 422),
        ({"metadata": {}}, 422),
        ({"metadata": {"name": "x"}, "data": {"a": 5}}, 400),
        (b" " * (3 * 1024 * 1024 + 1), 413),
    ],
)
async def test_bad_objects_are_refused(api: Harness, body: Any, code: int) -> None:
    before = api.store.revision
    await api.refused(code, "POST", CONFIG_MAPS, body)
    assert api.store.revision == before


async def test_yaml_in_and_out(api: Harness) -> None:
    text = (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {day: '2026-01-02'}\n"
    )
    made = await api.send("POST", CONFIG_MAPS, text, content_type="application/yaml")
    assert made.status == 201
    shown = await api.send("GET", f"{CONFIG_MAPS}/settings", accept="application/yaml")
    assert b"name: settings" in shown.body


async def test_an_update_of_an_older_state_is_refused(api: Harness) -> None:
    (old,) = await api.create(CONFIG_MAPS, config_map("settings", a="1"))
    path = f"{CONFIG_MAPS}/settings"
    new = await api.ok("PUT", path, {**old, "data": {"a": "2"}})
    assert new["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]
    status = await api.refused(409, "PUT", path, {**old, "data": {"a": "3"}})
    assert status["reason"] == "Conflict"
    assert "the object has been modified" in status["message"]
    unconditional = {**old, "metadata": {"name": "settings"}, "data": {"a": "4"}}
    assert (await api.ok("PUT", path, unconditional))["data"] == {"a": "4"}


async def test_an_update_must_mean_the_same_object(api: Harness) -> None:
    (old,) = await api.create(CONFIG_MAPS, config_map("settings"))
    stranger = {**old, "metadata": {**old["metadata"], "uid": "another", "resourceVersion": ""}}
    await api.refused(409, "PUT", f"{CONFIG_MAPS}/settings", stranger)
    await api.refused(400, "PUT", f"{CONFIG_MAPS}/other", old)


async def test_a_write_that_changes_nothing_is_not_written(api: Harness) -> None:
    (old,) = await api.create(CONFIG_MAPS, config_map("settings", a="1"))
    before = api.store.revision
    assert await api.ok("PUT", f"{CONFIG_MAPS}/settings", old) == old
    patched = await api.ok(
        "PATCH", f"{CONFIG_MAPS}/settings", {"data": {"a": "1"}}, content_type=MERGE
    )
    assert patched == old
    assert api.store.revision == before


async def test_put_makes_leases_but_not_pods(api: Harness) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}}
    assert (await api.send("PUT", f"{leases}/l", lease)).status == 201
    await api.refused(404, "PUT", f"{PODS}/web", pod("web"))


async def test_generation_counts_wishes_only(api: Harness) -> None:
    await api.create(DEPLOYMENTS, deployment("web"))
    path = f"{DEPLOYMENTS}/web"
    labelled = await api.ok("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, content_type=MERGE)
    assert labelled["metadata"]["generation"] == 1
    scaled = await api.ok("PATCH", path, {"spec": {"replicas": 3}}, content_type=MERGE)
    assert scaled["metadata"]["generation"] == 2


async def test_status_and_wish_do_not_touch_each_other(api: Harness) -> None:
    (made,) = await api.create(DEPLOYMENTS, deployment("web"))
    path = f"{DEPLOYMENTS}/web"
    both = {**made, "spec": {**made["spec"], "replicas": 9}, "status": {"replicas": 4}}
    by_status = await api.ok("PUT", f"{path}/status", both)
    assert (by_status["spec"]["replicas"], by_status["status"]) == (1, {"replicas": 4})
    assert by_status["metadata"]["generation"] == 1
    by_spec = await api.ok(
        "PATCH", path, {"spec": {"replicas": 2}, "status": {}}, content_type=MERGE
    )
    assert (by_spec["spec"]["replicas"], by_spec["status"]) == (2, {"replicas": 4})


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [
        (MERGE, {"data": {"a": None, "c": "3"}}),
        (
            "application/json-patch+json",
            [{"op": "remove", "path": "/data/a"}, {"op": "add", "path": "/data/c", "value": "3"}],
        ),
        ("application/strategic-merge-patch+json", {"data": {"a": None, "c": "3"}}),
    ],
)
async def test_three_ways_to_patch(api: Harness, content_type: str, patch: Any) -> None:
    await api.create(CONFIG_MAPS, config_map("settings", a="1", b="2"))
    patched = await api.ok("PATCH", f"{CONFIG_MAPS}/settings", patch, content_type=content_type)
    assert patched["data"] == {"b": "2", "c": "3"}


async def test_a_strategic_patch_merges_lists_by_key(api: Harness) -> None:
    await api.create(DEPLOYMENTS, deployment("web"))
    containers = [{"name": "main", "env": [{"name": "A", "value": "1"}]}]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    patched = await api.ok(
        "PATCH",
        f"{DEPLOYMENTS}/web",
        patch,
        content_type="application/strategic-merge-patch+json",
    )
    (container,) = patched["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["env"]) == ("web:1", [{"name": "A", "value": "1"}])


@pytest.mark.parametrize(
    ("content_type", "patch", "code"),
    [
        ("application/json-patch+json", [{"op": "remove", "path": "/nothing"}], 422),
        ("application/json-patch+json", {"op": "remove"}, 400),
        (MERGE, [], 400),
        (MERGE, {"metadata": {"name": "other"}}, 400),
        (MERGE, {"metadata": {"resourceVersion": "1"}}, 409),
        ("application/apply-patch+yaml", {}, 415),
        ("application/json", {}, 415),
    ],
)
async def test_bad_patches_are_refused(
    api: Harness, content_type: str, patch: Any, code: int
) -> None:
    await api.create(CONFIG_MAPS, config_map("settings"))
    await api.refused(code, "PATCH", f"{CONFIG_MAPS}/settings", patch, content_type=content_type)


async def test_patches_at_the_same_time_all_count(api: Harness) -> None:
    await api.create(CONFIG_MAPS, config_map("settings"))
    patches = [{"data": {f"k{number}": "x"}} for number in range(20)]
    async with asyncio.TaskGroup() as group:
        for patch in patches:
            group.create_task(api.ok("PATCH", f"{CONFIG_MAPS}/settings", patch, content_type=MERGE))
    settings = await api.ok("GET", f"{CONFIG_MAPS}/settings")
    assert len(settings["data"]) == 20


async def test_a_pod_that_runs_is_deleted_gracefully(api: Harness) -> None:
    await api.create(PODS, pod("web", node="n1"))
    going = await api.ok("DELETE", f"{PODS}/web")
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    assert (await api.ok("GET", f"{PODS}/web")) == going
    shorter = await api.ok("DELETE", f"{PODS}/web", {"gracePeriodSeconds": 5})
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 5
    assert (await api.ok("DELETE", f"{PODS}/web", gracePeriodSeconds="9")) == shorter
    await api.ok("DELETE", f"{PODS}/web", {"gracePeriodSeconds": 0})
    await api.refused(404, "GET", f"{PODS}/web")


async def test_a_pod_that_runs_nowhere_is_deleted_at_once(api: Harness) -> None:
    await api.create(PODS, pod("web"))
    await api.ok("DELETE", f"{PODS}/web")
    await api.refused(404, "GET", f"{PODS}/web")


async def test_preconditions_protect_a_namesake(api: Harness) -> None:
    (made,) = await api.create(CONFIG_MAPS, config_map("settings"))
    path = f"{CONFIG_MAPS}/settings"
    await api.refused(409, "DELETE", path, {"preconditions": {"uid": "another"}})
    await api.refused(409, "DELETE", path, {"preconditions": {"resourceVersion": "1"}})
    uid = made["metadata"]["uid"]
    status = await api.ok("DELETE", path, {"preconditions": {"uid": uid}})
    assert (status["kind"], status["status"], status["details"]["uid"]) == (
        "Status",
        "Success",
        uid,
    )


async def test_the_last_finalizer_lets_go(api: Harness) -> None:
    held = config_map("settings")
    held["metadata"]["finalizers"] = ["a/b", "c/d"]
    await api.create(CONFIG_MAPS, held)
    path = f"{CONFIG_MAPS}/settings"
    going = await api.ok("DELETE", path)
    assert going["metadata"]["deletionTimestamp"]
    more = {"metadata": {"finalizers": ["a/b", "c/d", "e/f"]}}
    await api.refused(422, "PATCH", path, more, content_type=MERGE)
    await api.ok("PATCH", path, {"metadata": {"finalizers": ["c/d"]}}, content_type=MERGE)
    await api.ok("GET", path)
    await api.ok("PATCH", path, {"metadata": {"finalizers": None}}, content_type=MERGE)
    await api.refused(404, "GET", path)


async def test_a_collection_is_deleted_by_labels(api: Harness) -> None:
    await api.create(PODS, pod("a", app="x"), pod("b", app="y"), pod("c", app="x"))
    gone = await api.ok("DELETE", PODS, labelSelector="app=x")
    assert [each["metadata"]["name"] for each in gone["items"]] == ["a", "c"]
    left = await api.ok("GET", PODS)
    assert [each["metadata"]["name"] for each in left["items"]] == ["b"]
    await api.refused(405, "DELETE", "/api/v1/pods")


async def test_selectors_choose(api: Harness) -> None:
    await api.create(PODS, pod("a", app="x"), pod("b", app="y", node="n1"))

    async def names(**query: str) -> list[str]:
        found = await api.ok("GET", "/api/v1/pods", **query)
        return [each["metadata"]["name"] for each in found["items"]]

    assert await names(labelSelector="app in (x)") == ["a"]
    assert await names(labelSelector="app!=x") == ["b"]
    assert await names(fieldSelector="spec.nodeName=n1") == ["b"]
    assert await names(fieldSelector="metadata.name=a,status.phase=Pending") == ["a"]
    await api.refused(400, "GET", PODS, fieldSelector="spec.colour=red")
    await api.refused(400, "GET", PODS, labelSelector="a=(")


@pytest.mark.parametrize("selector", ["", "app=x"])
async def test_pages_show_one_revision(api: Harness, selector: str) -> None:
    await api.create(PODS, *(pod(f"p{number}", app="x") for number in range(5)))
    query = {"limit": "2", "labelSelector": selector}
    page = await api.ok("GET", PODS, **query)
    names = [each["metadata"]["name"] for each in page["items"]]
    revision = page["metadata"]["resourceVersion"]
    # What is made or goes between two pages is not seen.
    await api.create(PODS, pod("p9", app="x"))
    await api.ok("DELETE", f"{PODS}/p3")
    while token := page["metadata"].get("continue"):
        page = await api.ok("GET", PODS, **query, **{"continue": token})
        assert page["metadata"]["resourceVersion"] == revision
        names += [each["metadata"]["name"] for each in page["items"]]
    assert names == ["p0", "p1", "p2", "p3", "p4"]


async def test_a_page_that_comes_too_late_is_expired(api: Harness) -> None:
    await api.create(PODS, *(pod(f"p{number}") for number in range(3)))
    page = await api.ok("GET", PODS, limit="1")
    assert page["metadata"]["remainingItemCount"] == 2
    await api.create(PODS, pod("p9"))
    await api.store.compact(api.store.revision)
    token = page["metadata"]["continue"]
    status = await api.refused(410, "GET", PODS, limit="1", **{"continue": token})
    assert status["reason"] == "Expired"
    await api.refused(400, "GET", PODS, **{"continue": "nonsense"})


async def test_lists_at_a_revision(api: Harness) -> None:
    (first,) = await api.create(PODS, pod("a"))
    await api.create(PODS, pod("b"))
    then = first["metadata"]["resourceVersion"]
    old = await api.ok("GET", PODS, resourceVersion=then, resourceVersionMatch="Exact")
    assert [each["metadata"]["name"] for each in old["items"]] == ["a"]
    new = await api.ok("GET", PODS, resourceVersion=then, resourceVersionMatch="NotOlderThan")
    assert len(new["items"]) == 2
    await api.refused(504, "GET", PODS, resourceVersion="9999", resourceVersionMatch="Exact")
    await api.refused(504, "GET", PODS, resourceVersion="9999")
    await api.refused(400, "GET", PODS, resourceVersionMatch="Exact")
    for nonsense in ("many", "9" * 5000, "²"):
        await api.refused(400, "GET", PODS, resourceVersion=nonsense)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.kind}.{kind.group}")
async def test_every_kind_is_listed_in_every_shape(api: Harness, kind: Kind) -> None:
    plain = await api.ok("GET", kind.path())
    assert (plain["kind"], plain["apiVersion"]) == (f"{kind.kind}List", kind.api_version)
    table = await api.ok("GET", kind.path(), accept=TABLE)
    assert (table["kind"], len(table["rows"])) == ("Table", len(plain["items"]))
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    partial = await api.ok("GET", kind.path(), accept=accept)
    assert partial["kind"] == "PartialObjectMetadataList"
    assert len(partial["items"]) == len(plain["items"])


async def test_a_table_includes_what_is_asked(api: Harness) -> None:
    await api.create(PODS, pod("web"))
    whole = await api.ok("GET", f"{PODS}/web", accept=TABLE, includeObject="Object")
    assert whole["rows"][0]["object"]["spec"]
    none = await api.ok("GET", f"{PODS}/web", accept=TABLE, includeObject="None")
    assert "object" not in none["rows"][0]


async def test_events_are_one_collection_under_two_groups(api: Harness) -> None:
    new = {
        "metadata": {"name": "e1", "namespace": "default"},
        "eventTime": "2026-01-02T03:04:05.000000Z",
        "reason": "Started",
        "note": "it runs",
        "type": "Normal",
        "action": "Start",
        "reportingController": "me",
        "reportingInstance": "me-1",
        "regarding": {"kind": "Pod", "name": "web", "namespace": "default"},
    }
    path = "/apis/events.k8s.io/v1/namespaces/default/events"
    made = await api.ok("POST", path, new)
    assert (made["apiVersion"], made["note"]) == ("events.k8s.io/v1", "it runs")
    core = await api.ok("GET", "/api/v1/namespaces/default/events/e1")
    assert (core["apiVersion"], core["message"]) == ("v1", "it runs")
    assert core["involvedObject"]["name"] == "web"
    listed = await api.ok("GET", path, fieldSelector="involvedObject.name=web")
    assert [each["note"] for each in listed["items"]] == ["it runs"]
    patched = await api.ok("PATCH", f"{path}/e1", {"note": "still"}, content_type=MERGE)
    assert patched["note"] == "still"


async def test_methods_that_a_path_does_not_have(api: Harness) -> None:
    await api.refused(405, "PATCH", PODS, {}, content_type=MERGE)
    await api.refused(405, "POST", f"{PODS}/web", pod("web"))
    await api.refused(405, "POST", "/api/v1/pods", pod("web"))


async def test_an_unexpected_failure_is_a_status_without_a_traceback(
    api: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(key: str) -> None:
        raise RuntimeError(f"the inside of {key}")

    monkeypatch.setattr(api.store, "get", broken)
    response = await api.send("GET", f"{PODS}/web")
    status = orjson.loads(response.body)
    assert (response.status, status["reason"]) == (500, "InternalError")
    assert b"the inside" not in response.body
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.getMessage() == "request.failed"


async def test_a_body_that_is_cut_short_asks_for_nothing(api: Harness) -> None:
    await api.create(CONFIG_MAPS, config_map("settings"))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "DELETE",
        "path": f"{CONFIG_MAPS}/settings",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {TOKEN}".encode())],
    }
    await api.app(scope, receive, send)
    assert sent[0]["status"] == 400
    await api.ok("GET", f"{CONFIG_MAPS}/settings")


async def test_a_status_write_leaves_a_services_address_alone(api: Harness) -> None:
    services = "/api/v1/namespaces/default/services"
    made = await api.ok("POST", services, service("web", clusterIP="None"))
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}
    written = await api.ok("PATCH", f"{services}/web/status", status, content_type=MERGE)
    assert written["spec"] == made["spec"]
    assert written["status"] == status["status"]
