"""Lines, their cutting, and files that rotate."""

import os
from pathlib import Path

import pytest

from seatrial.kit.errors import MachineError
from seatrial.runtime.log_format import LINE_BYTES_MAX, LineCutter, render_line
from seatrial.runtime.process.logs import ContainerLog, LogFile, LogLimits, Output


def test_an_entry_looks_as_cri_says() -> None:
    entry = render_line(1475712009.669794202, "stdout", b"hello")
    assert entry == b"2016-10-06T00:00:09.669794304Z stdout F hello\n"
    assert (
        render_line(0.5, "stderr", b"", partial=True)
        == b"1970-01-01T00:00:00.500000000Z stderr P \n"
    )


def test_lines_are_joined_over_reads() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"one\ntw") == [(b"one", False)]
    assert cutter.feed(b"o\n\n") == [(b"two", False), (b"", False)]
    assert cutter.finish() == []


@pytest.mark.parametrize("read_bytes", [1000, 16384, 100_000])
@pytest.mark.parametrize("length", [1, LINE_BYTES_MAX, LINE_BYTES_MAX + 1, 3 * LINE_BYTES_MAX])
def test_long_lines_are_cut_the_same_however_they_are_read(read_bytes: int, length: int) -> None:
    cutter = LineCutter()
    data = b"x" * length + b"\n"
    pieces = [
        piece
        for at in range(0, len(data), read_bytes)
        for piece in cutter.feed(data[at : at + read_bytes])
    ]
    sizes = [len(piece) for piece, _ in pieces]
    assert sum(sizes) == length
    assert set(sizes[:-1]) <= {LINE_BYTES_MAX}
    assert [partial for _, partial in pieces] == [True] * (len(pieces) - 1) + [False]


def test_files_rotate_and_the_oldest_goes(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "0.log", LogLimits(file_bytes_max=4, files_max=3))
    for text in (b"aaaa", b"bbbb", b"cccc", b"dddd", b"e"):
        log.write(text)
    log.close()
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept == {"0.log": b"e", "0.log.1": b"dddd", "0.log.2": b"cccc"}


async def test_both_streams_are_in_the_log_after_finish(tmp_path: Path) -> None:
    log = ContainerLog(tmp_path / "new" / "0.log", LogLimits())
    out, err = log.ends
    os.write(out, b"one\ntail")
    os.write(err, b"oops\n")
    log.finish()
    lines = (tmp_path / "new" / "0.log").read_text().splitlines()
    assert sorted(line.split(" ", 1)[1] for line in lines) == [
        "stderr F oops",
        "stdout F one",
        "stdout F tail",
    ]


async def test_output_beyond_the_limit_is_dropped() -> None:
    output = Output(4)
    os.write(output.end, b"123456")
    assert output.finish() == b"1234"


async def test_a_log_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = os.listdir("/proc/self/fd")
    with pytest.raises(MachineError, match="cannot make the log"):
        ContainerLog(tmp_path / "file" / "0.log", LogLimits())
    assert os.listdir("/proc/self/fd") == before
