"""What READMEs and pages of documentation say was done."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, compress, islice
from typing import NamedTuple

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Document, Line, Role
from harvester.probes.arguments import Regex
from harvester.probes.contents import is_there
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import once


def mentioned(facts: Facts, *, pattern: Regex) -> Finding:
    """A README or a page of documentation, other than the report, says so in its own words or as a command.

    No mention are: a line that denies or plans it, or whose neighbours in its section do; a copied checklist; code of
    an example; a line that names files that are not there; a page that says it was copied from elsewhere.
    """
    wanted = re.compile(pattern, re.IGNORECASE)
    spots = [
        Spot(path, line.line)
        for path, said in _pages(facts).items()
        for line in _statements(said, wanted)
        if not _names_missing(facts, line.text) and not _is_other(facts, path)
    ]
    return found(spots, "only a mention in the documentation")


class _Said(NamedTuple):
    """What a page says: lines of prose that are long enough and no titles, commands that are no code; their texts."""

    page: Document
    prose: Sequence[Line]
    commands: Sequence[Line]
    prose_texts: Sequence[str]
    command_texts: Sequence[str]


@once
def _pages(facts: Facts) -> dict[str, _Said]:
    """The pages that may say what was done."""
    return {
        path: _said(page)
        for path, page in facts.documents.items()
        if facts.role(path) not in (*NO_EVIDENCE, Role.REPORT) and not facts.is_template(path)
        if not _NO_PAGE.search(path)
    }


def _said(page: Document) -> _Said:
    titles = {line.line for line in page.headings}
    prose = [line for line in page.prose if line.line not in titles and len(line.text.split()) >= _STATEMENT]
    commands = [line for line in page.commands if not _CODE.search(line.text)]
    return _Said(page, prose, commands, [one.text for one in prose], [one.text for one in commands])


def _statements(said: _Said, wanted: re.Pattern[str]) -> Iterator[Line]:
    """Lines that match, and are neither denied nor planned by themselves or by their section."""
    prose = compress(said.prose, map(wanted.search, said.prose_texts))
    commands = compress(said.commands, map(wanted.search, said.command_texts))
    for line in islice(chain(prose, commands), _MOST):
        if _NO_MENTION.search(line.text) or _is_denied(said.page, line):
            continue
        if not any(_NO.search(line.text[: match.start()]) for match in wanted.finditer(line.text)):
            yield line


def _is_denied(page: Document, line: Line) -> bool:
    """Whether a neighbour in the same section, or a heading above it, says that it was not done."""
    first = max((one.line for one in page.headings if one.line <= line.line), default=0)
    after = min((one.line for one in page.headings if one.line > line.line), default=1_000_000)
    around = (one for one in page.prose if first <= one.line < after and abs(one.line - line.line) <= _NEAR)
    if any(
        _DENIES.search(one.text) or (0 < one.line - line.line <= _BELOW and _LACKS.match(one.text)) for one in around
    ):
        return True
    return any(map(_TO_DO.search, _titles_above(page, line)))


def _titles_above(page: Document, line: Line) -> list[str]:
    """The headings (of Markdown) that a line stands under, each of a higher level than the next; without the page's."""
    titles: list[tuple[int, str, int]] = []
    first = 0
    for one in page.prose:
        if one.line < line.line and (level := len(one.text) - len(one.text.lstrip("#"))):
            first = first or one.line
            titles = [*(title for title in titles if title[0] < level), (level, one.text, one.line)]
    return [text for level, text, number in titles if level > 1 or number > first]


def _is_other(facts: Facts, path: str) -> bool:
    """Whether a page says in its first lines where it was copied from, or that it is a plan."""
    head = (facts.tree.text(path) or "")[:600]
    return bool(_COPIED.search(head) or _PLAN.match(head))


_MOST = 100
"""Lines of a page that are looked at more closely."""
_STATEMENT = 4
"""Words of the shortest line that says something; what is shorter is a title."""
_BELOW = 3
"""Lines below a mention that may list what of it is not there."""
_LACKS = re.compile(r"[-*+]\s+(?:no|missing|lacks?)\b(?! need)", re.IGNORECASE)
_NEAR = 25
"""Lines around a mention that may deny it."""
_COPIED = re.compile(
    r"^\W*(?:source|copied from|adapted from|taken from)\W{1,6}https?://", re.IGNORECASE | re.MULTILINE
)
_PLAN = re.compile(
    r"[\s#*_]*(?:[^\w\n]|\w+ ){0,6}(?:project|work|development|implementation)[ -]?(?:plan|proposal|roadmap)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^(?:#|//|from\s|import\s|@|def\s|class\s|return\b|[\w.\[\]\"']+\s*=[^=]|[\w-]+:\s|-\s+\w+:|[A-Za-z_][\w.]*\()"
)
"""A line of an example in Python or YAML, no command."""
_DENIES = re.compile(
    r"\b(?:not|never)\b.{0,40}\b(?:implement|deploy|creat|set ?up|us(?:e|ed)\b|done|finish|complet|includ|applied)\w*"
    r"|\bwe (?:will|plan to|intend to|are going to) (?:implement|use|build|make|create)\b"
    r"|\bpotential (?:addition|improvement|optimi[sz]ation|extension|feature)"
    r"|\bfuture (?:work|improvement|extension|plan)|\bnext steps?\b|\broadmap\b|\bcan be extended\b",
    re.IGNORECASE,
)
_TO_DO = re.compile(
    r"\b(?:to-?do|next steps?|critical (?:path|gaps?)|needs? attention|roadmap|limitations?|what(?: i|')s missing"
    r"|(?:possible|potential|further|future) (?:\w+ )?(?:work|steps?|improvements?|plans?|ideas|extensions?)"
    r"|(?:missing|remaining) (?:\w+ )?(?:items?|parts?|features?|pieces|work|tasks?)"
    r"|not (?:done|implemented|covered))\b",
    re.IGNORECASE,
)
"""What the title of a section says that tells of what is not there."""
_NO = re.compile(r"\b(?:no|missing|lacks?|lacking)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
"""What stands before a thing that is said not to be there."""
_NO_PAGE = re.compile(
    r"(?:^|/)\.(?:github|claude|cursor)/|(?:^|/)(?:agents|claude|gemini|todo|[^/]*checklist)[^/]*\.md$"
    r"|(?:^|/)[^/]*report[^/]*\.(?:html?|md)$",
    re.IGNORECASE,
)
"""Instructions to assistants, lists of what is to be done, and copies of the report."""
_NO_MENTION = re.compile(
    r"^\W*(?:no|missing|lacks?)\b(?! need)"
    r"|^[-*+]\s+:(?:x|\w*(?:check|cross|hourglass)\w*|no_entry\w*|large_\w+):"
    r"|^\s*(?:[-*+]|\d+[.)])?\s*\[[^\]]{0,4}\](?!\()|^\W*\[[^\]]*\]\([^)]*\)\W*$"
    r"|\b(?:not|never|no longer|without|todo|to-do|to do|planned|plan to|future|would|could|should|might|will)\b"
    r"|\b(?:instead of|next steps?|consider(?:ing|ed)?|intend\w*|envision\w*|aim(?:ing)? (?:to|for|at)|going to)\b"
    r"|\b(?:hope to|want to|if (?:we|time)|propos\w+)\b|n't\b|~~|\N{CROSS MARK}"
    r"|\b(?:when|if|once) (?:it is |they are )?deployed\b",
    re.IGNORECASE,
)
_FILE = re.compile(r"(?<![\w:/.@-])[\w./-]*\w\.(?:py|sh|ya?ml|ipynb|dockerfile|toml|tf|prof|html|cfg|json)\b(?!/)")


def _names_missing(facts: Facts, line: str) -> bool:
    """Whether a line names files, and none of them is in the repository."""
    named = [name.lstrip("./") for name in _FILE.findall(line)]
    return bool(named) and not any(is_there(facts, name) for name in named)
