"""Marks survive whatever graders and runs do to the workbooks."""

import os
import pickle
import shutil
import time
import zipfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.comments import Comment

from harvester.models.marks import FIELDS, OVERALL, Value
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.cells import tidy
from harvester.outputs.columns import FLAG, HEADINGS, HOLDS, ID
from harvester.outputs.marks import load_marks, read_marks, status_of
from tests.support.grader import (
    REARRANGE,
    START,
    Course,
    Place,
    cells_of,
    graded_sheets,
    header_of,
    opened,
    shown,
    type_into,
)
from tests.support.records import OTHER_SHA, make_record

EDITS = int(os.environ.get("HARVESTER_GRADER_EDITS", "60"))
"""Random edits of the scripted grader per example; 1,000 for the long run."""
GROUPS = int(os.environ.get("HARVESTER_GRADER_GROUPS", "3"))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path / "out", [make_record(str(n), items=5, questions=4, variant=n) for n in (1, 2)])
    made.harvest()
    return made


def test_a_mark_is_carried_into_both_workbooks(course: Course) -> None:
    type_into(course.group_path("1"), "environment", {"decision": "found", "points": 0.5, "comment": "Flot – æøå"})
    type_into(course.class_path, "q:members@2", {"grader": "ÅØ"})

    course.harvest()
    course.harvest()

    expected = {("environment", "decision"): "found", ("environment", "points"): 0.5}
    expected |= {("environment", "comment"): "Flot – æøå"}
    assert shown(course.group_path("1")) == expected
    assert shown(course.group_path("2")) == {("q:members", "grader"): "ÅØ"}
    assert shown(course.class_path) == {
        **{(f"{key}@1", name): value for (key, name), value in expected.items()},
        ("q:members@2", "grader"): "ÅØ",
    }


def test_nothing_is_written_again_where_nothing_changed(course: Course) -> None:
    before = {path: path.stat().st_mtime_ns for path in course.out.rglob("*.xlsx")}
    ledger = (course.out / "marks.json").read_bytes()

    course.harvest()

    assert set(course.outcomes) == {"unchanged"}
    assert before == {path: path.stat().st_mtime_ns for path in course.out.rglob("*.xlsx")}
    assert ledger == (course.out / "marks.json").read_bytes()


def test_a_new_version_lays_the_sheets_out_anew(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 0.5})
    course.harvest()
    times = {path: path.stat().st_mtime_ns for path in (course.group_path("1"), course.class_path)}
    for module in ("workbook_group", "workbook_class"):
        monkeypatch.setattr(f"harvester.outputs.{module}.layout", lambda: "another version")
    book = course.harvest()
    assert all(path.stat().st_mtime_ns != time for path, time in times.items())
    assert cells_of(book) == {("1", "git_repo", "points"): 0.5}


def test_a_blanked_cell_takes_the_mark_back_and_its_history_stays(course: Course) -> None:
    type_into(course.group_path("1"), "cookiecutter", {"comment": "first thought"})
    course.harvest()
    type_into(course.group_path("1"), "cookiecutter", {"comment": None})

    book = course.harvest()

    assert cells_of(book) == {}
    history = book.ledger.groups["1"]["cookiecutter"].history
    assert [(event.old, event.new) for event in history] == [(None, "first thought"), ("first thought", None)]
    assert shown(course.class_path) == {}


def test_many_marks_that_are_cleared_at_once_are_told_with_the_way_back(course: Course) -> None:
    keys = [item.id for item in course.records[0].checklist]
    for key in keys:
        type_into(course.group_path("1"), key, {"points": 1})
    course.harvest()
    for key in keys:
        type_into(course.class_path, f"{key}@1", {"points": None})

    (told,) = course.harvest().messages

    assert told.startswith(
        "Group 1: 5 marks were cleared in a workbook. `harvester marks history COURSE 1` shows them,"
    )
    assert "`harvester marks restore COURSE --at TIME --groups ...` brings them back" in told


def test_a_deleted_row_or_column_takes_nothing_back(course: Course) -> None:
    type_into(course.group_path("1"), "cookiecutter", {"comment": "keep me", "points": 1})
    course.harvest()
    with opened(course.group_path("1")) as book:
        sheet = book["Checklist"]
        sheet.delete_cols(header_of(sheet)[HEADINGS["points"]] + 1)
        row = next(n for n in range(2, 9) if sheet.cell(n, 1).value == "cookiecutter")
        sheet.delete_rows(row)

    course.harvest()

    assert shown(course.group_path("1")) == {("cookiecutter", "comment"): "keep me", ("cookiecutter", "points"): 1}


def test_two_workbooks_that_disagree_are_listed_and_settled_by_a_person(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 0.5})
    course.harvest()
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    type_into(course.class_path, "git_repo@1", {"points": 0})

    book = course.harvest()

    (conflict,) = book.conflicts
    assert (conflict.group, conflict.key, conflict.field, conflict.previous) == ("1", "git_repo", "points", 0.5)
    assert {value for _, value in conflict.values} == {1.0, 0.0}
    assert shown(course.group_path("1")) == {("git_repo", "points"): 0.5}
    assert any("two workbooks" in message for message in book.messages)

    assert course.harvest().conflicts == (conflict,)
    with opened(course.class_path) as workbook:
        sheet = workbook["Conflicts"]
        sheet.cell(2, header_of(sheet)[HOLDS] + 1).value = "second"
    book = course.harvest()
    assert book.conflicts == ()
    assert cells_of(book) == {("1", "git_repo", "points"): conflict.values[1][1]}


def test_of_three_copies_that_disagree_each_can_be_chosen(course: Course) -> None:
    path = course.group_path("1")
    said = {"A": "found", "B": "partial", "C": "absent"}
    for name in said:
        shutil.copy(path, path.with_name(f"grading {name}.xlsx"))
    for name, word in said.items():
        type_into(path.with_name(f"grading {name}.xlsx"), "git_repo", {"decision": word, "grader": name})

    (conflict,) = course.harvest().conflicts

    assert [value for _, value in conflict.values] == ["found", "partial", "absent"]
    with opened(course.class_path) as workbook:
        sheet = workbook["Conflicts"]
        head = header_of(sheet)
        rest = str(sheet.cell(2, head["Second"] + 1).value)
        assert "second: partial" in rest
        assert "third: absent" in rest
        (rule,) = sheet.data_validations.dataValidation
        assert rule.formula1 == '"previous,first,second,third"'
        sheet.cell(2, head[HOLDS] + 1).value = "third"
    mark = course.harvest().ledger.groups["1"]["git_repo"]
    assert (mark.decision, mark.grader) == ("absent", "C")


def test_a_decision_that_is_not_settled_stays_its_graders(course: Course) -> None:
    """B's initials wait with B's decision, and count once that holds."""
    type_into(course.group_path("1"), "git_repo", {"decision": "agree", "grader": "A"})
    course.harvest()
    type_into(course.group_path("1"), "git_repo", {"decision": "partial", "grader": "B"})
    type_into(course.class_path, "git_repo@1", {"decision": "found"})

    book = course.harvest()

    (conflict,) = book.conflicts
    mark = book.ledger.groups["1"]["git_repo"]
    assert (mark.decision, mark.grader) == ("agree", "A")
    assert status_of(book).graders == {"A": 1}
    with opened(course.class_path) as workbook:
        sheet = workbook["Conflicts"]
        place = [value for _, value in conflict.values].index("partial")
        head = header_of(sheet)
        assert str(sheet.cell(2, head[("First", "Second")[place]] + 1).value).endswith("(groups/1/grading.xlsx, B)")
        sheet.cell(2, head[HOLDS] + 1).value = ("first", "second")[place]
    mark = course.harvest().ledger.groups["1"]["git_repo"]
    assert (mark.decision, mark.grader) == ("partial", "B")


def test_a_row_that_stands_twice_in_one_workbook_is_told_as_that(course: Course) -> None:
    with opened(course.group_path("1")) as book:
        sheet = book["Checklist"]
        row = next(n for n in range(2, 9) if sheet.cell(n, 1).value == "git_repo")
        column = header_of(sheet)[HEADINGS["points"]] + 1
        sheet.cell(row, column).value = 1
        sheet.cell(40, 1).value = "git_repo"
        sheet.cell(40, column).value = 0.5

    (message,) = course.harvest().messages

    assert message == (
        "1 cell stands twice in one workbook with different values, and waits: 1 git_repo (points) in "
        "groups/1/grading.xlsx."
    )


def test_typing_into_the_row_settles_a_conflict_too(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"comment": "one"})
    type_into(course.class_path, "git_repo@1", {"comment": "two"})
    assert len(course.harvest().conflicts) == 1
    type_into(course.class_path, "git_repo@1", {"comment": "three"})

    book = course.harvest()

    assert book.conflicts == ()
    assert cells_of(book) == {("1", "git_repo", "comment"): "three"}


def test_the_same_change_in_both_is_no_conflict_and_other_cells_of_a_row_go_together(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1, "comment": "from the group's"})
    type_into(course.class_path, "git_repo@1", {"points": 1.0, "grader": "AB"})

    book = course.harvest()

    assert book.conflicts == ()
    assert {place[2]: value for place, value in cells_of(book).items()} == {
        "points": 1.0,
        "comment": "from the group's",
        "grader": "AB",
    }


def test_a_copy_that_comes_back_neither_clears_nor_overrules(course: Course, tmp_path: Path) -> None:
    laptop = tmp_path / "laptop.xlsx"
    shutil.copy(course.group_path("1"), laptop)
    type_into(course.class_path, "git_repo@1", {"comment": "typed at the office"})
    type_into(course.class_path, "environment@1", {"points": 1})
    course.harvest()
    type_into(laptop, "git_repo", {"comment": "typed on the train"})
    type_into(laptop, "write_access", {"decision": "agree"})
    shutil.copy(laptop, course.group_path("1"))

    book = course.harvest()

    assert cells_of(book) == {
        ("1", "git_repo", "comment"): "typed at the office",
        ("1", "environment", "points"): 1.0,
        ("1", "write_access", "decision"): "agree",
    }
    (conflict,) = book.conflicts
    assert "typed on the train" in [value for _, value in conflict.values]


def test_what_a_restored_workbook_does_not_bring_back_is_told(course: Course) -> None:
    """It was written with marks that were taken back since: nobody can tell it from a copy that somebody forgot."""
    path = course.group_path("1")
    type_into(path, "git_repo", {"comment": "on Monday", "points": 1})
    course.harvest()
    type_into(path, "write_access", {"comment": "on Tuesday"})
    course.harvest()
    tuesday = max((path.parent / "kept").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    type_into(path, "git_repo", {"comment": None, "points": None})
    type_into(path, "write_access", {"comment": None})
    course.harvest()
    shutil.copy(tuesday, path)

    book = course.harvest()

    assert cells_of(book) == {("1", "write_access", "comment"): "on Tuesday"}
    (told,) = book.messages
    assert told.startswith("groups/1/grading.xlsx is a copy of an earlier harvest: 2 cells in it are older than ")
    assert "1 git_repo (points), 1 git_repo (comment)" in told
    assert course.harvest().messages == []


@pytest.mark.parametrize("lock", ["~$grading.xlsx", ".~lock.grading.xlsx#"])
def test_an_open_workbook_stays_and_the_new_one_is_beside_it(course: Course, lock: str) -> None:
    path = course.group_path("1")
    path.with_name(lock).write_text("someone")
    type_into(path, "git_repo", {"comment": "being typed"})
    data = path.read_bytes()

    book = course.harvest()

    beside = path.with_name("grading (new).xlsx")
    assert path.read_bytes() == data
    assert shown(beside) == {("git_repo", "comment"): "being typed"}
    assert any("open in another program" in message and beside.name in message for message in book.messages)

    type_into(path, "write_access", {"comment": "then this"})
    type_into(beside, "environment", {"comment": "and here"})
    path.with_name(lock).unlink()
    course.harvest()
    assert shown(path) == {
        ("git_repo", "comment"): "being typed",
        ("write_access", "comment"): "then this",
        ("environment", "comment"): "and here",
    }
    assert not beside.exists()
    assert len(list((path.parent / "kept").glob("*.xlsx"))) >= 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"not a workbook at all"])
def test_a_damaged_workbook_is_not_overwritten(course: Course, damage: bytes) -> None:
    type_into(course.group_path("1"), "git_repo", {"comment": "known before"})
    course.harvest()
    course.group_path("1").write_bytes(damage)

    book = course.harvest()
    course.harvest()

    assert course.group_path("1").read_bytes() == damage
    assert shown(course.group_path("1").with_name("grading (new).xlsx")) == {("git_repo", "comment"): "known before"}
    assert [message for message in book.messages if "could not be read" in message] == [
        "groups/1/grading.xlsx stays as it is: it could not be read (it is damaged, or no Excel workbook). "
        "The new workbook is grading (new).xlsx, beside it; marks in both are read by the next run."
    ]


def test_a_workbook_that_unpacks_to_gigabytes_is_not_opened(course: Course) -> None:
    """A sentence, in no time."""
    path = course.group_path("1")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/more.xml", "w") as part:
        for _ in range(51):
            part.write(bytes(10_000_000))

    begun = time.process_time()
    book = load_marks(course.out, START)

    assert any("500,000,000 bytes" in message for message in book.messages)
    assert time.process_time() - begun < 5


def test_a_half_workbook_is_damaged_too(course: Course) -> None:
    data = course.group_path("1").read_bytes()
    for size in range(0, len(data), max(1, len(data) // 25)):
        course.group_path("1").write_bytes(data[:size])
        book = load_marks(course.out, START)
        assert any("could not be read" in message for message in book.messages), size


def test_a_renamed_workbook_is_read_and_left_alone(course: Course) -> None:
    renamed = course.group_path("1").with_name("gruppe 1 færdig.xlsx")
    course.group_path("1").rename(renamed)
    type_into(renamed, "git_repo", {"decision": "agree"})
    data = renamed.read_bytes()

    course.harvest()

    assert renamed.read_bytes() == data
    assert shown(course.group_path("1")) == {("git_repo", "decision"): "agree"}


def test_a_copy_with_an_ending_in_capitals_is_read(course: Course) -> None:
    copy = course.group_path("1").with_name("Grading of Anna.XLSX")
    shutil.copy(course.group_path("1"), copy)
    with copy.open("rb") as stream:
        workbook = load_workbook(stream)
    sheet = workbook["Checklist"]
    sheet.cell(2, header_of(sheet)[HEADINGS["points"]] + 1).value = 1
    with copy.open("wb") as stream:
        workbook.save(stream)

    assert list(cells_of(course.harvest()).values()) == [1]


def test_a_header_that_is_gone_blocks_overwriting(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"comment": "typed"})
    with opened(course.group_path("1")) as workbook:
        workbook["Checklist"].delete_rows(1)
    data = course.group_path("1").read_bytes()

    book = course.harvest()

    assert course.group_path("1").read_bytes() == data
    assert any("header row" in message for message in book.messages)


def test_a_heading_that_was_replaced_blocks_overwriting(course: Course) -> None:
    with opened(course.group_path("1")) as workbook:
        sheet = workbook["Checklist"]
        column = header_of(sheet)[HEADINGS["points"]] + 1
        sheet.cell(1, column).value = "Pts"
        sheet.cell(2, column).value = 0.5
    data = course.group_path("1").read_bytes()

    book = course.harvest()

    assert course.group_path("1").read_bytes() == data
    assert any("Points" in message for message in book.messages)


def test_comments_on_cells_are_no_marks_and_are_told(course: Course) -> None:
    """A right click is all that it takes; the sheets that are written next have none."""
    with opened(course.group_path("1")) as workbook:
        workbook["Checklist"]["C3"].comment = Comment("ask the other grader", "AB")

    book = course.harvest()

    (told,) = book.messages
    assert told == "groups/1/grading.xlsx: comments on cells stay in the copy in the folder “kept” beside it."
    (copy,) = (course.group_path("1").parent / "kept").iterdir()
    assert load_workbook(copy)["Checklist"]["C3"].comment.text == "ask the other grader"


def test_ids_that_are_gone_block_overwriting(course: Course) -> None:
    """Without them nobody knows whose marks those are; they must not end in the copy that is put away."""
    type_into(course.group_path("1"), "git_repo", {"comment": "typed"})
    with opened(course.group_path("1")) as workbook:
        sheet = workbook["Checklist"]
        sheet.delete_cols(header_of(sheet)[ID] + 1)
    data = course.group_path("1").read_bytes()

    book = course.harvest()

    assert course.group_path("1").read_bytes() == data
    assert any("the column “Id” of the sheet “Checklist” is gone" in message for message in book.messages)


def test_text_in_a_row_without_an_id_is_kept_on_a_sheet_of_its_own(course: Course) -> None:
    with opened(course.group_path("1")) as workbook:
        sheet = workbook["Checklist"]
        sheet.cell(sheet.max_row + 2, header_of(sheet)[HEADINGS["comment"]] + 1).value = "a stray thought"

    course.harvest()
    book = course.harvest()

    ((place, value),) = cells_of(book).items()
    assert place[1].startswith("x:")
    assert value == "a stray thought"
    assert shown(course.group_path("1")) == {(place[1], "comment"): "a stray thought"}


def test_an_id_that_was_typed_over_in_other_letters_or_with_blanks_is_still_the_row(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"Id": " Git_Repo  ", "points": 1})
    type_into(course.class_path, "q:members@2", {"Id": "Q:Members @ 2", "points": 2})

    book = course.harvest()

    assert cells_of(book) == {("1", "git_repo", "points"): 1, ("2", "q:members", "points"): 2}


def test_ids_that_differ_in_their_letters_alone_are_two_rows(tmp_path: Path) -> None:
    course = Course(tmp_path / "out", [make_record("1", items=2, questions=1, members=("anna", "Anna"))])
    course.harvest()
    type_into(course.group_path("1"), "m:Anna", {"points": 1})
    type_into(course.group_path("1"), "m:anna", {"Id": "m:ANNA", "points": 2})

    cells = cells_of(course.harvest())

    assert {key: value for (_, key, _), value in cells.items() if not key.startswith("x:")} == {"m:Anna": 1}
    assert sorted(cells.values()) == [1, 2]  # type: ignore[type-var]


def test_marks_of_items_and_groups_that_are_gone_are_kept_and_come_home(course: Course) -> None:
    type_into(course.group_path("1"), "data_script", {"comment": "on an item"})
    type_into(course.group_path("2"), "q:members", {"comment": "on a group"})
    course.harvest()
    full = course.records
    course.records = [make_record("1", items=3, questions=4)]

    course.harvest()

    assert shown(course.group_path("1")) == {("data_script", "comment"): "on an item"}
    assert shown(course.class_path) == {("q:members@2", "comment"): "on a group"}
    type_into(course.class_path, "q:members@2", {"comment": "edited while homeless"})
    course.harvest()
    course.records = full
    course.harvest()
    assert shown(course.class_path) == {
        ("data_script@1", "comment"): "on an item",
        ("q:members@2", "comment"): "edited while homeless",
    }


def test_a_group_that_could_not_be_harvested_keeps_its_marks(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    course.harvest()
    course.records = [make_record("1", status=Status.UNREACHABLE), course.records[1]]

    course.harvest()

    assert shown(course.group_path("1")) == {("git_repo", "points"): 1}


def test_a_changed_verdict_is_flagged_until_the_grader_has_seen_it(course: Course) -> None:
    type_into(course.group_path("1"), "write_access", {"points": 1, "grader": "AB"})
    course.harvest()
    course.records = [make_record("1", items=5, questions=4, variant=3, sha=OTHER_SHA), course.records[1]]
    course.harvest()

    flag = _flag(course, "write_access")
    assert "verdict: confirmed → unclaimed" in flag
    assert "1a2b3c4 → 99aa88b" in flag
    assert shown(course.group_path("1"))["write_access", "points"] == 1

    _clear_flags(course, "Checklist")
    course.harvest()
    assert _flag(course, "write_access") == ""
    assert shown(course.group_path("1"))["write_access", "points"] == 1


def test_another_commit_with_the_same_verdict_raises_no_flag(course: Course) -> None:
    type_into(course.group_path("1"), "write_access", {"points": 1})
    course.harvest()
    course.records = [make_record("1", items=5, questions=4, variant=1, sha=OTHER_SHA), course.records[1]]
    course.harvest()

    assert _flag(course, "write_access") == ""


def test_marks_of_another_repository_are_flagged_though_all_verdicts_are_the_same(course: Course) -> None:
    """Two groups that swapped their numbers in the roster, say."""
    type_into(course.group_path("1"), "write_access", {"points": 1})
    type_into(course.group_path("1"), OVERALL, {"decision": "graded"})
    course.harvest()
    course.records = [
        make_record("1", items=5, questions=4, variant=1, sha=OTHER_SHA, root="5eed" * 10),
        course.records[1],
    ]
    book = course.harvest()

    for key in ("write_access", OVERALL):
        assert "1a2b3c4 → 99aa88b" in _flag(course, key)
        assert "another repository" in _flag(course, key)
    assert shown(course.group_path("1"))["write_access", "points"] == 1
    assert book.ledger.progress["1"].flagged == 2
    assert _flag(course, "git_repo") == ""


def test_a_history_of_several_beginnings_is_the_same_while_it_has_one_of_them(course: Course) -> None:
    type_into(course.group_path("1"), "write_access", {"points": 1})
    course.harvest()
    merged = make_record("1", items=5, questions=4, variant=1, sha=OTHER_SHA)
    assert merged.snapshot
    roots = ("0" * 40, *merged.snapshot.roots)
    snapshot = merged.snapshot.model_copy(update={"roots": roots})
    course.records = [merged.model_copy(update={"snapshot": snapshot}), course.records[1]]
    course.harvest()

    assert _flag(course, "write_access") == ""


def test_a_changed_answer_is_flagged_with_old_and_new(course: Course) -> None:
    type_into(course.class_path, "q:frameworks@1", {"decision": "full"})
    course.harvest()
    course.records = [make_record("1", items=5, questions=4, variant=4, sha=OTHER_SHA), course.records[1]]
    course.harvest()

    flag = _flag(course, "q:frameworks")
    assert flag.count("words, “") == 2


_PROSE = " ".join(f"word{number}" for number in range(60))


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (
            _PROSE.replace("word43 ", "another "),
            "60 → 60 words, the first change is in “…word40 word41 word42 another word44 ",
        ),
        (_PROSE + " and more of it", "60 → 64 words, the first change is in “…and more of it…”"),
        (_PROSE[: _PROSE.index(" word50")], "60 → 50 words, cut off after “…word40 word41 "),
        ("Now " + _PROSE, "60 words, “word0 word1 "),
    ],
)
def test_a_changed_answer_is_flagged_where_it_differs_first(course: Course, later: str, said: str) -> None:
    def answered(text: str) -> GroupRecord:
        record = make_record("1", items=5, questions=4, variant=1)
        asked = record.questions[2].model_copy(update={"text": text, "words": len(text.split())})
        return record.model_copy(update={"questions": (*record.questions[:2], asked, record.questions[3])})

    course.records = [answered(_PROSE), course.records[1]]
    course.harvest()
    type_into(course.class_path, "q:frameworks@1", {"decision": "full"})
    course.harvest()
    course.records = [answered(later), course.records[1]]
    course.harvest()

    assert said in _flag(course, "q:frameworks")


def test_points_that_were_typed_for_another_scale_are_flagged_until_seen(course: Course) -> None:
    """And nothing else: a decision counts by the scale that holds now."""
    type_into(course.group_path("1"), "q:frameworks", {"points": 2})
    type_into(course.group_path("1"), "q:members", {"decision": "full"})
    course.harvest()
    course.settings = PointsSettings(question=3)
    course.harvest()

    assert _flag(course, "q:frameworks").endswith("newer rules): “Of”: 2 → 3")
    assert _flag(course, "q:members") == ""

    _clear_flags(course, "Answers")
    course.harvest()
    assert _flag(course, "q:frameworks") == ""


def _clear_flags(course: Course, sheet_name: str) -> None:
    """Say of every row of a group's sheet that its mark still holds."""
    with opened(course.group_path("1")) as workbook:
        sheet = workbook[sheet_name]
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, header_of(sheet)[FLAG] + 1).value = None


def _flag(course: Course, key: str) -> str:
    from openpyxl import load_workbook

    for sheet in graded_sheets(load_workbook(course.group_path("1"))):
        header = header_of(sheet)
        for cells in sheet.iter_rows(min_row=2, values_only=True):
            if cells[header[ID]] == key and FLAG in header:
                return str(cells[header[FLAG]] or "")
    raise LookupError(key)


def test_the_ledger_can_be_lost_damaged_or_old(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    course.harvest()
    first = (course.out / "marks.json").read_bytes()
    type_into(course.group_path("1"), "git_repo", {"points": 0.5, "comment": "newer"})
    course.harvest()
    expected = course.known()

    (course.out / "marks.json").write_bytes(b'{"groups": {"1": ')
    book = course.harvest()
    assert cells_of(book) == expected
    assert any("damaged" in message for message in book.messages)

    for name in ("marks.json", "marks.json.bak"):
        (course.out / name).unlink()
    assert cells_of(course.harvest()) == expected

    (course.out / "marks.json").write_bytes(first)
    assert cells_of(course.harvest()) == expected


def test_the_hidden_sheet_can_be_lost(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    course.harvest()
    with opened(course.group_path("1")) as workbook:
        del workbook["_harvester"]
    type_into(course.group_path("1"), "write_access", {"comment": "after that"})

    book = course.harvest()

    assert cells_of(book) == {("1", "git_repo", "points"): 1.0, ("1", "write_access", "comment"): "after that"}
    assert book.conflicts == ()


def test_formulas_and_pasted_things_become_values_or_text(course: Course) -> None:
    pasted: dict[str, object] = {"decision": "FOUND!", "points": "2,5", "comment": "line\r\nline", "grader": 7}
    type_into(course.group_path("1"), "git_repo", pasted)
    type_into(course.group_path("1"), "write_access", {"points": "=1+1", "comment": "=A1&B2", "note": "-1 for tests"})
    type_into(course.group_path("1"), "environment", {"points": True, "comment": "_x0041_"})

    course.harvest()
    book = course.harvest()

    known = {(key, name): value for (_, key, name), value in cells_of(book).items()}
    assert known["git_repo", "points"] == 2.5
    assert known["git_repo", "comment"] == "line\nline"
    assert known["git_repo", "grader"] == "7"
    assert known["write_access", "points"] == "=1+1"
    assert known["write_access", "note"] == "-1 for tests"
    assert known["environment", "points"] == "TRUE"
    from openpyxl import load_workbook

    cells = [cell for sheet in load_workbook(course.group_path("1")).worksheets for row in sheet for cell in row]
    assert [cell.data_type for cell in cells if cell.value in ("=1+1", "=A1&B2")] == ["s", "s"]


def test_a_percentage_is_no_number_of_points(course: Course) -> None:
    """Who types `50%` gets a cell of 0.5 that looks like 50%: half of 2 points are not half a point."""
    type_into(course.group_path("1"), "git_repo", {"points": 0.5})
    with opened(course.group_path("1")) as workbook:
        sheet = workbook["Checklist"]
        sheet.cell(2, header_of(sheet)[HEADINGS["points"]] + 1).number_format = "0.0%"

    assert cells_of(course.harvest()) == {("1", "git_repo", "points"): "50%"}


def test_history_says_when_who_where_and_against_what(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"grader": "AB", "points": 1})
    book = course.harvest()

    mark = book.ledger.groups["1"]["git_repo"]
    assert mark.first_seen == "2026-01-24T11:00:00+00:00"
    assert {event.source for event in mark.history} == {"groups/1/grading.xlsx"}
    assert mark.against.sha == course.records[0].snapshot.sha  # type: ignore[union-attr]
    assert mark.against.verdict == course.records[0].checklist[0].verdict


def test_status_counts_by_group_and_grader(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1, "grader": "AB"})
    type_into(course.group_path("1"), "write_access", {"decision": "ask again", "grader": "AB"})
    type_into(course.class_path, "q:frameworks@2", {"decision": "full", "grader": "ÅØ"})
    type_into(course.group_path("2"), OVERALL, {"comment": "nice"})
    course.harvest()
    ledger = (course.out / "marks.json").read_bytes()

    status = status_of(read_marks(course.out, START))

    assert [(one.group, one.marked_items, one.marked_answers) for one in status.groups] == [("1", 1, 0), ("2", 0, 1)]
    assert status.graders == {"": 1, "AB": 2, "ÅØ": 1}
    assert all(one.progress.items == 5 and one.progress.answers == 4 for one in status.groups)
    assert (course.out / "marks.json").read_bytes() == ledger


def test_what_a_worker_gets_can_be_pickled(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    marks = course.harvest().for_group("1")

    assert pickle.loads(pickle.dumps(marks)) == marks


def test_a_file_saved_while_the_harvest_runs_is_not_overwritten(course: Course) -> None:
    book = load_marks(course.out, START)
    type_into(course.group_path("1"), "git_repo", {"comment": "at the last moment"})
    course.records = [make_record("1", items=5, questions=4, variant=7), course.records[1]]
    from harvester.outputs.workbook_group import write_group_workbook

    result = write_group_workbook(course.records[0], book.for_group("1"), course.settings, course.group_path("1"))
    book.note(result)
    book.save()

    assert result.outcome == "beside"
    assert "while the harvest ran" in result.message
    course.harvest()
    assert shown(course.group_path("1")) == {("git_repo", "comment"): "at the last moment"}


def test_what_an_open_workbook_was_seen_to_hold_is_no_change_later(course: Course) -> None:
    course.group_path("1").with_name("~$grading.xlsx").touch()
    type_into(course.group_path("1"), "git_repo", {"comment": "first"})
    course.harvest()
    type_into(course.class_path, "git_repo@1", {"comment": "second"})
    course.harvest()
    with opened(course.group_path("1")):
        pass

    book = course.harvest()

    assert book.conflicts == ()
    assert cells_of(book) == {("1", "git_repo", "comment"): "second"}


def test_a_workbook_that_was_saved_or_set_aside_is_to_be_placed_again(course: Course) -> None:
    assert not load_marks(course.out, START).for_group("1").waiting
    with opened(course.group_path("1")):
        pass
    assert load_marks(course.out, START).for_group("1").waiting
    lock = course.group_path("1").with_name("~$grading.xlsx")
    lock.touch()
    course.records = [make_record("1", items=5, questions=4, variant=7), course.records[1]]
    course.harvest()
    lock.unlink()
    assert load_marks(course.out, START).for_group("1").waiting
    course.harvest()
    assert not load_marks(course.out, START).for_group("1").waiting


def test_what_a_killed_run_left_is_cleared_away(course: Course) -> None:
    left = course.group_path("1").with_name(".grading.xlsx.abc.part")
    left.write_bytes(b"half")
    load_marks(course.out, START)
    assert not left.exists()


TYPED = [
    "found",
    "partial",
    "agree",
    "=1+1",
    "+1",
    "-1",
    "@x",
    "ØÆÅ",
    "æ\nø",
    "_x000A_",
    "0,5",
    "2.5",
    " ",
    "\t",
    "x" * 400,
]


@settings(
    max_examples=int(os.environ.get("HARVESTER_GRADER_EXAMPLES", "2")),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.timeout(0)
@given(seed=st.integers(0, 2**32))
def test_a_scripted_grader_loses_nothing(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = Random(seed)
    groups = [str(number) for number in range(1, GROUPS + 1)]
    course = Course(
        tmp_path_factory.mktemp("grader") / "out", [make_record(one, items=4, questions=3, variant=7) for one in groups]
    )
    course.harvest()
    done, known = 0, [cells_of(load_marks(course.out, START))]
    while done < EDITS:
        before = cells_of(load_marks(course.out, START))
        blocked = any(state.blocked or state.seen for state in load_marks(course.out, START).ledger.files.values())
        typed: dict[Place, list[Value]] = {}
        paths = [path for path in sorted(course.out.rglob("*.xlsx")) if "kept" not in path.parts]
        for path in dict.fromkeys([course.class_path, *chance.sample(paths, 2)]):
            done += 1 + _edit(path, chance, typed)
        if chance.random() < 0.3:
            course.records = [
                make_record(one, items=chance.randint(2, 4), questions=3, variant=chance.randint(0, 9))
                for one in groups
            ]
        if chance.random() < 0.1:
            course.group_path("1").with_name(".~lock.grading.xlsx#").write_text("someone")
        else:
            course.group_path("1").with_name(".~lock.grading.xlsx#").unlink(missing_ok=True)

        book = course.harvest()

        _check(before, cells_of(book), typed, book.conflicts, strict=not blocked)
        _check_shown(course, cells_of(book))
        known.append(cells_of(book))
        if chance.random() < 0.3:
            hour = chance.randrange(1, course.runs + 1)
            restored = cells_of(course.restore(hour))
            assert _of_groups(restored) == _of_groups(known[hour - 1])
            _check_shown(course, restored)
            known.append(restored)


def _of_groups(cells: dict[Place, Value]) -> dict[Place, Value]:
    """Without text that stands in no group's row, which no restore touches."""
    return {place: value for place, value in cells.items() if place[0]}


def _edit(path: Path, chance: Random, typed: dict[Place, list[Value]]) -> int:
    """Rearrange a workbook and type into it; what was typed is added to `typed`. Returns the number of edits."""
    group = path.parent.name if path.parent.parent.name == "groups" else ""
    edits = 0
    with opened(path) as workbook:
        sheets = [sheet for sheet in graded_sheets(workbook) if header_of(sheet).keys() >= set(HEADINGS.values())]
        for change in chance.sample(REARRANGE, chance.randint(0, 2)):
            sheet = chance.choice(sheets)
            change(sheet, chance)
            edits += 1
        sheets = [sheet for sheet in sheets if header_of(sheet)]
        for value in [_anything(chance) for _ in range(chance.randint(1, 30))]:
            sheet = chance.choice(sheets)
            header = header_of(sheet)
            rows = [cells for cells in sheet.iter_rows() if cells[header[ID]].value not in (None, ID)]
            name = chance.choice(FIELDS)
            if HEADINGS[name] not in header or not rows:
                continue
            cells = chance.choice(rows)
            if str(cells[header[ID]].value).startswith("c:"):
                continue
            written = str(cells[header[ID]].value)
            key, _, of = (written, "", group) if group else written.rpartition("@")
            cell = cells[header[HEADINGS[name]]]
            old = tidy(cell.value, number=name == "points")
            try:
                cell.value = value
            except ValueError:
                continue
            new = tidy(value, number=name == "points")
            edits += 1
            said = typed.setdefault((of, key, name), [])
            if new != old:
                said.append(new)
    return edits


def _anything(chance: Random) -> object:
    """What a person types, pastes, or takes away."""
    text = "".join(chr(chance.choice((chance.randint(32, 126), chance.randint(160, 0x2FFF)))) for _ in range(8))
    return chance.choice((None, None, chance.choice(TYPED), chance.choice(TYPED), chance.randint(0, 8) / 4, text))


def _check(
    before: dict[Place, Value],
    after: dict[Place, Value],
    typed: dict[Place, list[Value]],
    conflicts: object,
    *,
    strict: bool,
) -> None:
    listed: dict[Place, list[Value]] = {}
    for one in conflicts:  # type: ignore[attr-defined]
        listed.setdefault((one.group, one.key, one.field), []).extend(value for _, value in one.values)
        listed.setdefault((one.group, one.key, "grader"), []).extend(initials or None for initials in one.graders)
    for place in before.keys() | after.keys() | typed.keys():
        was, now, said = before.get(place), after.get(place), typed.get(place, [])
        if not said:
            assert now == was, f"{place} changed from {was!r} to {now!r} though nobody typed there"
            continue
        last = said[-1]
        if now == was:
            unheard = [value for value in said if value not in (now, *listed.get(place, []))]
            assert last not in unheard or len(said) > 1, f"{place}: {last!r} was typed and is neither a mark nor listed"
        else:
            assert now in said, f"{place} became {now!r}, typed was {said!r}"
        if strict and len(said) == 1 and not listed.get(place):
            assert now == last


def _check_shown(course: Course, known: dict[Place, Value]) -> None:
    """Every workbook that was written shows every mark, on its own row and nowhere else."""
    for record, outcome in zip(course.records, course.outcomes, strict=False):
        if outcome in ("written", "unchanged"):
            group = record.group.id
            expected = {(key, name): value for (of, key, name), value in known.items() if of == group}
            assert _plain(shown(course.group_path(group))) == _plain(expected)


def _plain(cells: dict[tuple[str, str], object]) -> dict[tuple[str, str], Value]:
    return {place: tidy(value, number=place[1] == "points") for place, value in cells.items()}
