"""The report in a real browser: opens offline, draws every voyage, asks nobody for anything."""

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_golden_reports import report

from seatrial.trials.report.html import render_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
# Quiet, with no way to any network: what the page needs must be in the page.
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


class Page(HTMLParser):
    """What a test looks for in the page that the browser made."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = 0
        self.outside: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag == "svg"
        self.outside += [
            value
            for name, value in attrs
            if name in {"src", "href"} and value and value.startswith(("http:", "https:", "//"))
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here (Debian: apt install chromium)")
def test_the_report_opens_offline(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render_html(report()))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *OPTIONS, profile, "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    page = Page()
    page.feed(done.stdout)
    assert page.pictures >= 1
    assert page.outside == []
    assert "requests sent" in page.text
    picture = tmp_path / "report.png"
    subprocess.run(
        [CHROMIUM, *OPTIONS, profile, "--window-size=400,900",
         f"--screenshot={picture}", file.as_uri()],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert picture.read_bytes().startswith(b"\x89PNG")
