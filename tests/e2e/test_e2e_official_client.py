"""Kubernetes' official Python client sees a Kubernetes."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from e2e_cluster import Cluster, Kubectl
from e2e_objects import RUN_ON, config_map, container, deployment, job
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

LIMIT_S = 40


@pytest.fixture
def connection(cluster: Cluster) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(cluster.kubeconfig)) as connection:
        yield connection


def test_a_deployment_from_creation_to_deletion(
    connection: client.ApiClient, kubectl: Kubectl
) -> None:
    apps, namespace = client.AppsV1Api(connection), kubectl.namespace
    made = apps.create_namespaced_deployment(namespace, deployment("x", container(RUN_ON)))
    assert made.metadata.generation == 1
    events = watch.Watch().stream(
        apps.list_namespaced_deployment, namespace, timeout_seconds=LIMIT_S,
        resource_version=made.metadata.resource_version,
    )  # fmt: skip
    with closing(events):
        available = next(each for each in events if each["object"].status.available_replicas == 1)
    assert available["type"] == "MODIFIED"
    scaled = apps.patch_namespaced_deployment_scale("x", namespace, {"spec": {"replicas": 0}})
    assert scaled.spec.replicas == 0
    apps.delete_namespaced_deployment("x", namespace)
    with pytest.raises(ApiException) as gone:
        apps.read_namespaced_deployment("x", namespace)
    assert (gone.value.status, gone.value.reason) == (404, "Not Found")


def test_pages_and_selectors(connection: client.ApiClient, kubectl: Kubectl) -> None:
    core, namespace = client.CoreV1Api(connection), kubectl.namespace
    kubectl.apply(*(config_map(f"c{number}", a=str(number)) for number in range(5)))
    first = core.list_namespaced_config_map(namespace, limit=4)
    kubectl("delete", "configmap", "c4")
    second = core.list_namespaced_config_map(namespace, _continue=first.metadata._continue)
    names = [each.metadata.name for each in (*first.items, *second.items)]
    assert names == ["c0", "c1", "c2", "c3", "c4", "kube-root-ca.crt"]
    one = core.list_namespaced_config_map(namespace, field_selector="metadata.name=c1")
    assert [each.data for each in one.items] == [{"a": "1"}]


def test_a_conflict_is_a_conflict(connection: client.ApiClient, kubectl: Kubectl) -> None:
    core, namespace = client.CoreV1Api(connection), kubectl.namespace
    read = core.create_namespaced_config_map(namespace, config_map("x", a="1"))
    core.patch_namespaced_config_map("x", namespace, {"data": {"a": "2"}})
    with pytest.raises(ApiException) as refused:
        core.replace_namespaced_config_map("x", namespace, read)
    assert refused.value.status == 409


def test_a_pods_log_and_deletion_options(connection: client.ApiClient, kubectl: Kubectl) -> None:
    core, namespace = client.CoreV1Api(connection), kubectl.namespace
    core.create_namespaced_pod(namespace, job("x", "echo hello"))
    kubectl.wait_phase("x", "Succeeded")
    assert core.read_namespaced_pod_log("x", namespace) == "hello\n"
    wrong = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another"))
    with pytest.raises(ApiException) as refused:
        core.delete_namespaced_pod("x", namespace, body=wrong)
    assert refused.value.status == 409
    core.delete_namespaced_pod("x", namespace, grace_period_seconds=0)
