"""`seatrial.toml`: what is there is read, what is unknown is refused by file and key."""

from pathlib import Path

import pytest

from seatrial.trials.errors import SettingsError
from seatrial.trials.settings import (
    ArchiveImage,
    Budgets,
    DriverProgram,
    HostImage,
    RegistryImage,
    merge_settings,
    read_settings,
)

WHOLE = """
[images."fortune:1.0"]
host = { command = ["python3", "server.py"], workdir = "." }

[images."busybox"]
archive = "images/busybox.tar"

[images]
"redis:7" = "registry"

[traffic]
service = "fortune"
port = "http"
path = "/"
rate_per_s = 12
slow_path = "/slow?s=3"
upload_path = "/upload"
requests_min = 20_000
expect_status = 200

[budgets]
needed_drain_s = 8
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "seatrial.toml"
    path.write_text(text)
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    text = WHOLE.replace('[images]\n"redis:7" = "registry"\n', "")
    settings = read_settings(written(tmp_path, text))
    assert settings.images == {
        "fortune:1.0": HostImage(("python3", "server.py"), str(tmp_path)),
        "busybox": ArchiveImage(tmp_path / "images/busybox.tar"),
    }
    (traffic,) = settings.traffic
    assert (traffic.service, traffic.port, traffic.rate_per_s) == ("fortune", "http", 12.0)
    assert traffic.expect_status == (200,)
    assert (traffic.slow_path, traffic.upload_path) == ("/slow?s=3", "/upload")
    assert traffic.requests_min == 20_000
    assert settings.budgets == Budgets(needed_drain_s=8.0)


def test_an_image_may_come_from_its_registry(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, '[images]\n"redis:7" = "registry"\n'))
    assert settings.images == {"redis:7": RegistryImage()}


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("[trafic]\n", "unknown key trafic", "did you mean traffic?"),
        ('[traffic]\npathh = "/"\n', "unknown key traffic.pathh", "did you mean path?"),
        ("[budgets]\nx = 1\n", "unknown key budgets.x", "known here: "),
        ("[traffic]\nrate_per_s = 0\n", "traffic.rate_per_s must be a number above 0", ""),
        ("[traffic]\nport = 70000\n", "traffic.port must be a port's number or name", ""),
        ("[traffic]\nexpect_status = [99]\n", "must be HTTP status codes", "[200]"),
        ("[traffic]\nkept_alive_share = 2\n", "must be a number from 0 to 1", ""),
        ("[traffic]\nrequests_min = 2.5\n", "requests_min must be a whole number", ""),
        ("[traffic]\nrequests_min = 100001\n", "a whole number up to 100000", ""),
        ('[images]\n"a" = {}\n', "exactly one of host, archive, registry", "host = {"),
        ('[images]\n"a" = { host = { command = "x" } }\n', "must be a list of words", "command ="),
        ("[images\n", "not TOML", ""),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2


def test_a_driver_of_ones_own_is_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import driver\n")
    text = '[traffic]\ndriver = ["python3", "-X", "dev", "mine.py"]\n'
    (traffic,) = read_settings(written(tmp_path, text)).traffic
    assert traffic.driver == DriverProgram(("python3", "-X", "dev"), tmp_path / "mine.py")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"mine.py"', "must be a list of words"),
        ('["python3", "none.py"]', "there is no file"),
        ('["python3", "driver.py"]', "the name of seatrial's own"),
    ],
)
def test_a_driver_that_is_none_is_refused(tmp_path: Path, value: str, message: str) -> None:
    (tmp_path / "driver.py").write_text("")
    with pytest.raises(SettingsError, match=message):
        read_settings(written(tmp_path, f"[traffic]\ndriver = {value}\n"))


def test_of_several_files_the_strictest_budget_holds(tmp_path: Path) -> None:
    one = read_settings(written(tmp_path, "[budgets]\nneeded_drain_s = 2\n"))
    other = read_settings(written(tmp_path, "[budgets]\nneeded_drain_s = 9\n"))
    assert merge_settings((one, other)).budgets.needed_drain_s == 9.0
    assert merge_settings(()).budgets == Budgets()
