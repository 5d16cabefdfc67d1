"""The sheets of the class workbook: every group in a row, every question and checklist part across all groups."""

import pickle
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harvester.models.group import called, safe_name
from harvester.models.marks import OVERALL, OVERALL_DECISIONS, Conflict, GroupMarks
from harvester.models.points import PointsSettings
from harvester.models.record import ChecklistItem, GroupRecord
from harvester.models.report import Answer
from harvester.models.status import Verdict
from harvester.outputs import columns
from harvester.outputs.cells import clean
from harvester.outputs.counting import answer_formulas, item_formulas, proposal, total_formula
from harvester.outputs.group_sheets import Rows, add_answer_rules, add_item_rules, own_cells
from harvester.outputs.help_sheet import add_help
from harvester.outputs.marks_sheets import add_conflicts, add_homeless
from harvester.outputs.record_cells import (
    answer_cells,
    commit_link,
    finding,
    problem_count,
    ticked,
    verdict_counts,
)
from harvester.outputs.sheets import Book, Cell, Formula, Link, Sheet
from harvester.outputs.wording import named_problems, show_status
from harvester.outputs.workbook_meta import SHEET, Identity, baseline_of, class_id, group_rows, identity_row

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_LONGEST = 31
CLASS, QUESTIONS = "Class", "Questions"


@dataclass
class _Pages:
    """The sheets of one kind, by question id or part of the checklist, in the order in which they are first met."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)


@dataclass
class _Class:
    """What is gathered while the records go by."""

    book: Book
    settings: PointsSettings
    answers: _Pages = field(default_factory=_Pages)
    items: dict[str, list[bytes]] = field(default_factory=dict)
    """Check id -> each group's row, packed: a class of 1,000 has more than 50,000."""
    home: dict[str, str] = field(default_factory=dict)
    """Check id -> the part of the checklist that it was first met in."""
    groups: dict[str, dict[str, Cell]] = field(default_factory=dict)
    """Group id -> its row on the first sheet, but for the formulas."""
    hidden: list[tuple[str, str]] = field(default_factory=list)


def build_class(
    records: Iterable[GroupRecord],
    marks_of: Callable[[str], GroupMarks],
    marked: Iterable[str],
    conflicts: tuple[Conflict, ...],
    settings: PointsSettings,
    identity: Identity,
    path: Path,
) -> None:
    """Write the class workbook to `path` (a temporary file).

    Parameters
    ----------
    records
        One per rostered group, in the roster's order.
    marks_of, marked
        The marks of a group by its id, and the ids of all groups that have any.
    conflicts
        What two workbooks disagree on.
    """
    book = Book()
    everything = _Class(book, settings)
    for record in records:
        rows = Rows(record, marks_of(record.group.id), settings)
        for answer in record.questions:
            _add_answer(everything, record, answer, rows)
        for item in record.checklist:
            everything.home.setdefault(item.id, item.section or "Checklist")
            row = (item.verdict, _item_row(record, item, settings) | rows.grader(item.id))
            everything.items.setdefault(item.id, []).append(pickle.dumps(row))
        everything.groups[record.group.id] = _class_row(record) | rows.grader(OVERALL)
        everything.hidden += group_rows(record.group.id, rows.written)
    for sheet in everything.answers.sheets.values():
        add_answer_rules(sheet)
    parts = _add_items(everything)
    _add_index(book, everything.answers, parts)
    _add_class(everything, parts)
    if conflicts:
        add_conflicts(book, conflicts)
    add_help(book, settings)
    written = _add_homeless(everything, marks_of, marked)
    book.hide(SHEET, [identity_row(identity), *written])
    book.order([CLASS, QUESTIONS, *(one.title for one in everything.answers.sheets.values())])
    book.save(path)


def _add_answer(everything: _Class, record: GroupRecord, answer: Answer, rows: Rows) -> None:
    pages, settings = everything.answers, everything.settings
    if answer.id not in pages.sheets:
        title = _sheet_name(f"Q{answer.number:02d} {answer.title}", everything.book)
        pages.sheets[answer.id] = everything.book.add(title, columns.CLASS_ANSWERS)
        pages.about[answer.id] = f"Question {answer.number}: {answer.title}"
    sheet, key = pages.sheets[answer.id], f"q:{answer.id}"
    counted, state = answer_formulas(answer, settings, own_cells(sheet))
    sheet.add(
        {
            "id": class_id(key, record.group.id),
            "group": record.group.id,
            **answer_cells(record, answer),
            "most": settings.of_question(answer.id),
            "counted": Formula(counted),
            "state": Formula(state),
            **rows.grader(key),
        },
        lines=(2, 12),
    )


def _item_row(record: GroupRecord, item: ChecklistItem, settings: PointsSettings) -> dict[str, Cell]:
    """An item's row, but for its formulas and the grader's cells."""
    return {
        "id": class_id(item.id, record.group.id),
        "group": record.group.id,
        "item": item.title or item.text,
        **finding(record, item),
        "proposed": proposal(item, settings),
        "most": settings.of_item(item.id),
    }


def _add_items(everything: _Class) -> _Pages:
    """One sheet per part of the checklist: item by item, all groups of an item together."""
    pages, settings = _Pages(), everything.settings
    for part in dict.fromkeys(everything.home.values()):
        sheet = everything.book.add(_sheet_name(_part_title(part), everything.book), columns.CLASS_ITEMS, tab="0B5D33")
        pages.sheets[part], pages.about[part] = sheet, f"Checklist: {part}"
        for item in (item for item, home in everything.home.items() if home == part):
            for row in everything.items.pop(item):
                verdict, values = pickle.loads(row)  # noqa: S301 - what build_class packed
                counted, state = item_formulas(item, verdict, settings, own_cells(sheet))
                sheet.add({**values, "counted": Formula(counted), "state": Formula(state)}, lines=(2, 5))
        add_item_rules(sheet)
    return pages


def _add_index(book: Book, answers: _Pages, items: _Pages) -> None:
    sheet = book.add(QUESTIONS, columns.INDEX)
    for pages in (answers, items):
        for name, one in pages.sheets.items():
            quoted = one.title.replace("'", "''")
            sheet.add(
                {
                    "sheet": Link(one.title, f"#'{quoted}'!A1"),
                    "title": pages.about[name],
                    "rows": one.rows - 1,
                    "open": Formula(f'=COUNTIF({one.span("state")},"open")'),
                }
            )
    sheet.close()


def _add_class(everything: _Class, parts: _Pages) -> None:
    settings = everything.settings
    sheet = everything.book.add(CLASS, columns.CLASS)
    answers = tuple(everything.answers.sheets.values())
    items = tuple(parts.sheets.values())
    for values in everything.groups.values():
        row = sheet.next_row
        group = f"${sheet.letter('group')}{row}"
        most = _sum_over(
            [(settings.checklist_weight, items), (settings.answers_weight, answers)], "most", group, weighted=True
        )
        cells = {key: f"{sheet.letter(key)}{row}" for key in ("checklist", "answers", "points", "most")}
        total = total_formula(cells["checklist"], cells["answers"], cells["points"], cells["most"], settings)
        formulas = {
            "open": Formula(_open_rows((*items, *answers), group)),
            "checklist": Formula(_sum_over([(1, items)], "counted", group)),
            "answers": Formula(_sum_over([(1, answers)], "counted", group)),
            "most": Formula(most),
            "total": Formula(f"={total}"),
        }
        sheet.add({**values, **formulas}, lines=(2, 4))
    bound = f"{settings.adjustment:.12g}"
    sheet.choose("decision", OVERALL_DECISIONS, "Whether the group is done.")
    sheet.limit("points", f"-{bound}", bound, f"Added to the total or taken off: at most {settings.adjustment:g}.")
    sheet.colour("status", ("✓", "✗"))
    sheet.close()


def _class_row(record: GroupRecord) -> dict[str, Cell]:
    """A group's row on the first sheet, but for its formulas and the grader's cells."""
    counts = verdict_counts(record)
    workbook = f"groups/{safe_name(record.group.id)}/grading.xlsx"
    problem = record.problem if record.harvested else None
    known: dict[str, Cell] = {
        "ticks": ticked(record),
        **{verdict.value: counts[verdict] for verdict in Verdict if verdict is not Verdict.NOT_CLAIMED},
        "answered": sum(answer.answered for answer in record.questions),
    }
    return {
        "id": class_id(OVERALL, record.group.id),
        "group": record.group.id,
        "name": record.group.name,
        "status": show_status(record),
        "problem": "\n".join(filter(None, [problem, *named_problems(record).values()])),
        "commit": commit_link(record),
        "workbook": Link("open", workbook) if record.harvested else "–",
        **(known if record.looked_through else dict.fromkeys(known, "–")),
        "problems": problem_count(record),
    }


def _sum_over(
    weighted_sheets: list[tuple[float, tuple[Sheet, ...]]], column: str, group: str, *, weighted: bool = False
) -> str:
    """The sum of a column over a group's rows on several sheets. SUMPRODUCT compares ids as text; SUMIF would not."""
    terms = [
        (f"{weight:.12g}*" if weighted else "") + f"SUMPRODUCT(({sheet.span('group')}={group})*{sheet.span(column)})"
        for weight, sheets in weighted_sheets
        for sheet in sheets
    ]
    return "=" + ("+".join(terms) or "0")


def _open_rows(sheets: tuple[Sheet, ...], group: str) -> str:
    terms = [f'SUMPRODUCT(({one.span("group")}={group})*({one.span("state")}="open"))' for one in sheets]
    return "=" + ("+".join(terms) or "0")


def _add_homeless(
    everything: _Class, marks_of: Callable[[str], GroupMarks], marked: Iterable[str]
) -> list[tuple[str, str]]:
    """Marks of groups that the roster has no more, and text without an id; the hidden rows of all groups."""
    hidden, lost = everything.hidden, []
    for group in marked:
        if group not in everything.groups:
            marks = {key: mark for key, mark in marks_of(group).marks.items() if not mark.blank}
            lost += [(class_id(key, group), f"{key} of {called(group, 'group')}", mark) for key, mark in marks.items()]
            hidden += group_rows(group, {key: baseline_of(mark, "", mark.against) for key, mark in marks.items()})
    if lost:
        add_homeless(everything.book, lost)
    return hidden


def _part_title(part: str) -> str:
    return part if part.startswith("Checklist") else f"Checklist {part}"


def _sheet_name(wanted: str, book: Book) -> str:
    """A name that Excel takes: whole words, 31 characters at most, without its forbidden ones, no two alike."""
    base = _FORBIDDEN.sub(" ", clean(wanted)).strip() or "Sheet"
    if len(base) > _LONGEST:
        base = base[: _LONGEST + 1].rpartition(" ")[0].strip() or base[:_LONGEST]
    taken = {title.casefold() for title in book.titles}
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base[:27]} {number}", number + 1
    return name
