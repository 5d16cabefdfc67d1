"""Figures that the report shows, and whether the answer around them says that the thing was not done."""

import re
from collections.abc import Iterator

from harvester.models.facts import Shown
from harvester.models.report import Report
from harvester.models.template import Template

_NOT_MUCH = r"(?!(?: it)? (?:that|so|too|very|as) (?:much|often|extensive))"
_DENIALS = re.compile(
    r"\bwe (?:did|have|do|were|could|had) ?(?:not|n[o']t|never)\b.{0,60}?\b(?:use|used|using|implement\w*|set ?up|do"
    r"|done|make|made|includ\w+|managed?|able|get|got|reach\w*|employ\w*|train\w*|deploy\w*|run|calculat\w*|add"
    r"|(?<!on the )(?<!on our )(?<!on )(?<!from the )(?<!from )(?<!after )(?<!of the )(?<!of )profil\w*)\b"
    rf"{_NOT_MUCH}"
    r"|\b(?:was|were|is|are|been) (?:not|never) (?:used|implemented|done|set ?up|made|included|deployed|tested)\b"
    r"|\bdid ?n[o']t (?:use|implement|do|make|get|manage|set|train|deploy|run|profile|calculate|add)\b"
    rf"{_NOT_MUCH}"
    r"|\bwe (?:did|have|had) ?(?:not|n[o']t) (?:write|written|built?|creat(?:e|ed)|develop(?:ed)?) an? (?:\w+ )?api\b"
    r"|\bwithout (?:needing|the need)\b"
    r"|\b(?:not applicable|no time (?:to|for)|didn't have (?:the )?time|ran out of time)\b",
    re.IGNORECASE | re.DOTALL,
)
_HALF = re.compile(r"\b(?:extensive|thorough|systematic|in-depth)(?:ly)?\b", re.IGNORECASE)
"""What was not done extensively was done."""


def collect_shown(report: Report | None, template: Template | None) -> Iterator[Shown]:
    """Every figure that stands in the repository and is the group's own."""
    if report is None:
        return
    checks = {question.id: question.screenshots for question in template.questions} if template else {}
    for answer in report.answers:
        if not answer.answered:
            continue
        text = answer.text[:5000]
        denied = any(not _HALF.search(text[one.start() : one.end() + 25]) for one in _DENIALS.finditer(text))
        for figure in answer.images:
            if figure.exists and not figure.template_own and figure.path:
                yield Shown(figure, answer, checks.get(answer.id, ()), denied)
