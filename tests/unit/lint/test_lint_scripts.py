"""Start scripts that stand in a ConfigMap."""

import pytest
from lint_workloads import SERVICE, deployment, found, mended, message, world_of

from seatrial.lint.scripts import script_file_of

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  start.sh: |
    #!/usr/bin/env bash
    set -e
    LAST
  read.py: |
    #!/usr/bin/env python3
    print(1)
"""


def runs(command: str, mount: str = "mountPath: /scripts", items: str = "") -> str:
    return deployment(
        f"command: {command}\nvolumeMounts: [{{name: scripts, {mount}}}]",
        pod=f"volumes: [{{name: scripts, configMap: {{name: scripts{items}}}}}]",
    )


def config_map(last: str) -> str:
    return CONFIG_MAP.replace("LAST", last)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (runs("[sh, /scripts/start.sh]"), "start.sh"),
        (runs("[sh, -e, /scripts/../scripts/start.sh, x]"), "start.sh"),
        (runs("[/scripts/start.sh]"), "start.sh"),
        (runs("[tini, --, /scripts/start.sh]"), "start.sh"),
        (runs("[/go.sh]", "mountPath: /go.sh, subPath: start.sh"), "start.sh"),
        (runs("[/scripts/go]", items=", items: [{key: start.sh, path: go}]"), "start.sh"),
        (runs("[/scripts/start.sh]", items=", items: [{key: start.sh, path: go}]"), None),
        (runs("[/scripts/read.py]"), None),
        (runs("[sh, -c, exec x]"), None),
        (runs("[sh, start.sh]"), None),
        (runs("[/other/start.sh]"), None),
        (runs("[sh]"), None),
    ],
)
def test_from_the_command_to_the_key(text: str, key: str | None) -> None:
    inventory = world_of(text, config_map("exec app")).inventory
    (workload,) = inventory.workloads
    script = script_file_of(workload, workload.main_containers[0], inventory)
    assert (script.field if script else None) == (("data", key) if key else None)


def test_a_config_map_that_is_not_there_says_nothing() -> None:
    inventory = world_of(runs("[/scripts/start.sh]")).inventory
    (workload,) = inventory.workloads
    assert script_file_of(workload, workload.main_containers[0], inventory) is None


@pytest.mark.parametrize(
    ("last", "is_found"),
    [
        ("exec app", False),
        ("app", True),
        ("app | tee /log", True),
        ("trap stop TERM; app & wait", False),
        ("sleep infinity", False),
        ("cat <<END", False),
    ],
)
def test_who_gets_sigterm(last: str, is_found: bool) -> None:
    texts = (runs("[sh, /scripts/start.sh]"), config_map(last), SERVICE)
    assert bool(found("script-keeps-sigterm", *texts)) is is_found


def test_an_init_that_tells_all_is_enough() -> None:
    texts = (runs("[dumb-init, /scripts/start.sh]"), config_map("app"), SERVICE)
    assert not found("script-keeps-sigterm", *texts)


def test_it_is_told_and_mended_where_it_stands() -> None:
    texts = (runs("[sh, /scripts/start.sh]"), config_map("app --x"), SERVICE)
    (finding,) = found("script-keeps-sigterm", *texts)
    assert (finding.object, finding.field) == ("ConfigMap/scripts", 'data["start.sh"]')
    assert "starts 'app' without exec" in message("script-keeps-sigterm", *texts)
    data = mended("script-keeps-sigterm", *texts)["data"]
    assert data["start.sh"] == "#!/usr/bin/env bash\nset -e\nexec app --x\n"
