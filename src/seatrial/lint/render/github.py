"""Annotations of GitHub Actions (docs.github.com, "Workflow commands"): one line a finding."""

from collections.abc import Iterator

from seatrial.findings.model import Place, Severity
from seatrial.lint.result import Result

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(result: Result) -> str:
    """Errors, warnings and notices at their lines."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[str]:
    for bad in result.bad_input:
        yield _command("error", bad.place, "cannot be linted", bad.message)
    for each in result.findings:
        title = f"{each.code} {each.rule}"
        text = f"{each.object}: {each.message}\n{each.advice}"
        yield _command(_COMMANDS[each.severity], each.place, title, text)


def _command(name: str, place: Place, title: str, text: str) -> str:
    found = {"file": place.file, "line": place.line, "col": place.column, "title": title}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in found.items() if value)
    return f"::{name} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
