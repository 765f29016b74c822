"""The report for each reader, word for word.

Made anew by `SEATRIAL_GOLDEN=write pytest tests/golden/trials`, and then reviewed as a diff.
"""

import io
import json
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from seatrial.findings.render.text import finding_lines
from seatrial.testing.stories import EPOCH, Story
from seatrial.trials.application import Application
from seatrial.trials.catalogue.registry import choose
from seatrial.trials.report.html import render_html
from seatrial.trials.report.json import render_json
from seatrial.trials.report.model import Report, Sailed, Unsailed, make_report
from seatrial.trials.report.text import LiveProgress, render_text
from seatrial.trials.report.timeline import render_svg, tick_step_s
from seatrial.trials.settings import Budgets, Settings, TrafficSettings
from seatrial.trials.subject import Subject, Target
from seatrial.trials.verdict import unknown
from seatrial.trials.verify import Progress

HERE = Path(__file__).parent
A, B = "10.244.0.10", "10.244.0.11"


def subject() -> Subject:
    container = {"name": "web", "ports": [{"containerPort": 8080}]}
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [container]}}},
    }
    target = Target("web", 80, "/", TrafficSettings())
    return Subject("shop", deployment, "web.yaml:1", target, Budgets())


def rollout() -> Story:
    """An old pod ends, a new one comes; both lose requests."""
    story = Story()
    story.pod(0.1, "web-old", A)
    story.start(0.2, "web-old")
    story.ready(0.3, "web-old")
    story.rules(0.4, [A])
    story.ask(0.8, A)
    story.step(1.0, "measure")
    story.ask(1.2, A)
    story.step(1.5, "rollout")
    story.pod(1.6, "web-new", B)
    story.start(1.7, "web-new")
    story.ready(1.71, "web-new")
    story.delete(1.8, "web-old")
    story.signal(1.81, "web-old")
    story.close(1.813, "web-old")
    story.exit(1.82, "web-old")
    story.ask(1.9, A, "refused")
    story.gone(1.95, "web-old")
    story.ask(2.0, A, "timeout", took_s=5.0)
    story.rules(2.3, [B])
    story.ask(2.4, B, "refused")
    story.ask(2.6, B)
    story.ask(2.8, B, "wrong body", established=True, status=200, detail="no '<b>' in b'<i>'")
    story.step(3.5, "end")
    return story


def report() -> Report:
    (trial, sigterm) = choose(("rollout", "sigterm"))
    story = rollout()
    sailed = Sailed((trial.judge(subject(), story.world),), tuple(story.book), subject())
    unsailed = Unsailed((unknown(sigterm, subject(), "this cluster does not <offer> it"),))
    application = Application("shop", (), Settings())
    return make_report(application, [sailed, unsailed], began=EPOCH, took_s=12.34)


def as_text() -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False, color_system=None)
    render_text(report(), console)
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


def as_lines() -> str:
    return "\n".join(line for each in report().findings for line in finding_lines(each)) + "\n"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("report.txt", as_text),
        ("findings.txt", as_lines),
        ("report.json", lambda: render_json(report())),
        ("timeline.svg", lambda: render_svg(rollout().world, subject()) + "\n"),
    ],
)
def test_the_report_is_as_it_was_reviewed(name, make) -> None:  # type: ignore[no-untyped-def]
    golden = HERE / name
    if os.environ.get("SEATRIAL_GOLDEN") == "write":
        golden.write_text(make(), encoding="utf-8")
    assert make() == golden.read_text(encoding="utf-8")


def test_json_keeps_its_promise() -> None:
    wire = json.loads(render_json(report()))
    assert wire["verdict"] == "FAIL"
    assert wire["requests"] == {"sent": 6, "ok": 2, "lost": 4, "excused": 0}
    finding = wire["findings"][0]
    assert {"code", "verdict", "trial", "object", "figures", "causes", "advice"} <= set(finding)
    assert {"outcome", "connection", "count", "cause"} <= set(finding["causes"][0])
    assert sum(cause["count"] for cause in finding["causes"]) == 4


class Page(HTMLParser):
    """Collects what a browser would fetch, and checks that tags are closed in their order."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "data", "srcset")]
        if tag == "link":
            self.fetched.append("link")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<line .../>`: closed in itself."""


def test_the_page_is_one_file_whole_and_escaped() -> None:
    html = render_html(report())
    page = Page()
    page.feed(html)
    page.close()
    assert page.fetched == []
    assert page.open == []
    assert "url(" not in html
    assert "&lt;offer&gt;" in html
    assert "<offer>" not in html
    assert "<i>'" not in html
    assert html.count("<svg") == 1


def test_the_picture_has_every_lost_request_and_every_pod() -> None:
    svg = render_svg(rollout().world, subject())
    assert svg.count('<g class="lost') == 4
    assert svg.count('class="podname"') == 3
    assert "SIGTERM at 0.310 s" in svg
    assert "exit 0 at 0.320 s" in svg


def test_a_voyage_that_never_began_has_no_picture() -> None:
    assert render_svg(Story().world, subject()) == ""


@pytest.mark.parametrize(("span_s", "step_s"), [(0.9, 0.1), (4.0, 0.5), (30.0, 5.0), (900, 120.0)])
def test_ticks_are_round(span_s: float, step_s: float) -> None:
    assert tick_step_s(span_s) == step_s


def test_without_a_terminal_progress_is_a_line_a_step() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    with LiveProgress(console, choose(("crash",))) as tell:
        tell(Progress("crash", "Deployment/web", "kill it"))
        tell(Progress("crash", "Deployment/web", "", sent=5, lost=1))
        tell(Progress("crash", "Deployment/web", "kill it again"))
    output = console.file
    assert isinstance(output, io.StringIO)
    assert output.getvalue().splitlines() == [
        "crash            kill it",
        "crash            kill it again",
    ]
