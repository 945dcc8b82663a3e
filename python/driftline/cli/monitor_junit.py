"""A monitor's run as JUnit XML: a suite per window, reference and segment, a test case per column and finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from driftline import formatting as fmt
from driftline.reasons import title as method_title

if TYPE_CHECKING:
    from driftline.monitor import MonitorRun, WindowResult

__all__ = ["render_run_junit"]


def render_run_junit(run: MonitorRun, failing: frozenset[str]) -> str:
    """The XML text; a column, or a finding such as a missing window, fails when its verdict is a ``failing`` one.

    A column that was not judged, or whose change is accepted, is skipped.

    Examples
    --------
    >>> from driftline.monitor import MonitorRun
    >>> print(render_run_junit(MonitorRun(), frozenset({"alert"})))
    <testsuites name="driftline" tests="0" failures="0" skipped="0" errors="0" />
    """
    suites = [_suite(each, failing) for each in run.windows]
    root = ElementTree.Element("testsuites", name="driftline")
    for name in ("tests", "failures", "skipped", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _suite(result: WindowResult, failing: frozenset[str]) -> ElementTree.Element:
    record = result.record
    parts = [record.key.series.dataset, record.title, result.reference, record.key.segment]
    name = fmt.printable(" ".join(filter(None, parts)))
    cases = [_column(each, found, result, failing) for each, found in record.columns.items()]
    cases += [_finding(found, failing) for found in record.findings]
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(cases)), errors="0")
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in {"verdict": result.verdict, "rows": record.n_rows, "digest": record.digest}.items():
        ElementTree.SubElement(properties, "property", name=key, value=str(value))
    for case in cases:
        case.set("classname", name)
    suite.extend(cases)
    return suite


def _column(name: str, found: list[object], result: WindowResult, failing: frozenset[str]) -> ElementTree.Element:
    case = ElementTree.Element("testcase", name=fmt.printable(name))
    verdict, value, low, high, source = found
    message = str(verdict)
    if isinstance(value, float):
        ends = [each for each in (low, high) if isinstance(each, float)]
        interval = fmt.interval(*ends) if len(ends) == 2 else ""
        message = f"{verdict}: {method_title(str(source))} {fmt.number(value)} {interval}".rstrip()
    if name in result.accepted:
        ElementTree.SubElement(case, "skipped", message=f"accepted; {message}")
    elif verdict == "skipped":
        ElementTree.SubElement(case, "skipped", message=message)
    elif verdict in failing:
        ElementTree.SubElement(case, "failure", message=message, type=str(source or verdict))
    elif verdict != "ok":
        ElementTree.SubElement(case, "system-out").text = message
    return case


def _finding(found: dict[str, str], failing: frozenset[str]) -> ElementTree.Element:
    case = ElementTree.Element("testcase", name=found["code"])
    text = fmt.printable(found["text"])
    if found["verdict"] in failing:
        ElementTree.SubElement(case, "failure", message=text, type=found["topic"])
    else:
        ElementTree.SubElement(case, "system-out").text = text
    return case
