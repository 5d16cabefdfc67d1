"""Probes about the picture of the architecture: in the report's answer, a README or a page."""

import posixpath
import re
from collections.abc import Iterator

from harvester.models.facts import Facts
from harvester.models.report import Answer, Figure
from harvester.probes.documentation import explains_project
from harvester.probes.finding import Finding, Spot, found

_DIAGRAM = re.compile(
    r"archite|pipeline|overview|diagram|workflow|flow_?chart|system|mlops|infrastructure|design|stack|drawio",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|pdf|drawio)$", re.IGNORECASE)
_PICTURE_PATH = re.compile(r"(?<![\w./:-])[\w./-]+\.(?:png|jpe?g|gif|svg|webp|pdf|drawio)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<image>|placeholder", re.IGNORECASE)


def diagram_shown(facts: Facts, *, question: str = "architecture") -> Finding:
    """The report's answer to a question, or a README or page, shows a committed picture of the group's own.

    The answer may link to it or name its path, too; a picture that the course's template ships is none. A Mermaid
    drawing counts.
    """
    spots: list[Spot] = []
    given = set()
    for number, figure in _figures(facts, question):
        if figure.template_own:
            given.add(figure.path)
        elif figure.exists and figure.path and facts.report:
            spots.append(Spot(figure.path, None, f"shown in the answer to question {number}"))
            spots.append(Spot(facts.report.path, figure.line))
    spots += _named(facts, question)
    for path, target, line in _pictures(facts):
        if target in facts.files and target not in given and not facts.is_template(target):
            spots += [Spot(target, None, f"shown in {path}"), Spot(path, line)]
    spots += _drawn(facts, question)
    return found(dict.fromkeys(spots))


def diagram_missing(facts: Facts, *, question: str = "architecture") -> Finding:
    """The architecture is shown by a picture that is not in the repository."""
    report = facts.report.path if facts.report else ""
    missing = [figure for _, figure in _figures(facts, question) if not figure.exists and not figure.template_own]
    spots = [Spot(report, figure.line) for figure in missing if not _PLACEHOLDER.search(figure.written)]
    spots += [Spot(path, line) for path, target, line in _pictures(facts) if target not in facts.files]
    return found(spots, "the picture that is shown is not in the repository")


def _figures(facts: Facts, question: str) -> Iterator[tuple[int, Figure]]:
    """Pictures in the report's answer to a question, with its number."""
    for answer in _answers(facts, question):
        yield from ((answer.number, figure) for figure in answer.images)


def _answers(facts: Facts, question: str) -> Iterator[Answer]:
    """The report's answers to a question."""
    return (answer for answer in (facts.report.answers if facts.report else ()) if answer.id == question)


def _named(facts: Facts, question: str) -> Iterator[Spot]:
    """Pictures whose path the report's answer to a question writes out."""
    for answer in _answers(facts, question):
        page = answer.path or (facts.report.path if facts.report else "")
        for word in _PICTURE_PATH.findall(answer.text):
            path = _resolve(facts, page, word)
            if path in facts.files and not facts.is_template(path):
                yield Spot(path, None, f"named in the answer to question {answer.number}")
                yield Spot(page, answer.line)


def _pictures(facts: Facts) -> Iterator[tuple[str, str, int]]:
    """(page, path of the picture, line) of pictures of the architecture that READMEs and pages show."""
    for path, page in facts.documents.items():
        if not explains_project(facts, path):
            continue
        lines = facts.tree.lines(path)
        for link in page.links:
            if not (link.image or _PICTURE.search(link.target)) or "badge" in link.target:
                continue
            if lines[link.line - 1 : link.line] and lines[link.line - 1].lstrip().startswith(">"):
                continue
            heading = next((one.text for one in reversed(page.headings) if one.line < link.line), "")
            target = _resolve(facts, path, link.target)
            about = f"{posixpath.basename(link.target)} {link.text}"
            if target and (_DIAGRAM.search(about) or re.search(r"archite|pipeline|diagram", heading, re.IGNORECASE)):
                yield path, target, link.line


def _resolve(facts: Facts, page: str, target: str) -> str:
    """The repository path of a link, empty where it leads elsewhere."""
    target = target.split("?")[0].split("#")[0]
    hosted = re.match(
        r"https?://(?:raw\.githubusercontent\.com/[^/]+/[^/]+|github\.com/[^/]+/[^/]+/(?:blob|raw))/[^/]+/(.+)", target
    )
    if hosted:
        return hosted[1]
    if re.match(r"\w+:", target):
        return ""
    here = posixpath.normpath(posixpath.join(posixpath.dirname(page), target.lstrip("/")))
    return (
        here
        if here in facts.files
        else posixpath.normpath(target.lstrip("/"))
        if target.lstrip("/") in facts.files
        else here
    )


def _drawn(facts: Facts, question: str) -> Iterator[Spot]:
    """Diagrams written as Mermaid text in a README, a page, or the report's answer on the architecture."""
    for path in facts.documents:
        if not explains_project(facts, path):
            continue
        text = facts.tree.text(path) or ""
        for number, line in enumerate(text.splitlines() if "mermaid" in text else (), 1):
            if re.match(r"\s*(?:```|~~~)\s*mermaid", line):
                yield Spot(path, number)
    for answer in _answers(facts, question):
        if re.search(r"```\s*mermaid", answer.text) and facts.report:
            yield Spot(facts.report.path, answer.line)
