"""A decision as JUnit XML, which CI servers show: one test case per column."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from driftline import formatting as fmt

if TYPE_CHECKING:
    from driftline.decision import ColumnDecision, Decision

__all__ = ["render_junit"]


def render_junit(decision: Decision, failing: frozenset[str]) -> str:
    """The XML text; a column fails when its verdict is among the ``failing`` ones, and is skipped when not judged.

    Examples
    --------
    >>> import driftline as dl
    >>> xml = render_junit(dl.check({"age": [1, 2] * 200}, {"age": [1, 2] * 200}), frozenset({"alert"}))
    >>> '<testcase classname="driftline" name="age" />' in xml
    True
    """
    cases = [
        _case(column, failing, decision.report.columns[name].sentence) for name, column in decision.columns.items()
    ]
    suite = ElementTree.Element("testsuite", name="driftline", tests=str(len(cases)), errors="0")
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _facts(decision).items():
        ElementTree.SubElement(properties, "property", name=name, value=fmt.printable(value))
    suite.extend(cases)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _facts(decision: Decision) -> dict[str, str]:
    sides = {"reference": decision.report.reference, "current": decision.report.current}
    return {
        "verdict": decision.verdict,
        "summary": decision.headline,
        **{f"{side}.name": profile.name for side, profile in sides.items()},
        **{f"{side}.n_rows": str(profile.n_rows) for side, profile in sides.items()},
    }


def _case(column: ColumnDecision, failing: frozenset[str], sentence: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="driftline", name=fmt.printable(column.name))
    reasons = [fmt.printable(reason.text) for reason in column.reasons]
    message = f"{column.verdict}: {reasons[0]}"
    if column.verdict in failing:
        failure = ElementTree.SubElement(case, "failure", message=message, type=column.reasons[0].code)
        failure.text = "\n".join([fmt.printable(sentence), *reasons])
    elif column.verdict == "skipped":
        ElementTree.SubElement(case, "skipped", message=message)
    elif column.verdict != "ok":
        ElementTree.SubElement(case, "system-out").text = message
    return case
