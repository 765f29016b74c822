"""Rules of 4xx at their edges."""

import pytest
from lint_workloads import deployment, found, mended, message, pod_spec, workload_in

from seatrial.lint.volumes import is_below, is_scratch, mount_of, mounts_of


def claim(mode: str = "ReadWriteOnce", name: str = "data") -> str:
    return (
        f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {name}\n"
        f"spec:\n  accessModes: [{mode}]\n"
    )


def stateful_set(container: str = "", *, spec: str = "", pod: str = "", image: str = "w:1") -> str:
    claims = (
        "volumeClaimTemplates:\n- metadata: {name: data}\n  spec: {accessModes: [ReadWriteOnce]}\n"
    )
    return deployment(
        container, spec=f"serviceName: web\n{claims}{spec}", pod=pod, kind="StatefulSet",
        image=image,
    )  # fmt: skip


def autoscaler(kind: str, fewest: int, most: int) -> str:
    return (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\n"
        f"spec:\n  scaleTargetRef: {{kind: {kind}, name: web}}\n"
        f"  minReplicas: {fewest}\n  maxReplicas: {most}\n"
    )


DATA = "volumes:\n- name: data\n  persistentVolumeClaim: {claimName: data}"
WRITES = "seatrial.dev/writable-paths: /srv/data,/srv/cache"


# Where files go


@pytest.mark.parametrize(
    ("path", "parent", "is_inside"),
    [
        ("/data", "/data", True),
        ("/data/a", "/data/", True),
        ("/database", "/data", False),
        ("/a", "/", True),
        ("/data/../etc", "/data", False),
    ],
)
def test_a_path_is_below_another_by_its_parts(path: str, parent: str, is_inside: bool) -> None:
    assert is_below(path, parent) is is_inside


@pytest.mark.parametrize("name", ["/tmp", "app-cache", "/var/run/app", "redis_logs", "/dev/shm"])
def test_names_of_what_may_be_lost(name: str) -> None:
    assert is_scratch(name)


@pytest.mark.parametrize("name", ["data", "/var/lib/app", "attempts", "/srv/running", "runs"])
def test_names_of_what_may_not(name: str) -> None:
    assert not is_scratch(name)


def test_the_deepest_mount_holds_a_file() -> None:
    text = deployment(
        "volumeMounts: [{name: a, mountPath: /srv}, {name: b, mountPath: /srv/data/}]",
        pod="volumes: [{name: a, emptyDir: {}}, {name: b, configMap: {name: b}}]",
    )
    workload, container, _ = workload_in(text)
    mount = mount_of("/srv/data/x", mounts_of(workload, container))
    assert mount is not None
    assert (mount.volume.name, mount.is_read_only) == ("b", True)


def test_declared_paths_are_data_or_cache() -> None:
    text = deployment(annotations=WRITES)
    assert "/srv/data is declared" in message("writable-path-without-volume", text)
    assert "/srv/cache is declared" in message("cache-path-without-volume", text)


def test_a_path_that_another_container_has_on_a_volume_is_well() -> None:
    text = deployment(
        pod="volumes: [{name: all, emptyDir: {}}]\ninitContainers:\n- name: fill\n  image: f:1\n"
        "  volumeMounts: [{name: all, mountPath: /srv}]",
        annotations=WRITES,
    )
    assert not found("writable-path-without-volume", text)


def test_a_read_only_root_is_told_once() -> None:
    text = deployment("securityContext: {readOnlyRootFilesystem: true}", annotations=WRITES)
    assert len(found("writable-path-read-only", text)) == 2
    assert not found("writable-path-without-volume", text)
    assert not found("cache-path-without-volume", text)


def test_a_config_map_cannot_be_written_to_whatever_the_mount_says() -> None:
    text = deployment(
        "volumeMounts: [{name: data, mountPath: /srv, readOnly: false}]",
        pod="volumes: [{name: data, configMap: {name: data}}]",
        annotations="seatrial.dev/writable-paths: /srv/data",
    )
    assert message("writable-path-read-only", text) == (
        "/srv/data is declared as written to, but configMap volume data is mounted read-only at"
        " /srv"
    )


def test_a_cache_is_given_a_volume() -> None:
    text = deployment(annotations="seatrial.dev/writable-paths: /srv/my.cache")
    spec = pod_spec(mended("cache-path-without-volume", text))
    assert spec["volumes"] == [{"name": "srv-my-cache", "emptyDir": {}}]
    assert spec["containers"][0]["volumeMounts"] == [
        {"name": "srv-my-cache", "mountPath": "/srv/my.cache"}
    ]


def test_a_volume_of_that_name_is_not_taken_over() -> None:
    text = deployment(
        annotations="seatrial.dev/writable-paths: /cache",
        pod="volumes: [{name: cache, emptyDir: {}}]",
    )
    (finding,) = found("cache-path-without-volume", text)
    assert finding.edits == ()


# Databases


@pytest.mark.parametrize(
    ("image", "container", "is_lost"),
    [
        ("postgres:17", "", True),
        ("docker.io/library/postgres:17@sha256:00", "", True),
        ("registry.local:5000/postgres", "", True),
        ("bitnami/postgres:17", "", False),  # keeps its data elsewhere
        ("postgres-exporter:1", "", False),
        ("postgres:17", "args: [-c, data_directory=/x]", False),
        ("mysql:8", "args: [--max-connections=500]", True),
        ("mysql:8", "args: [--datadir=/x]", False),
        ("postgres:17", "env: [{name: PGDATA, value: /pg}]", True),
        ("redis:8", "", False),  # a cache, as often as not
    ],
)
def test_databases_are_known_by_their_image(image: str, container: str, is_lost: bool) -> None:
    text = deployment(container, image=image)
    assert bool(found("database-without-volume", text)) is is_lost


@pytest.mark.parametrize("path", ["/var/lib/postgresql", "/var/lib/postgresql/data", "/var/lib"])
def test_the_data_directory_of_any_version_will_do(path: str) -> None:
    text = deployment(f"volumeMounts: [{{name: data, mountPath: {path}}}]", pod=DATA,
                      image="postgres:18")  # fmt: skip
    assert not found("database-without-volume", text)
    assert not found("database-on-pod-volume", text)


def test_a_database_that_is_told_another_directory_needs_its_volume_there() -> None:
    mounts = "volumeMounts: [{name: data, mountPath: /var/lib/postgresql}]"
    text = deployment(f"{mounts}\nenv: [{{name: PGDATA, value: /pg/data}}]", pod=DATA,
                      image="postgres:17")  # fmt: skip
    assert "/pg/data" in message("database-without-volume", text)


def test_a_member_on_an_empty_dir_is_told_by_one_rule() -> None:
    text = deployment(
        "volumeMounts: [{name: rabbitmq-data, mountPath: /var/lib/rabbitmq}]",
        pod="volumes: [{name: rabbitmq-data, emptyDir: {}}]",
        spec="serviceName: web", kind="StatefulSet", image="rabbitmq:4",
    )  # fmt: skip
    assert found("database-on-pod-volume", text)
    assert not found("empty-dir-in-stateful-set", text)


@pytest.mark.parametrize(
    ("volume", "is_told"),
    [
        ("{name: conf, emptyDir: {}}", False),  # beside a claim: scratch, most likely
        ("{name: shard-data, emptyDir: {}}", True),
        ("{name: data-cache, emptyDir: {}}", False),
        ("{name: hot-data, emptyDir: {medium: Memory}}", False),
    ],
)
def test_empty_dirs_beside_claims(volume: str, is_told: bool) -> None:
    name = volume.split(",")[0].removeprefix("{name: ")
    text = stateful_set(
        f"volumeMounts: [{{name: {name}, mountPath: /x}}]", pod=f"volumes: [{volume}]"
    )
    assert bool(found("empty-dir-in-stateful-set", text)) is is_told


# Claims


@pytest.mark.parametrize(
    ("spec", "others", "is_told"),
    [
        ("replicas: 1", (), False),
        ("replicas: 2", (), True),
        ("", (autoscaler("Deployment", 1, 3),), True),
        ("replicas: 0", (), False),
    ],
)
def test_a_claim_is_shared_from_two_replicas_on(
    spec: str, others: tuple[str, ...], is_told: bool
) -> None:
    text = deployment(spec=spec, pod=DATA)
    assert bool(found("claim-shared-by-replicas", text, claim(), *others)) is is_told


@pytest.mark.parametrize(
    ("mode", "is_told"),
    [
        ("ReadWriteMany", False),
        ("ReadOnlyMany", False),
        ("ReadWriteOncePod", True),
        ("ReadWriteOnce, ReadWriteMany", False),
    ],
)
def test_only_claims_of_one_node_cannot_be_shared(mode: str, is_told: bool) -> None:
    text = deployment(spec="replicas: 2", pod=DATA)
    assert bool(found("claim-shared-by-replicas", text, claim(mode))) is is_told


def test_a_claim_that_is_not_there_is_not_judged() -> None:
    assert not found("claim-shared-by-replicas", deployment(spec="replicas: 2", pod=DATA))


@pytest.mark.parametrize(("mode", "is_told"), [("ReadWriteOnce", 0), ("ReadWriteOncePod", 1)])
def test_pods_of_one_node_may_share_what_is_for_one_node(mode: str, is_told: int) -> None:
    pinned = f"{DATA}\nnodeSelector: {{kubernetes.io/hostname: a}}"
    text = deployment(spec="replicas: 2", pod=pinned)
    assert len(found("claim-shared-by-replicas", text, claim(mode))) == is_told


@pytest.mark.parametrize(
    ("strategy", "is_told"),
    [
        ("", True),
        ("strategy: {type: Recreate}", False),
        ("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}", False),
        ("strategy: {rollingUpdate: {maxUnavailable: 1}}", False),
        ("strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 0}}", True),
        ("strategy: {rollingUpdate: {maxUnavailable: 99%}}", True),  # rounds down to none
        ("strategy: {rollingUpdate: {maxSurge: nonsense}}", False),
    ],
)
def test_a_rollout_waits_for_the_claim_of_the_old_pod(strategy: str, is_told: bool) -> None:
    text = deployment(spec=strategy, pod=DATA)
    assert bool(found("claim-blocks-rollout", text, claim())) is is_told


def test_a_rollout_that_cannot_move_is_made_to_stop_first() -> None:
    text = deployment(spec="strategy: {rollingUpdate: {maxSurge: 1}}", pod=DATA)
    assert mended("claim-blocks-rollout", text, claim())["spec"]["strategy"] == {"type": "Recreate"}


# Nodes and disks


@pytest.mark.parametrize(
    ("volume", "mount", "is_told"),
    [
        ("path: /srv/data", "", True),
        ("path: /var/run/docker.sock", "", False),
        ("path: /var/lib/kubelet/pods", "", False),
        ("path: /srv/app.sock, type: Socket", "", False),
        ("path: /srv/data", ", readOnly: true", False),
        ("path: /variety", "", True),
        ("path: /", "", False),
    ],
)
def test_directories_of_the_node(volume: str, mount: str, is_told: bool) -> None:
    text = deployment(
        f"volumeMounts: [{{name: d, mountPath: /d{mount}}}]",
        pod=f"volumes: [{{name: d, hostPath: {{{volume}}}}}]",
    )
    assert bool(found("host-path-data", text)) is is_told


@pytest.mark.parametrize(
    ("limits", "size", "is_told"),
    [
        ("2Gi", "2Gi", True),
        ("2Gi", "2047Mi", False),
        ("2000M", "2Gi", True),  # 2,000,000,000 is less than 2,147,483,648
        ("nonsense", "2Gi", False),
        ("2Gi", "nonsense", False),
    ],
)
def test_volumes_against_the_limit_of_the_disk(limits: str, size: str, is_told: bool) -> None:
    text = deployment(
        f"resources: {{limits: {{ephemeral-storage: {limits}}}}}",
        pod=f"volumes: [{{name: d, emptyDir: {{sizeLimit: {size}}}}}]",
    )
    assert bool(found("empty-dir-beyond-limit", text)) is is_told


def test_volumes_are_added_up() -> None:
    text = deployment(
        "resources: {limits: {ephemeral-storage: 2Gi}}",
        pod="volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}, {name: b, emptyDir: {sizeLimit: 1Gi}}"
        ", {name: c, emptyDir: {sizeLimit: 9Gi, medium: Memory}}]",
    )
    assert message("empty-dir-beyond-limit", text).startswith("emptyDir a, b may hold 2Gi and")


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("[app, --pid, /app/tmp/a.pid]", True),
        ("[app, --pidfile=/app/tmp/a.pid]", True),
        ("[app, --pid, /run/a.pid]", False),
        ("[sh, -c, 'rm -f /app/tmp/a.pid; exec app --pid /app/tmp/a.pid']", False),
    ],
)
def test_locks_on_what_outlives_the_container(words: str, is_told: bool) -> None:
    text = deployment(
        f"command: {words}\nvolumeMounts: [{{name: tmp, mountPath: /app/tmp}}]",
        pod="volumes: [{name: tmp, emptyDir: {}}]",
    )
    assert bool(found("lock-file-on-volume", text)) is is_told


def test_a_lock_that_is_removed_before_the_start_is_well() -> None:
    text = deployment(
        "command: [sh, -c, 'rm -f tmp/*.pid; exec app']\n"
        "env: [{name: PIDFILE, value: /app/tmp/a.pid}]\n"
        "volumeMounts: [{name: tmp, mountPath: /app/tmp}]",
        pod="volumes: [{name: tmp, emptyDir: {}}]",
    )
    assert not found("lock-file-on-volume", text)
    assert found("lock-file-on-volume", text.replace("rm -f tmp/*.pid;", ""))


# Scaling down


def sweep(kind: str, place: str) -> str:
    return deployment(place, kind=kind).replace("name: web\nspec", "name: sweep\nspec")


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        (sweep("Job", "args: [move, --from=web-2.web]"), False),
        (sweep("Job", "args: [move, http://web:80/]"), False),
        (sweep("Job", "args: [move, website]"), True),
        (sweep("Deployment", "args: [--server=web-0.web]"), True),  # a client, not a sweep
    ],
)
def test_who_looks_for_what_was_left(other: str, is_told: bool) -> None:
    text = stateful_set(spec="replicas: 3\n")
    assert bool(found("data-without-drain", text, other)) is is_told


def test_a_workload_that_mounts_the_claims_of_members_looks_for_them() -> None:
    other = deployment(
        pod="volumes: [{name: x, persistentVolumeClaim: {claimName: data-web-2}}]"
    ).replace("name: web\nspec", "name: sweep\nspec")
    assert not found("data-without-drain", stateful_set(spec="replicas: 3\n"), other)


def test_a_flush_before_the_end_moves_no_data() -> None:
    hook = "lifecycle: {preStop: {exec: {command: [/bin/sh, -c, nodetool %s]}}}"
    assert not found("data-moved-by-hook-only", stateful_set(hook % "drain"))
    assert found("data-moved-by-hook-only", stateful_set(hook % "decommission"))


@pytest.mark.parametrize(("bounds", "is_told"), [((1, 5), True), ((3, 3), False)])
def test_an_autoscaler_that_never_scales_down(bounds: tuple[int, int], is_told: bool) -> None:
    others = autoscaler("StatefulSet", *bounds)
    assert bool(found("autoscaled-data-without-drain", stateful_set(), others)) is is_told


def test_a_scale_down_is_told_to_keep_the_claims() -> None:
    text = stateful_set(spec="persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}\n")
    value = mended("claims-deleted-at-scale-down", text)
    assert value["spec"]["persistentVolumeClaimRetentionPolicy"] == {"whenScaled": "Retain"}
    cache = text.replace("metadata: {name: data}", "metadata: {name: cache}")
    assert not found("claims-deleted-at-scale-down", cache)


@pytest.mark.parametrize(
    ("script", "is_told"),
    [
        ("wget -O /models/a http://m/a", True),
        ("wget -qO /models/a http://m/a", False),  # options in one word are not taken apart
        ("curl -sf -o /models/a http://m/a", True),
        ("git clone --depth 1 http://g/a.git /src", True),
        ("git clone http://g/a.git", False),
        ("curl -o /tmp/a http://m/a", False),
        ("wget -O /dev/null http://m/a", False),
        ("wget -O /models/a http://m/a && sh /models/a", False),
        ("wget -O /shared/a http://m/a", False),
    ],
)
def test_what_init_containers_fetch(script: str, is_told: bool) -> None:
    pod = (
        "volumes: [{name: s, emptyDir: {}}]\ninitContainers:\n- name: i\n  image: i:1\n"
        f"  command: [sh, -c, '{script}']\n  volumeMounts: [{{name: s, mountPath: /shared}}]"
    )
    assert bool(found("init-result-lost", deployment(pod=pod))) is is_told


def test_an_autoscaled_set_is_told_by_one_rule() -> None:
    others = autoscaler("StatefulSet", 1, 5)
    assert not found("data-without-drain", stateful_set(spec="replicas: 3\n"), others)
    hook = "lifecycle: {preStop: {exec: {command: [ctl, decommission]}}}"
    assert not found("autoscaled-data-without-drain", stateful_set(hook), others)
    assert found("data-moved-by-hook-only", stateful_set(hook), others)


def test_a_pod_that_stays_on_its_node_keeps_its_claim() -> None:
    pinned = deployment(pod=f"{DATA}\nnodeName: a")
    assert not found("claim-blocks-rollout", pinned, claim())
    assert found("claim-blocks-rollout", pinned, claim("ReadWriteOncePod"))


@pytest.mark.parametrize(("replicas", "is_told"), [(2, False), (3, True)])
def test_two_members_are_stopped_together_by_nobody(replicas: int, is_told: bool) -> None:
    text = stateful_set(spec=f"replicas: {replicas}\npodManagementPolicy: Parallel\n")
    assert bool(found("members-stopped-together", text)) is is_told
