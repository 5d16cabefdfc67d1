"""What the class page says of all groups, worked out from their summaries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from harvester.models.marks import GroupProgress
from harvester.models.status import Verdict
from harvester.models.template import Limits
from harvester.outputs.page_options import PageOptions
from harvester.outputs.plots import Bars, Spread, draw_days, draw_spread, sum_days
from harvester.outputs.summary import Column, GroupSummary
from harvester.outputs.wording import NOT_YET, STATUSES, VERDICTS

LETTERS: dict[str, Verdict] = {words.letter: verdict for verdict, words in VERDICTS.items()}
CSS_OF_LETTER: dict[str, str] = {words.letter: words.css for words in VERDICTS.values()}


_BAR = (
    Verdict.CONFIRMED,
    Verdict.UNCLAIMED,
    Verdict.WEAK,
    Verdict.ASK,
    Verdict.UNSUPPORTED,
    Verdict.NOT_CLAIMED,
)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One group's row: summary, link, and its verdicts in the class's columns (blank: no such item)."""

    summary: GroupSummary
    href: str
    cells: str
    kinds: str
    """The style names of the verdicts that the group has, for the filters."""
    progress: GroupProgress | None


@dataclass(slots=True)
class ItemTally:
    """One item over the class."""

    column: Column
    ticked: int = 0
    groups: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=dict)

    @property
    def shares(self) -> tuple[tuple[str, int], ...]:
        """(style name, groups), in the order of a bar."""
        return tuple((VERDICTS[verdict].css, self.verdicts.get(verdict, 0)) for verdict in _BAR)

    @property
    def text(self) -> str:
        """The bar in words."""
        return ", ".join(
            f"{self.verdicts[verdict]} {VERDICTS[verdict].counted}" for verdict in _BAR if self.verdicts.get(verdict)
        )


@dataclass(slots=True)
class QuestionTally:
    """One question over the class."""

    number: int
    title: str
    limits: Limits
    words: list[int] = field(default_factory=list)
    groups: int = 0
    problems: int = 0
    short: int = 0
    long: int = 0
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class ClassView:
    """All that the class template needs."""

    rows: tuple[ClassRow, ...]
    """In the roster's order."""
    triage: tuple[ClassRow, ...]
    """Groups with a reason to look, worst first."""
    sections: tuple[tuple[str, int], ...]
    """(section, number of columns)"""
    items: tuple[ItemTally, ...]
    questions: tuple[QuestionTally, ...]
    activity: Bars | None
    """A commit counts once for everybody who made it or helped with it."""
    commits: int
    statuses: tuple[tuple[str, int], ...]
    """(how groups came through, in words; how many)"""
    counts: dict[Verdict, int]
    minutes: int
    settled: int
    to_settle: int

    @property
    def named(self) -> bool:
        """Whether any group has a name beside its id."""
        return any(row.summary.name not in ("", row.summary.id) for row in self.rows)


def view_class(
    summaries: Iterable[GroupSummary], options: PageOptions, progress: Mapping[str, GroupProgress] | None
) -> ClassView:
    """Lay the groups beside each other."""
    groups = tuple(summaries)
    columns = _collect_columns(groups)
    given = progress or {}
    rows = tuple(_view_row(one, columns, options, given.get(one.id) if one.harvested else None) for one in groups)
    items = _tally_items(groups, columns)
    statuses = Counter(one.status_words for one in groups)
    return ClassView(
        rows=rows,
        triage=tuple(sorted((row for row in rows if row.summary.weight), key=lambda row: -row.summary.weight)),
        sections=_span_sections(columns),
        items=items,
        questions=_tally_questions(groups),
        activity=draw_days(sum_days(one.by_day for one in groups), noun="contribution"),
        commits=sum(one.commits for one in groups),
        statuses=tuple((words, statuses[words]) for words in (*STATUSES.values(), NOT_YET) if statuses[words]),
        counts={verdict: sum(one.count(verdict) for one in groups) for verdict in VERDICTS},
        minutes=sum(one.minutes for one in groups),
        settled=sum(row.progress.settled for row in rows if row.progress),
        to_settle=sum(row.progress.rows for row in rows if row.progress),
    )


def _collect_columns(groups: Sequence[GroupSummary]) -> tuple[Column, ...]:
    """Every item of the class once, those of one section together, in the order of first sight."""
    found: dict[str, Column] = {}
    for group in groups:
        for column in group.columns:
            found.setdefault(column.id, column)
    order = {section: place for place, section in enumerate(dict.fromkeys(c.section for c in found.values()))}
    return tuple(sorted(found.values(), key=lambda column: order[column.section]))


def _span_sections(columns: Sequence[Column]) -> tuple[tuple[str, int], ...]:
    spans: dict[str, int] = {}
    for column in columns:
        spans[column.section] = spans.get(column.section, 0) + 1
    return tuple(spans.items())


def _view_row(
    group: GroupSummary, columns: Sequence[Column], options: PageOptions, progress: GroupProgress | None
) -> ClassRow:
    letters = {column.id: letter for column, letter in zip(group.columns, group.verdicts, strict=True)}
    cells = "".join(letters.get(column.id, " ") for column in columns)
    href = quote(options.handin_href.replace("{folder}", group.folder))
    kinds = "".join(VERDICTS[verdict].css for verdict, _ in group.counts)
    return ClassRow(group, href, cells, kinds, progress)


def _tally_items(groups: Sequence[GroupSummary], columns: Sequence[Column]) -> tuple[ItemTally, ...]:
    tallies = {column.id: ItemTally(column) for column in columns}
    for group in groups:
        for column, claim, letter in zip(group.columns, group.claims, group.verdicts, strict=True):
            tally, verdict = tallies[column.id], LETTERS[letter]
            tally.groups += 1
            tally.ticked += claim == "T"
            tally.verdicts[verdict] = tally.verdicts.get(verdict, 0) + 1
    return tuple(tallies.values())


def _tally_questions(groups: Sequence[GroupSummary]) -> tuple[QuestionTally, ...]:
    tallies: dict[str, QuestionTally] = {}
    for group in groups:
        for answer in group.answers:
            tally = tallies.setdefault(answer.id, QuestionTally(answer.number, answer.title, answer.limits))
            tally.groups += 1
            tally.problems += answer.problems
            if answer.answered:
                tally.words.append(answer.words)
                low, high = answer.limits.min_words, answer.limits.max_words
                tally.short += low is not None and answer.words < low
                tally.long += high is not None and answer.words > high
    scale = max(
        (max((tally.limits.max_words or 0) * 1.5, _upper(tally.words)) for tally in tallies.values()), default=1
    )
    for tally in tallies.values():
        tally.spread = draw_spread(tally.words, tally.limits, scale)
    return tuple(sorted(tallies.values(), key=lambda tally: tally.number))


def _upper(words: Sequence[int]) -> float:
    """The 95th percentile: one group that wrote a book does not flatten every plot."""
    return float(sorted(words)[int(0.95 * (len(words) - 1))]) if words else 0.0
