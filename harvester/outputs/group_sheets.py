"""The sheets of a group's grading workbook, in the order of work."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from harvester.models.marks import (
    ANSWER_DECISIONS,
    FIELDS,
    ITEM_DECISIONS,
    MEMBER_DECISIONS,
    OVERALL,
    OVERALL_DECISIONS,
    Context,
    GroupMarks,
    Mark,
)
from harvester.models.points import PointsSettings
from harvester.models.problems import title_of
from harvester.models.record import Contribution, GroupRecord
from harvester.models.status import Verdict
from harvester.outputs import columns
from harvester.outputs.contexts import changes_since, contexts_of, homeless, people_of
from harvester.outputs.counting import answer_formulas, item_formulas, proposal, total_formula, total_in_words
from harvester.outputs.help_sheet import add_help
from harvester.outputs.hosting_view import sum_up_ci, sum_up_pulls
from harvester.outputs.marks_sheets import add_conflicts, add_homeless
from harvester.outputs.record_cells import (
    answer_cells,
    commit_link,
    finding,
    problem_count,
    report_link,
    ticked,
    verdict_counts,
    when,
)
from harvester.outputs.sheets import Book, Cell, Formula, Link, Sheet
from harvester.outputs.wording import METHODS, NOT_LOOKED, VERDICTS, plural, show_status
from harvester.outputs.workbook_meta import SHEET, Baseline, Identity, baseline_of, group_rows, identity_row

_UNTIED = "no commit could be tied to this member"
_VERDICT_WORDS = tuple(words.shown for words in VERDICTS.values())


def build_group(
    record: GroupRecord, marks: GroupMarks, settings: PointsSettings, identity: Identity, path: Path, zone: str
) -> None:
    """Write the workbook to `path` (a temporary file). `zone` is the course's."""
    book = Book()
    rows = Rows(record, marks, settings)
    checklist = _checklist(book, rows, settings)
    answers = _answers(book, rows, settings)
    overview = _overview(book, rows, settings, checklist, answers, zone)
    _people(book, rows, settings, zone)
    _problems(book, record)
    add_help(book, settings)
    if marks.conflicts:
        add_conflicts(book, marks.conflicts)
    lost = homeless(record, marks)
    if lost:
        add_homeless(book, [(key, key, mark) for key, mark in lost.items()])
        rows.written |= {key: baseline_of(mark, "", mark.against) for key, mark in lost.items()}
    book.hide(SHEET, [identity_row(identity), *group_rows(record.group.id, rows.written)])
    book.order([overview.title])
    book.save(path)


class Rows:
    """Hands out the grader's cells of a group's rows, and remembers what was written into them."""

    def __init__(self, record: GroupRecord, marks: GroupMarks, settings: PointsSettings) -> None:
        self.record, self.marks = record, marks
        self.contexts: Mapping[str, Context] = contexts_of(record, settings)
        self._answers = {f"q:{one.id}": one.text for one in record.questions}
        self.written: dict[str, Baseline] = {key: Baseline(context=one) for key, one in self.contexts.items()}

    def grader(self, key: str) -> dict[str, Cell]:
        """The grader's cells of one row."""
        mark, context = self.marks.mark(key), self.contexts[key]
        flag = changes_since(mark, context, self._answers.get(key, ""))
        self.written[key] = baseline_of(mark, flag, context)
        return {"flag": flag or None, **grader_cells(mark)}


def grader_cells(mark: Mark | None) -> dict[str, Cell]:
    """A mark's cells by column key."""
    return {} if mark is None else {field: getattr(mark, field) for field in FIELDS}


def add_item_rules(sheet: Sheet) -> None:
    """Drop-down, bounds and colours of a sheet of checklist items."""
    sheet.choose("decision", ITEM_DECISIONS, "What holds, in your judgement. “agree”: as the tool says.")
    sheet.limit("points", "0", f"${sheet.letter('most')}2", "Overrules the decision: from 0 to the number under “Of”.")
    sheet.colour("verdict", _VERDICT_WORDS)
    sheet.colour("state", ("open",))
    sheet.close()


def add_answer_rules(sheet: Sheet) -> None:
    """Drop-down, bounds and colours of a sheet of answers."""
    sheet.choose("decision", ANSWER_DECISIONS, "Full, partial or no points. Points that you type overrule it.")
    sheet.limit("points", "0", f"${sheet.letter('most')}2", "From 0 to the number under “Of”.")
    sheet.colour("state", ("open",))
    sheet.close()


def own_cells(sheet: Sheet) -> dict[str, str]:
    """The cells of the row to be written next that its formulas read."""
    keys = ("decision", "points", "most", "proposed")
    return {key: f"{sheet.letter(key)}{sheet.next_row}" for key in keys if sheet.has(key)}


def _checklist(book: Book, rows: Rows, settings: PointsSettings) -> Sheet:
    sheet = book.add("Checklist", columns.CHECKLIST)
    for item in rows.record.checklist:
        counted, state = item_formulas(item.id, item.verdict, settings, own_cells(sheet))
        sheet.add(
            {
                "id": item.id,
                "title": item.title or item.text,
                "section": item.section,
                **finding(rows.record, item),
                "proposed": proposal(item, settings),
                "most": settings.of_item(item.id),
                "counted": Formula(counted),
                "state": Formula(state),
                **rows.grader(item.id),
            },
            lines=(2, 5),
        )
    add_item_rules(sheet)
    return sheet


def _answers(book: Book, rows: Rows, settings: PointsSettings) -> Sheet:
    sheet = book.add("Answers", columns.ANSWERS)
    for answer in rows.record.questions:
        counted, state = answer_formulas(answer, settings, own_cells(sheet))
        sheet.add(
            {
                "id": f"q:{answer.id}",
                "number": answer.number,
                "title": answer.title,
                **answer_cells(rows.record, answer),
                "most": settings.of_question(answer.id),
                "counted": Formula(counted),
                "state": Formula(state),
                **rows.grader(f"q:{answer.id}"),
            },
            lines=(2, 12),
        )
    add_answer_rules(sheet)
    return sheet


def _overview(book: Book, rows: Rows, settings: PointsSettings, checklist: Sheet, answers: Sheet, zone: str) -> Sheet:
    sheet = book.add("Overview", columns.OVERVIEW)
    for what, value, how in _facts(rows.record, zone):
        sheet.add({"what": what, "value": value, "how": how}, lines=(1, 6), locked=True)
    value, first = sheet.letter("value"), sheet.next_row
    lines = (
        ("Checklist", f"=SUM({checklist.span('counted')})", "Sum of “Counts” on the sheet Checklist"),
        ("Answers", f"=SUM({answers.span('counted')})", "Sum of “Counts” on the sheet Answers"),
        (
            "Full marks",
            f"={settings.checklist_weight:.12g}*SUM({checklist.span('most')})"
            f"+{settings.answers_weight:.12g}*SUM({answers.span('most')})",
            "The same sums of “Of”, with their weights",
        ),
        ("Items still open", f'=COUNTIF({checklist.span("state")},"open")', "Need a person: no decision, no points"),
        ("Answers still open", f'=COUNTIF({answers.span("state")},"open")', "No decision, no points"),
    )
    for what, formula, how in lines:
        sheet.add({"what": what, "value": Formula(formula), "how": how}, locked=True)
    adjustment = f"{sheet.letter('points')}{first + len(lines) + 1}"
    total = total_formula(f"{value}{first}", f"{value}{first + 1}", adjustment, f"{value}{first + 2}", settings)
    sheet.add(
        {"what": "Total", "value": Formula(f"={total}"), "how": total_in_words(settings)}, locked=True, lines=(1, 3)
    )
    sheet.add(
        {
            "id": OVERALL,
            "what": "Overall",
            "value": "Your word on the whole: points here are added to the total (or taken off), "
            "the comment is for the group, the staff note is never released.",
            "how": f"Between -{settings.adjustment:g} and {settings.adjustment:g}",
            **rows.grader(OVERALL),
        },
        lines=(3, 6),
    )
    bound = f"{settings.adjustment:.12g}"
    sheet.choose("decision", OVERALL_DECISIONS, "Whether the group is done.")
    sheet.limit("points", f"-{bound}", bound, f"An addition or deduction of at most {settings.adjustment:g}.")
    sheet.colour("value", ("✓", "✗"))
    sheet.close()
    return sheet


def _facts(record: GroupRecord, zone: str) -> list[tuple[str, Cell, Cell]]:
    """What the overview says of the group: (what, value, how)."""
    counts, snapshot = verdict_counts(record), record.snapshot
    members = "\n".join(f"{one.id}  {one.name or ''}".rstrip() for one in record.group.members)
    web = record.group.repo_url if record.group.repo_url.startswith(("https://", "http://")) else None
    facts: list[tuple[str, Cell, Cell]] = [
        ("Group", record.group.id, record.group.name),
        ("Status", show_status(record), record.problem or ""),
        ("Repository", Link(record.group.repo_url or "–", web), ""),
        ("Members", members or "–", ""),
    ]
    if snapshot is not None:
        late = f"{plural(snapshot.commits_after_deadline, 'commit')} after it"
        facts += [
            ("Commit", commit_link(record), f"on {snapshot.branch}" if snapshot.branch else ""),
            ("Chosen as", METHODS.get(snapshot.method, snapshot.method), ""),
            ("Committed", when(snapshot.committed_at, zone), ""),
            ("Deadline", when(snapshot.deadline, zone), late if snapshot.deadline else ""),
            ("Report", report_link(record, None), f"template: {record.template or 'none'}"),
        ]
    if record.ci is not None:
        facts.append(("CI", sum_up_ci(record.ci), _asked_at(record.ci.reason, record.ci.taken_at, zone)))
    if record.github is not None:
        reason = record.github.unknown.get("pulls", "")
        facts.append(("Pull requests", sum_up_pulls(record.github), _asked_at(reason, record.github.taken_at, zone)))
    said = ", ".join(f"{counts[verdict]} {VERDICTS[verdict].shown}" for verdict in Verdict if counts[verdict])
    answered = sum(answer.answered for answer in record.questions)
    known = record.looked_through
    return [
        *facts,
        ("Ticked", f"{ticked(record)} of {len(record.checklist)}" if known else NOT_LOOKED, said if known else ""),
        ("Answered", f"{answered} of {len(record.questions)}" if known else NOT_LOOKED, ""),
        ("Problems", problem_count(record), "On the sheet Problems"),
        ("Made by", f"harvester {record.tool.version}", f"rules: {record.tool.config}"),
    ]


def _asked_at(reason: str, taken_at: str | None, zone: str) -> str:
    """Why something is not known, and when GitHub was asked."""
    return " ".join(part for part in (reason, f"GitHub was asked {when(taken_at, zone)}" if taken_at else "") if part)


def _people(book: Book, rows: Rows, settings: PointsSettings, zone: str) -> None:
    sheet = book.add("People", columns.PEOPLE)
    members = {one.id: one for one in rows.record.group.members}
    for key, member, parts in people_of(rows.record):
        sheet.add(
            {
                "id": key,
                "member": member or "tied to nobody",
                "name": (members[member].name or "") if member else "",
                "names": _say_names(parts) if rows.record.looked_through else NOT_LOOKED,
                "commits": _sum_known(one.commits for one in parts),
                "added": _sum_known(one.added for one in parts),
                "removed": _sum_known(one.removed for one in parts),
                "days": _sum_known(one.active_days for one in parts),
                "merges": _sum_known(one.merges for one in parts),
                "reviews": _sum_known(one.reviews for one in parts),
                "first": min((when(one.first, zone) for one in parts if one.first), default="–"),
                "last": max((when(one.last, zone) for one in parts if one.last), default="–"),
                **rows.grader(key),
            },
            lines=(2, 6),
        )
    bound = f"{settings.adjustment:.12g}"
    sheet.choose("decision", MEMBER_DECISIONS, "Whether this member has the group's marks.")
    own = f"This student's own addition or deduction, at most {settings.adjustment:g}: in the export, on no page."
    sheet.limit("points", f"-{bound}", bound, own)
    sheet.hint("comment", "Stays with the staff: pages go to whole groups, so no word on one member is in them.")
    sheet.close()


def _say_names(parts: Iterable[Contribution]) -> str:
    """How somebody signs; how many they are where it is everybody who is not listed."""
    more = next((one.people for one in parts if one.people > 1), 0)
    names = "\n".join(dict.fromkeys(name for one in parts for name in one.names)) or _UNTIED
    return f"and {more:,} more people" if more else names


def _sum_known(numbers: Iterable[int | None]) -> int | str:
    """A sum; a dash where nothing is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else "–"


def _problems(book: Book, record: GroupRecord) -> None:
    sheet = book.add("Problems", columns.PROBLEMS, tab="8A1C00")

    def add(kind: str, about: str, message: str, line: Link | str = "") -> None:
        sheet.add({"kind": kind, "about": about, "message": message, "line": line}, lines=(1, 6))

    if record.problem:
        add(show_status(record), "the group", record.problem)
    for one in record.problems:
        add(title_of(one.code), one.path or "the group", one.message, report_link(record, one.line, one.path))
    for answer in record.questions:
        for one in answer.problems:
            link = report_link(record, one.line or answer.line, one.path)
            add(title_of(one.code), f"{answer.number}. {answer.title}", one.message, link)
    for tick in record.extra_items:
        add("An item of their own", tick.section, tick.text, report_link(record, tick.line))
    sheet.close()
