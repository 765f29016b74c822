"""JUnit XML: a suite a file, a test case an object and rule, a failure where one is broken.

Does not: list what passed one by one; a file without findings is one test that passed.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from seatrial.findings.model import Severity
from seatrial.lint.model import LintFinding
from seatrial.lint.result import Result, by_file

# XML 1.0 has no way to write these.
_UNSPEAKABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10, 13)}


def render_junit(result: Result) -> str:
    """Findings below the level to fail on are told in `system-out` of a test that passed."""
    root = Element("testsuites", name="seatrial lint")
    for file, findings in by_file(result.findings).items():
        _suite(root, file, findings, result.fail_on)
    for bad in result.bad_input:
        suite = SubElement(root, "testsuite", name=_xml(bad.place.file), tests="1", errors="1")
        case = SubElement(suite, "testcase", name="can be read", classname=_xml(bad.place.file))
        SubElement(case, "error", message=_xml(str(bad)), type="input")
    if not len(root):
        suite = SubElement(root, "testsuite", name="manifests", tests="1", failures="0")
        SubElement(suite, "testcase", name="no findings", classname="seatrial.lint")
    root.set("tests", str(sum(int(each.get("tests", "0")) for each in root)))
    root.set("failures", str(sum(int(each.get("failures", "0")) for each in root)))
    root.set("errors", str(sum(int(each.get("errors", "0")) for each in root)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, file: str, findings: Sequence[LintFinding], fail_on: Severity) -> None:
    failures = sum(1 for each in findings if each.severity >= fail_on)
    suite = SubElement(
        root, "testsuite", name=_xml(file), tests=str(len(findings)), failures=str(failures)
    )
    for each in findings:
        name = _xml(f"{each.code} {each.rule}: {each.object} {each.field}".strip())
        case = SubElement(
            suite, "testcase", name=name, classname=_xml(file), file=_xml(file),
            line=str(each.place.line),
        )  # fmt: skip
        text = _xml(f"{each.place}: {each.message}\n{each.advice}")
        if each.severity >= fail_on:
            failure = SubElement(case, "failure", message=_xml(each.message), type=each.code)
            failure.text = text
        else:
            SubElement(case, "system-out").text = text


def _xml(text: str) -> str:
    return text.translate(_UNSPEAKABLE)
