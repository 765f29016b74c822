"""Where well-known images of databases keep their data. Only official images: others differ."""

from collections.abc import Iterator, Mapping

from seatrial.lint.volumes import Mount, is_below, mount_of, mounts_of
from seatrial.lint.workload import Container, Workload

# Last part of the image's name → the directories that hold all data (any of them, by version).
DATA_DIRECTORIES: Mapping[str, tuple[str, ...]] = {
    "arangodb": ("/var/lib/arangodb3",),
    "cassandra": ("/var/lib/cassandra",),
    "clickhouse-server": ("/var/lib/clickhouse",),
    "couchbase": ("/opt/couchbase/var",),
    "couchdb": ("/opt/couchdb/data",),
    "elasticsearch": ("/usr/share/elasticsearch/data",),
    "influxdb": ("/var/lib/influxdb2", "/var/lib/influxdb"),
    "mariadb": ("/var/lib/mysql",),
    "mongo": ("/data/db",),
    "mysql": ("/var/lib/mysql",),
    "neo4j": ("/data",),
    "opensearch": ("/usr/share/opensearch/data",),
    "pgvector": ("/var/lib/postgresql",),
    "postgis": ("/var/lib/postgresql",),
    "postgres": ("/var/lib/postgresql",),
    "rabbitmq": ("/var/lib/rabbitmq",),
    "timescaledb": ("/var/lib/postgresql",),
    "zookeeper": ("/data",),
}
# Variables by which an image is told another directory.
_DIRECTORY_VARIABLES = ("PGDATA", "RABBITMQ_MNESIA_BASE", "ZOO_DATA_DIR", "INFLUXD_ENGINE_PATH")
# Parts of arguments by which it may be told one.
_DIRECTORY_SIGNS = (
    "datadir", "data_dir", "data-dir", "dbpath", "path.data", "-D", "config", "defaults-file",
)  # fmt: skip
# Builds of the same programs that keep their data elsewhere.
_OTHER_BUILDS = ("bitnami", "bitnamilegacy")


def databases_in(workload: Workload) -> Iterator[tuple[Container, str, Mount | None]]:
    """Each database, the directory of its data, and the mount that this is on."""
    if not workload.is_lasting:
        return
    for container in workload.main_containers:
        directories = _directories(container)
        if directories:
            mounts = mounts_of(workload, container)
            held = ((each, _holder(each, mounts)) for each in directories)
            directory, mount = next((each for each in held if each[1]), (directories[0], None))
            yield container, directory, mount


def image_name(image: str) -> str:
    """`postgres` of `docker.io/library/postgres:17@sha256:...`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _directories(container: Container) -> tuple[str, ...]:
    found = DATA_DIRECTORIES.get(image_name(container.image), ())
    if not found or any(part in container.image.split("/") for part in _OTHER_BUILDS):
        return ()
    if container.value.get("command") or any(
        sign in word for word in container.words for sign in _DIRECTORY_SIGNS
    ):
        return ()  # it may be told another directory there
    told = tuple(
        value for name in _DIRECTORY_VARIABLES if (value := container.env.get(name, "")).strip()
    )
    return told or found


def _holder(directory: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """The mount above the directory, or else one inside of it: images differ by version."""
    inside = (each for each in mounts if is_below(each.path, directory))
    writable = (each for each in inside if not each.is_read_only)
    return mount_of(directory, mounts) or next(writable, None)
