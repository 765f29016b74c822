"""Where a report can go is known before the voyage."""

import os
import stat
from pathlib import Path

import click
import pytest

from seatrial.cli.verify import ReportTarget, _write_report


@pytest.mark.parametrize("value", ["html", "html=", "pdf=x", "=x"])
def test_a_report_is_a_kind_and_a_file(value: str) -> None:
    with pytest.raises(click.BadParameter, match="html=FILE or json=FILE"):
        ReportTarget().convert(value, None, None)


def test_places_that_cannot_be_written_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="there is no directory"):
        ReportTarget().convert(f"json={tmp_path}/no/x.json", None, None)
    with pytest.raises(click.BadParameter, match="is a directory"):
        ReportTarget().convert(f"json={tmp_path}", None, None)
    with pytest.raises(click.BadParameter, match="/proc cannot be written to"):
        ReportTarget().convert("json=/proc/x.json", None, None)


def test_a_file_is_replaced_and_a_link_or_pipe_is_written_to(tmp_path: Path) -> None:
    plain, link, pipe = tmp_path / "plain", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(plain)
    os.mkfifo(pipe)
    reads = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for path in (plain, link, pipe):
        assert ReportTarget().convert(f"json={path}", None, None) == ("json", path)
        _write_report(path, f"for {path.name}")
    assert plain.read_text() == "for link"
    assert stat.S_IMODE(plain.stat().st_mode) == 0o644
    assert link.is_symlink()
    assert os.read(reads, 100) == b"for pipe"
    os.close(reads)
