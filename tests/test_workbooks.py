"""Grading workbooks: what they show, what they let one type, and that they are safe and whole."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from harvester.models.evidence import Place
from harvester.models.hosting import CiWord
from harvester.models.marks import OVERALL, Context, GroupMarks, Mark
from harvester.models.points import PointsSettings
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord
from harvester.models.status import Claim, Status
from harvester.models.template import Limits
from harvester.outputs.columns import HEADINGS, ID, Column
from harvester.outputs.counting import count_points, round_points
from harvester.outputs.marks import load_marks
from harvester.outputs.sheets import Book, Link
from harvester.outputs.workbook_class import write_class_workbook
from harvester.outputs.workbook_group import write_group_workbook
from tests.support.grader import Course, cells_of, graded_sheets, header_of, type_into
from tests.support.records import HOSTILE, make_class, make_record, with_hosting

SOFFICE = shutil.which("soffice")
KILLS = int(os.environ.get("HARVESTER_KILLS", "4"))
MARKS = GroupMarks(
    group_id="45",
    marks={
        "git_repo": Mark(points=0.25, comment="-1 for this", grader="AB"),
        "write_access": Mark(decision="agree"),
        "environment": Mark(decision="Partial", against=Context(sha="0" * 40, verdict="confirmed")),
        "cookiecutter": Mark(decision="ask again"),
        "data_script": Mark(points="=1+1", decision="found"),
        "model_and_train": Mark(decision="absent"),
        "requirements_filled": Mark(points=7.0),
        "typing_docs": Mark(decision="fuond"),
        "q:dependencies": Mark(decision="full"),
        "q:structure": Mark(points=1.5),
        "q:tests": Mark(decision="partial"),
        "q:members": Mark(points=0.75),
        OVERALL: Mark(points=-1.5, comment="Fint"),
        "gone": Mark(points=3.0),
    },
)


def write(record: GroupRecord, path: Path, marks: GroupMarks = MARKS, points: PointsSettings | None = None) -> Any:
    write_group_workbook(record, marks, points or PointsSettings(), path)
    return load_workbook(path)


def test_the_sheets_are_in_the_order_of_work_and_no_other_is_seen(tmp_path: Path) -> None:
    book = write(make_record("45"), tmp_path / "grading.xlsx", GroupMarks(group_id="45"))
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert visible == ["Overview", "Checklist", "Answers", "People", "Problems", "Help"]
    assert book.active.title == "Overview"


def test_every_item_and_answer_has_its_row(tmp_path: Path) -> None:
    record = make_record("45")
    book = write(record, tmp_path / "grading.xlsx")
    assert _column(book["Checklist"], ID) == [item.id for item in record.checklist]
    assert _column(book["Answers"], ID) == [f"q:{answer.id}" for answer in record.questions]
    assert _column(book["Answers"], "Words") == [answer.words for answer in record.questions]


def test_the_graders_cells_are_unlocked_and_yellow_and_no_others_are(tmp_path: Path) -> None:
    book = write(make_record("45"), tmp_path / "grading.xlsx")
    for sheet in graded_sheets(book):
        header = header_of(sheet)
        mine = {header[name] for name in HEADINGS.values()}
        for cells in sheet.iter_rows(min_row=2):
            if cells[header[ID]].value:
                unlocked = {cell.column - 1 for cell in cells if not cell.protection.locked}
                assert mine <= unlocked
                assert {cell.column - 1 for cell in cells if cell.fill.fgColor.rgb == "00FFFBE6"} == unlocked
                assert header[ID] not in unlocked
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert not sheet.protection.autoFilter
        assert not sheet.protection.formatColumns


def test_sheets_have_frozen_headers_filters_dropdowns_and_bounds(tmp_path: Path) -> None:
    book = write(make_record("45"), tmp_path / "grading.xlsx")
    for sheet in graded_sheets(book):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.column_dimensions["A"].width <= 14
    rules = {rule.type: rule for rule in book["Checklist"].data_validations.dataValidation}
    assert rules["list"].formula1 == '"agree,found,partial,absent,ask again"'
    assert (rules["decimal"].formula1, rules["decimal"].operator) == ("0", "between")


@pytest.mark.parametrize(
    ("sheet", "heading", "wrong"),
    [
        ("Checklist", "Points", "OR(NOT(ISNUMBER({0})),{0}<0,{0}>$"),
        ("Checklist", "Decision", '{0}<>"agree",{0}<>"found",{0}<>"partial",{0}<>"absent",{0}<>"ask again")'),
        ("Answers", "Decision", '{0}<>"full",{0}<>"partial",{0}<>"none",{0}<>"ask again")'),
        ("Overview", "Points", "{0}<-10,{0}>10))"),
        ("Overview", "Decision", '{0}<>"graded"'),
        ("People", "Points", "{0}<-10,{0}>10))"),
        ("People", "Decision", '{0}<>"as the group"'),
    ],
)
def test_what_cannot_be_used_is_marked_where_it_stands(tmp_path: Path, sheet: str, heading: str, wrong: str) -> None:
    """Pasted text and bounds that were overruled pass by the drop-downs."""
    found = write(make_record("45"), tmp_path / "grading.xlsx")[sheet]
    letter = get_column_letter(header_of(found)[heading] + 1)
    rules = [
        rule
        for area in found.conditional_formatting
        if str(area.sqref).startswith(f"{letter}2:")
        for rule in area.rules
        if rule.dxf.font.underline == "double"
    ]
    assert [wrong.format(f"${letter}2") in rule.formula[0] for rule in rules] == [True]


def test_the_overview_says_how_the_commit_was_chosen_and_what_github_tells(tmp_path: Path) -> None:
    record = with_hosting(make_record("45"), conclusion=CiWord.NO_RUNS)
    sheet = write(record, tmp_path / "grading.xlsx")["Overview"]
    header = header_of(sheet)
    said = {cells[header["What"]].value: cells[header["Value"]].value for cells in sheet.iter_rows(min_row=2)}
    assert "can be set to anything" in said["Chosen as"]
    assert "ended: no runs" in said["CI"]
    assert said["Pull requests"].startswith("12, 10 merged; 6 of 8")


def test_places_are_links_at_the_commit(tmp_path: Path) -> None:
    record = make_record("45")
    sheet = write(record, tmp_path / "grading.xlsx")["Checklist"]
    column = header_of(sheet)["Look here"]
    shown = [cells[column].hyperlink for cells in sheet.iter_rows(min_row=2)]
    assert [link.target if link else None for link in shown] == [
        (item.where or item.hints)[0].url if item.where or item.hints else None for item in record.checklist
    ]


def test_titles_and_links_hold_whatever_they_say(tmp_path: Path) -> None:
    title, url = 'Q01 Tom\'s <A> & "B"', "https://example.org/a?b=1&c='<2>'&d=\"3\""
    book = Book()
    sheet = book.add(title, (Column("where", "Where", 20, "link"),))
    sheet.add({"where": Link("out", url)})
    sheet.add({"where": Link("in", f"#'{title}'!A1")})
    sheet.choose("where", ("a", "b"), 'one\nof "two" & three')
    sheet.close()
    book.save(tmp_path / "a.xlsx")
    read = load_workbook(tmp_path / "a.xlsx")[title]
    assert (read["A2"].hyperlink.target, read["A3"].hyperlink.location) == (url, f"'{title}'!A1")
    assert read.data_validations.dataValidation[0].prompt == 'one\nof "two" & three'
    assert read.auto_filter.ref == "A1:A3"
    assert read.print_title_rows == "$1:$1"


def test_books_of_one_layout_have_their_own_rows_links_and_ends(tmp_path: Path) -> None:
    title = "Q01 of B1000001 and 1000002"
    for number in (0, 1, 40):
        book = Book()
        for name in (title, "Other"):
            sheet = book.add(name, (Column("text", "Text", 20), Column("points", "Points", 9, "input_points")))
            for row in range(number):
                sheet.add({"text": Link(f"row {row} 1000003", f"https://example.org/{number}/{row}")})
            sheet.limit("points", "0", "1000004", "note of 1000005")
            sheet.close()
        book.hide("hidden", [("a", "b")])
        book.save(tmp_path / f"{number}.xlsx")
        read = load_workbook(tmp_path / f"{number}.xlsx")
        assert read.sheetnames == [title, "Other", "hidden"]
        for one in read.worksheets[:2]:
            last = max(2, number + 1)
            assert (one.dimensions, one.auto_filter.ref) == (f"A1:B{number + 1}", f"A1:B{last}")
            assert one["A2"].value == ("row 0 1000003" if number else None)
            ends = [one[f"A{row}"].hyperlink.target for row in range(2, number + 2)]
            assert ends == [f"https://example.org/{number}/{row}" for row in range(number)]
            (bounds,) = one.data_validations.dataValidation
            assert (bounds.formula2, bounds.prompt) == ("1000004", "note of 1000005")
            assert {str(area.sqref) for area in one.conditional_formatting} == {"B2" if last == 2 else f"B2:B{last}"}
            assert one["B1"].fill.start_color.rgb == "007A5C00"


def test_hostile_text_is_never_a_formula(tmp_path: Path) -> None:
    record = make_record("=1+1", hostile=True)
    course = Course(tmp_path, [record])
    course.harvest()
    for path in tmp_path.rglob("*.xlsx"):
        book = load_workbook(path)
        formulas = [cell.value for sheet in book.worksheets for row in sheet for cell in row if cell.data_type == "f"]
        assert formulas
        assert not [one for one in formulas if "HYPERLINK" in one or "cmd" in one or "SUM(1+1)" in one]
        texts = [cell for sheet in book.worksheets for row in sheet for cell in row if cell.value == HOSTILE[0]]
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in texts)
    assert texts


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(), max_size=200))
@example("half of a pair: \ud800")
def test_any_text_makes_a_workbook_that_opens(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    record = make_record("45", items=1, questions=1)
    record = record.model_copy(
        update={
            "problem": text,
            "questions": (record.questions[0].model_copy(update={"text": text, "title": text}),),
            "checklist": (record.checklist[0].model_copy(update={"why": text, "section": text, "title": text}),),
        }
    )
    Course(tmp_path_factory.mktemp("any"), [record]).harvest()


def test_a_group_without_a_report_has_a_workbook_with_its_reason(tmp_path: Path) -> None:
    for record in make_class(14):
        book = write(record, tmp_path / f"{record.group.id}.xlsx", GroupMarks(group_id=record.group.id))
        if record.status is not Status.OK:
            assert record.problem in _column(book["Problems"], "What is odd")


def test_what_could_not_be_looked_at_is_not_called_missing(tmp_path: Path) -> None:
    """Nothing is said of the report and the history of a repository that nobody could open."""
    one = make_record("1")
    blank = {"text": "", "words": 0, "answered": False, "problems": (), "images": ()}
    answers = tuple(answer.model_copy(update=blank) for answer in one.questions)
    items = tuple(item.model_copy(update={"claim": Claim.MISSING}) for item in one.checklist)
    silent = one.model_copy(update={"questions": answers, "checklist": items, "contributions": ()})
    gone = silent.model_copy(update={"status": Status.UNREACHABLE})

    words = {record.status: _words_of(write(record, tmp_path / f"{record.status}.xlsx")) for record in (silent, gone)}

    absences = ("(nothing is written here)", "line not in the report", "no commit could be tied to this member")
    assert all(absence in words[Status.OK] for absence in (*absences, f"0 of {len(answers)}"))
    assert not any(absence in words[Status.UNREACHABLE] for absence in (*absences, f"0 of {len(answers)}"))
    assert "could not look" in words[Status.UNREACHABLE]
    across = Course(tmp_path / "class", [gone, make_record("2")])
    across.harvest()
    rows = load_workbook(across.class_path).worksheets[0].iter_rows(values_only=True)
    titles, first, second = (dict(enumerate(row)) for row, _ in zip(rows, range(3), strict=False))
    numbers = [place for place, title in titles.items() if title in ("Ticked", "Confirmed", "Answered")]
    assert numbers
    assert {first[place] for place in numbers} == {"–"}
    assert all(isinstance(second[place], int) for place in numbers)


def _words_of(book: Any) -> set[object]:
    return {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def test_the_class_workbook_has_every_group_and_a_sheet_per_question_and_part(tmp_path: Path) -> None:
    records = make_class(6)
    course = Course(tmp_path, records)
    course.harvest()
    book = load_workbook(course.class_path)
    assert _column(book["Class"], "Group") == [record.group.id for record in records]
    names = [sheet.title for sheet in book.worksheets]
    assert sum(name.startswith("Q") and name != "Questions" for name in names) == 31
    assert [name for name in names if name.startswith("Ch")] == [
        f"Checklist {part}" for part in ("Week 1", "Week 2", "Week 3", "Extra")
    ]
    read = [record.group.id for record in records if record.questions]
    assert _column(book["Q07 Tests"], "Group") == read
    assert _column(book["Checklist Week 1"], "Group")[: len(read)] == read


def test_unusual_titles_make_sheets_that_excel_takes(tmp_path: Path) -> None:
    record = make_record("1", questions=4, items=2)
    titles = ("a/b:c*?[x]\\'", "x" * 60, "x" * 61, "")
    questions = tuple(
        one.model_copy(update={"title": title, "number": 1})
        for one, title in zip(record.questions, titles, strict=True)
    )
    course = Course(tmp_path, [record.model_copy(update={"questions": questions})])
    course.harvest()
    type_into(course.class_path, "q:members@1", {"comment": "found again"})
    assert cells_of(course.harvest()) == {("1", "q:members", "comment"): "found again"}


def test_names_of_sheets_end_with_a_word(tmp_path: Path) -> None:
    record = make_record("1", questions=2, items=1)
    titles = ("Frameworks not covered in the course", "Ofeighteenlettersss12 and more")
    questions = tuple(
        one.model_copy(update={"title": title}) for one, title in zip(record.questions, titles, strict=True)
    )
    course = Course(tmp_path, [record.model_copy(update={"questions": questions})])
    course.harvest()
    names = [sheet.title for sheet in load_workbook(course.class_path).worksheets]
    assert {"Q01 Frameworks not covered in", "Q02 Ofeighteenlettersss12 and"} <= set(names)


def test_headings_over_numbers_have_room_for_their_words(tmp_path: Path) -> None:
    course = Course(tmp_path, [make_record("1", questions=1, items=1)])
    course.harvest()
    sheet = load_workbook(course.class_path)["Class"]
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert widths["Unsupported"] >= len("Unsupported") + 4 and widths["Confirmed"] >= len("Confirmed") + 4


def test_problems_are_named_in_words_and_commits_are_short(tmp_path: Path) -> None:
    sha = "1a2b3c4d5e" * 4
    record = make_record("45", questions=0)
    item = record.checklist[0].model_copy(
        update={"why": f"Found a commit (commit:{sha}).", "where": (Place(path=f"commit:{sha}", what="x"),)}
    )
    record = record.model_copy(update={"checklist": (item,), "problems": (Problem(code="too_short", message="x"),)})
    path = tmp_path / "grading.xlsx"
    write_group_workbook(record, GroupMarks(group_id="45"), PointsSettings(), path, "Europe/Copenhagen")
    book = load_workbook(path)
    assert _column(book["Problems"], "Kind")[0] == "Too few words"
    assert _column(book["Checklist"], "Why")[0].startswith("Found a commit (commit 1a2b3c4).")
    assert _column(book["Checklist"], "Look here") == ["commit 1a2b3c4"]


def test_one_of_something_is_said_as_one(tmp_path: Path) -> None:
    record = make_record("45")
    item, answer = record.checklist[0], record.questions[0]
    limits = Limits(min_words=1, max_words=1, min_images=1, max_images=None)
    record = record.model_copy(
        update={
            "checklist": (item.model_copy(update={"where": (item.where[0],) * 4}),),
            "questions": (answer.model_copy(update={"limits": limits}),),
        }
    )
    book = write(record, tmp_path / "a.xlsx")
    there = book["Checklist"].cell(2, header_of(book["Checklist"])["What is there"] + 1).value
    asked = book["Answers"].cell(2, header_of(book["Answers"])["Asked for"] + 1).value

    assert there.endswith("(and 1 more place: see handin.html)")
    assert asked == "1 word\nat least 1 figure"


def test_who_is_tied_to_nobody_is_not_said_to_be_no_member(tmp_path: Path) -> None:
    """A roster of study numbers ties hardly anybody: that says nothing about what a member did, or who wrote."""
    people = write(make_record("45"), tmp_path / "a.xlsx")["People"]
    column = header_of(people)
    rows = {row[column[ID]]: row for row in people.iter_rows(min_row=2, values_only=True)}
    silent = rows["m:s000454"]
    (stranger,) = (row for key, row in rows.items() if str(key).startswith("u:"))

    assert silent[column["Names in the history"]] == "no commit could be tied to this member"
    assert silent[column["Commits"]] == "–"
    assert stranger[column["Member"]] == "tied to nobody"
    assert not any("not in the roster" in str(cell) for cell in stranger)


def test_people_who_are_not_listed_are_one_row(tmp_path: Path) -> None:
    record = make_record("45")
    rest = record.contributions[0].model_copy(update={"member": None, "names": (), "people": 7_900})
    many = record.model_copy(update={"contributions": (*record.contributions, rest)})
    sheet = write(many, tmp_path / "grading.xlsx")["People"]
    assert "and 7,900 more people" in [cell.value for row in sheet.iter_rows() for cell in row]


def test_staff_are_told_that_a_word_on_one_member_is_not_released(tmp_path: Path) -> None:
    """Where they type it, and in the sheet that says how to grade."""
    book = write(make_record("45"), tmp_path / "grading.xlsx")
    sheet = book["People"]
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    prompts = {
        str(rule.sqref)[: len(letters["Comment"])]: rule.prompt for rule in sheet.data_validations.dataValidation
    }
    told = {str(cells[0].value): str(cells[1].value) for cells in book["Help"].iter_rows()}

    assert "Stays with the staff" in prompts[letters["Comment"]]
    assert "in the export, on no page" in prompts[letters["Points"]]
    assert "stays with the staff" in told["People"]
    assert "Not so on the sheet People" in told["Comment"]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (PointsSettings(step=0.5), 2.5),
        (PointsSettings(step=0.5, rounding="up"), 2.5),
        (PointsSettings(step=0.5, rounding="down"), 2.0),
        (PointsSettings(step=1), 2.0),
        (PointsSettings(step=0.1), 2.3),
    ],
)
def test_rounding(points: PointsSettings, expected: float) -> None:
    assert round_points(2.25, points) == expected


def test_points_follow_marks_and_settings() -> None:
    record = make_record("45", items=9, questions=8)
    total = count_points(record, MARKS, PointsSettings())
    # typed .25, agree (found) 1, partial .5, ask again 0, text for points but found 1, absent 0, typed 7, ask 0,
    # confirmed but with a word that nobody knows 0
    assert total.checklist == 0.25 + 1 + 0.5 + 0 + 1 + 0 + 7 + 0 + 0
    assert total.answers == 0.75 + 2 + 1.5 + 1
    assert total.adjustment == -1.5


def test_what_is_worth_nothing_scales_to_nothing() -> None:
    """As the sheets have it: points that were typed where none can be had do not become points of the scale."""
    marks = GroupMarks(group_id="45", marks={"git_repo": Mark(points=3.0), OVERALL: Mark(points=1.0)})
    total = count_points(make_record("45"), marks, PointsSettings(item=0, question=0, scale=12))
    assert (total.checklist, total.total, total.most) == (3, 1, 12)


SETTINGS = (
    PointsSettings(),
    PointsSettings(scale=100, step=0.1, checklist_weight=0.4, answers_weight=2.5, items={"hydra": 3, "docs": 0}),
    PointsSettings(step=1, rounding="up", partial=0.3, proposals=False, question=3, questions={}),
    PointsSettings(step=0.25, rounding="down", adjustment=5, item=0.1),
    PointsSettings(item=0, question=0, scale=12),
)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.timeout(300)
def test_libreoffice_opens_all_and_calculates_the_same_totals(tmp_path: Path) -> None:
    records = [make_record("45"), make_record("46", variant=3), make_record("=1", hostile=True, variant=5)]
    records += [make_record("4", status=Status.EMPTY)]
    expected: dict[str, float] = {}
    for number, points in enumerate(SETTINGS):
        path = tmp_path / f"group{number}.xlsx"
        write_group_workbook(records[0], MARKS, points, path)
        expected[path.name] = count_points(records[0], MARKS, points).total
    (tmp_path / "class").mkdir()
    book = load_marks(tmp_path / "class", datetime(2026, 1, 24, tzinfo=UTC))
    book.ledger = book.ledger.model_copy(update={"groups": {"45": MARKS.marks, "gone": MARKS.marks}})
    write_class_workbook(records, book, SETTINGS[1], tmp_path / "class" / "grading.xlsx")

    files = [*tmp_path.glob("group*.xlsx"), tmp_path / "class" / "grading.xlsx"]
    subprocess.run(
        [str(SOFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "saved"), *map(str, files)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip

    for name, total in expected.items():
        sheet = load_workbook(tmp_path / "saved" / name, data_only=True)["Overview"]
        values = {cells[1]: cells[2] for cells in sheet.iter_rows(values_only=True)}
        assert values["Total"] == pytest.approx(total), name
    saved = load_workbook(tmp_path / "saved" / "grading.xlsx", data_only=True)
    totals = dict(zip(_column(saved["Class"], "Group"), _column(saved["Class"], "Total"), strict=True))
    for record in records:
        marks = book.for_group(record.group.id)
        assert totals[record.group.id] == pytest.approx(count_points(record, marks, SETTINGS[1]).total)
    errors = [cell for sheet in saved.worksheets for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [one for one in errors if isinstance(one, str) and one.startswith(("#REF", "#NAME", "#VALUE", "Err:"))]
    rules = load_workbook(tmp_path / "saved" / "group0.xlsx")["Checklist"].data_validations.dataValidation
    assert {rule.type for rule in rules} == {"list", "decimal"}


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.timeout(300)
def test_marks_come_back_from_files_that_libreoffice_saved(tmp_path: Path) -> None:
    course = Course(tmp_path / "out", [make_record("1", items=6, questions=5), make_record("2", hostile=True)])
    course.harvest()
    typed = {"comment": "æøå\n_x0041_ –", "points": 0.5, "decision": "found", "grader": "=AB", "note": "-1"}
    type_into(course.group_path("1"), "git_repo", typed)
    type_into(course.class_path, "q:tests@2", {"comment": HOSTILE[0]})
    before = cells_of(course.harvest())
    assert len(before) == 6
    for path in (course.group_path("1"), course.group_path("2"), course.class_path):
        subprocess.run(
            [str(SOFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "saved"), str(path)],
            check=True, capture_output=True, timeout=240,
        )  # fmt: skip
        shutil.copy(tmp_path / "saved" / path.name, path)

    book = course.harvest()

    assert book.messages == []
    assert book.conflicts == ()
    assert cells_of(book) == before


_HARVEST = """
import sys
from pathlib import Path
from tests.support.grader import Course
from tests.support.records import make_record
out, variant = Path(sys.argv[1]), int(sys.argv[2])
records = [make_record(str(n), items=6, questions=5, variant=variant) for n in (1, 2, 3)]
print("ready", flush=True)
Course(out, records).harvest()
"""


@pytest.mark.timeout(0)
def test_killed_at_any_moment_every_workbook_opens_and_no_mark_is_gone(tmp_path: Path) -> None:
    chance = Random(45)
    course = Course(tmp_path / "out", [make_record(str(n), items=6, questions=5) for n in (1, 2, 3)])
    course.harvest()
    expected = {}
    for kill in range(KILLS):
        group = str(1 + kill % 3)
        type_into(course.group_path(group), "git_repo", {"comment": f"mark {kill}", "points": kill / 100})
        type_into(course.class_path, f"environment@{group}", {"comment": f"class {kill}"})
        expected |= {
            (group, "git_repo", "comment"): f"mark {kill}",
            (group, "git_repo", "points"): kill / 100,
            (group, "environment", "comment"): f"class {kill}",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", _HARVEST, str(course.out), str(kill)],
            stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 1.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

        for path in course.out.rglob("*.xlsx"):
            load_workbook(path).close()
        known = course.known()
        assert {place: known.get(place) for place in expected} == expected, kill
    assert cells_of(course.harvest()) == expected


def _column(sheet: Any, heading: str) -> list[Any]:
    place = [cell.value for cell in sheet[1]].index(heading)
    return [cells[place] for cells in sheet.iter_rows(min_row=2, values_only=True)]


def test_times_are_in_the_courses_zone(tmp_path: Path) -> None:
    """Whatever offset a commit was made with, so that times can be compared; a reviewer's reviews are counted."""
    record = make_record("45")
    one = record.contributions[0]
    times = {"first": "2026-01-04T20:30:00-05:00", "last": "2026-07-01T23:30:00+00:00"}
    both = (one.model_copy(update={"reviews": 1}), one.model_copy(update=times | {"reviews": 2}))
    path = tmp_path / "grading.xlsx"
    record = record.model_copy(update={"contributions": both})
    write_group_workbook(record, GroupMarks(group_id="45"), PointsSettings(), path, "Europe/Copenhagen")
    book = load_workbook(path)
    rows = [[cell.value for cell in row] for row in book["People"].iter_rows()]
    person = dict(zip(rows[0], rows[1], strict=True))
    assert (person["First commit"], person["Last commit"]) == ("2026-01-05 02:30 CET", "2026-07-02 01:30 CEST")
    assert person["Reviews"] == 3
    told = {row[1].value: row[2].value for row in book["Overview"].iter_rows()}
    assert told["Committed"].endswith(" CET")
