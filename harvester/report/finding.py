"""Finds the report in a repository: where it is expected, else any Markdown that holds the template's text."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from harvester.models.snapshot import Entry, EntryKind, Tree
from harvester.models.template import Template
from harvester.report.drafts import Draft, draft_file
from harvester.report.sightings import Sightings
from harvester.report.wording import Wordings, wordings_of

Found = Draft
"""A file that holds the template's text, read."""

_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd", ".txt")
_FOREIGN = {"node_modules", "site-packages", ".venv", "venv", ".git", ".tox", "__pypackages__"}
_MOST_FILES = 300
_MOST_BYTES = 20_000_000
_ENOUGH_LINES = 3
_IN_FOLDER = 2
_FAR_LESS = 4
"""The expected file gives way to another that holds more than so many times as much of the group's own."""


def find_report(tree: Tree, templates: Sequence[Template]) -> list[Found]:
    """The files that hold the template's text, the report first.

    The file at the expected path comes first, unless another one holds far more answers and ticks: an untouched copy
    of the template is nobody's report. The others follow by how much of the group's own they hold. They are looked for
    where the first leaves something out: a question, or the ticks.
    """
    wordings = wordings_of(templates)
    expected = [path for template in templates for path in template.reports]
    first = next((path for path in dict.fromkeys(expected) if path in tree.entries), None)
    main = _draft(tree, first, wordings, 0) if first else None
    if main is not None and main.is_whole and main.checklist.ticked:
        return [main]
    drafts = [main] if main else []
    for entry in _candidates(tree, expected):
        if entry.path != first:
            enough = 1 if _rank(entry.path, expected) <= _IN_FOLDER else _ENOUGH_LINES
            draft = _draft(tree, entry.path, wordings, enough)
            drafts += [draft] if draft else []
    if main is None and sum(draft.sightings.weight for draft in drafts) < _ENOUGH_LINES:
        return []
    best = max((draft.content for draft in drafts), default=0)

    def order(draft: Draft) -> tuple[bool, int, int, str]:
        holds = draft is main and draft.content * _FAR_LESS >= best
        return not holds, -draft.content, _rank(draft.path, expected), draft.path

    return sorted(drafts, key=order)


def explain_missing(tree: Tree, templates: Sequence[Template]) -> str:
    """Why there is no report, in one sentence: not there, or there and not readable."""
    expected = list(dict.fromkeys(path for template in templates for path in template.reports))
    for path in expected:
        if path in tree.entries:
            reason = tree.unread(path)
            if reason:
                return f"{path} could not be read: {reason}."
            if tree.text(path) is None:
                return f"{path} could not be read: it is no text."
            return f"{path} is there, but it holds none of the template's text."
    return "No report was found: no Markdown file holds the template's text."


def _draft(tree: Tree, path: str, wordings: Wordings, enough: int) -> Draft | None:
    """The file read, where it holds so many of the template's lines, and at all something of its form."""
    text = tree.text(path)
    if not text:
        return None
    sightings = Sightings(text, wordings)
    if sightings.weight < enough:
        return None
    draft = draft_file(path, text, sightings)
    return draft if draft.answers or sightings.weight else None


def _candidates(tree: Tree, expected: Sequence[str]) -> Iterator[Entry]:
    """The Markdown files of the repository, the likely ones first, within bounds."""
    entries = [
        entry
        for entry in tree.entries.values()
        if entry.kind is EntryKind.FILE
        and entry.size is not None
        and 0 < entry.size <= tree.limit
        and entry.path.lower().endswith(_SUFFIXES)
        and not _FOREIGN.intersection(entry.path.split("/"))
    ]
    entries.sort(key=lambda entry: (_rank(entry.path, expected), entry.path.count("/"), entry.path))
    size = 0
    chosen = []
    for entry in entries[:_MOST_FILES]:
        size += entry.size or 0
        if size > _MOST_BYTES:
            break
        chosen.append(entry)
    tree.load(entry.path for entry in chosen)
    yield from chosen


def _rank(path: str, expected: Sequence[str]) -> int:
    """How likely a path is: expected, expected but for case, in a folder of reports, elsewhere; hidden folders last."""
    if path in expected:
        return 0
    if path.lower() in {one.lower() for one in expected}:
        return 1
    parts = [part.lower() for part in PurePosixPath(path).parts]
    if any(part.startswith(".") for part in parts[:-1]):
        return 5
    folders = {PurePosixPath(one).parts[0].lower() for one in expected if "/" in one}
    if folders & set(parts[:-1]) or "report" in parts[:-1]:
        return 2
    return 3 if any("report" in part for part in parts) else 4
