"""What the history of marks tells, and marks that are brought back to what they were at a time."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook

from harvester.console import show_history
from harvester.errors import UserError
from harvester.harvest import RunOptions, run_course
from harvester.models.run import RunReport
from harvester.opened import open_course
from harvester.outputs.columns import FLAG, ID
from harvester.progress import RunProgress
from harvester.restoring import HistoryLine, history_of, restore_marks
from tests.support.grader import Course, cells_of, graded_sheets, header_of, shown, type_into
from tests.support.records import OTHER_SHA, make_record
from tests.support.repos import Commit, build_repo
from tests.test_console import ATTACK, UNSEEMLY

COURSE = "name: Small\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\ntimezone: Europe/Copenhagen\n"
ANONYMOUS = "anonymous: true\n"


class Clock(datetime):
    """A clock on which each look is an hour later; the first harvest is at 10:00 in Copenhagen."""

    looks = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 2, 1, 9, 0, tzinfo=UTC) + timedelta(hours=cls.looks)


BOTH = pytest.mark.parametrize("course", ["named", "anonymous"], indirect=True)


@pytest.fixture
def course(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Groups 7 and 8, harvested at 10:00, when nobody had marked anything; with names but for `BOTH`."""
    for module in ("harvest", "restoring"):
        monkeypatch.setattr(f"harvester.{module}.datetime", Clock)
    monkeypatch.setattr(Clock, "looks", -1)
    urls = [build_repo(tmp_path / f"{name}.git", [Commit({"a.txt": name})]).url for name in ("ash", "oak")]
    (tmp_path / "course.yaml").write_text(COURSE + ANONYMOUS * (getattr(request, "param", "") == "anonymous"))
    (tmp_path / "roster.csv").write_text(f"group_nb,student 1,repo_url\n7,s000007,{urls[0]}\n8,s000008,{urls[1]}\n")
    run(tmp_path)
    return tmp_path


def run(course: Path) -> RunReport:
    """Grade, an hour after whatever was last."""
    Clock.looks += 1
    return run_course(open_course(course / "course.yaml"), RunOptions(jobs=1), RunProgress(quiet=True))


def restore(course: Path, at: str, groups: str | None = None) -> RunReport:
    """Restore, and grade those groups, an hour after whatever was last."""
    Clock.looks += 1
    options = RunOptions(groups=groups, jobs=1, sync=False)
    first = partial(restore_marks, at=at, groups=groups)
    return run_course(open_course(course / "course.yaml"), options, RunProgress(quiet=True), first=first)


def history(course: Path, group: str, row: str = "") -> list[HistoryLine]:
    return list(history_of(open_course(course / "course.yaml"), group, row).lines)


def name(course: Path, group: str) -> str:
    """How the sheets call a group."""
    key = course / "out" / "anonymous-key.json"
    return str(json.loads(key.read_text())["groups"][group]) if key.exists() else group


def workbook(course: Path, group: str) -> Path:
    return course / "out" / "groups" / name(course, group) / "grading.xlsx"


def class_row(course: Path, row: str) -> str:
    key, _, group = row.partition("@")
    return f"{key}@{name(course, group)}"


def ledger(course: Path) -> dict[str, object]:
    found = json.loads((course / "out" / "marks.json").read_bytes())
    assert isinstance(found, dict)
    return found


def in_class(course: Path) -> dict[tuple[str, str], object]:
    return shown(course / "out" / "grading.xlsx")


def flags(path: Path) -> dict[str, str]:
    found = {
        str(cells[header_of(sheet)[ID]]): str(cells[header_of(sheet)[FLAG]] or "")
        for sheet in graded_sheets(load_workbook(path))
        if FLAG in header_of(sheet)
        for cells in sheet.iter_rows(min_row=2, values_only=True)
    }
    return {row: flag for row, flag in found.items() if flag}


def mark(course: Path, *edits: tuple[str, str, dict[str, object]]) -> None:
    """Type into rows of groups' workbooks, and harvest."""
    for group, row, values in edits:
        type_into(workbook(course, group), row, values)
    run(course)


def is_quiet(course: Path) -> bool:
    """Whether one more run finds nothing to do, and nothing to say."""
    before = {path: path.read_bytes() for path in (course / "out").rglob("*.xlsx")} | {course: repr(ledger(course))}
    report = run(course)
    after = {path: path.read_bytes() for path in (course / "out").rglob("*.xlsx")} | {course: repr(ledger(course))}
    return before == after and report.messages == () and not report.rewritten


@BOTH
def test_a_history_says_when_what_and_who(course: Path) -> None:
    mark(course, ("7", "hydra", {"decision": "found", "grader": "AB"}), ("8", "hydra", {"points": 1}))
    mark(course, ("7", "git_repo", {"comment": "twice\nthe same"}))
    type_into(course / "out" / "grading.xlsx", class_row(course, "hydra@7"), {"decision": "absent", "grader": "CD"})
    before = {path: path.read_bytes() for path in (course / "out").rglob("*") if path.is_file()}
    Clock.looks += 1

    lines = history(course, name(course, "7"))

    own = f"groups/{name(course, '7')}/grading.xlsx"
    assert [(one.when, one.row, one.cell, one.before, one.after, one.initials, one.workbook) for one in lines] == [
        ("2026-02-01T11:00:00", "hydra", "Decision", "(blank)", "found", "AB", own),
        ("2026-02-01T11:00:00", "hydra", "Grader", "(blank)", "AB", "AB", own),
        ("2026-02-01T12:00:00", "git_repo", "Comment", "(blank)", "twice\nthe same", "", own),
        ("not read yet", "hydra", "Decision", "found", "absent", "CD", "grading.xlsx"),
        ("not read yet", "hydra", "Grader", "AB", "CD", "CD", "grading.xlsx"),
    ]
    record = json.loads((course / "out" / "groups" / "7" / "harvest.json").read_bytes())
    assert {len(one.commit) for one in lines} == {10}
    assert (lines[0].commit == record["snapshot"]["sha"][:10]) == (name(course, "7") == "7")
    assert next(one["title"] for one in record["checklist"] if one["id"] == "hydra") == lines[0].about
    assert history(course, "7") == lines
    assert history(course, "Group 7", row=class_row(course, "git_repo@7")) == [lines[2]]
    assert {path: path.read_bytes() for path in (course / "out").rglob("*") if path.is_file()} == before


def test_a_history_that_is_not_there_is_one_sentence(course: Path) -> None:
    mark(course, ("7", "hydra", {"points": 1}))
    for group, row, why in (
        ("9", "", "The roster has no group “9”"),
        ("8", "", f"Group {name(course, '8')} has no marks"),
        ("7", "hydr", r"has no mark in the row 'hydr' \(did you mean `hydra`\?\)"),
    ):
        with pytest.raises(UserError, match=why):
            history(course, group, row)


def test_a_history_is_harmless_and_a_line_each(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attack = ATTACK.replace("\x1b", "").replace("\x07", "").replace("\ud800", "").replace("\x9b", "")
    mark(course, ("7", "hydra", {"comment": f"{attack}\n{'long ' * 60}", "grader": "[red]AB"}))
    found = history_of(open_course(course / "course.yaml"), "7")

    show_history(found)
    short = capsys.readouterr().out
    show_history(found, whole=True)
    whole = capsys.readouterr().out

    assert len(short.splitlines()) == len(whole.splitlines()) == 3
    assert not UNSEEMLY.search(short + whole)
    assert "[red]AB" in short and "[link=x]y[/link]" in whole
    assert max(map(len, short.splitlines())) < 250 < len("long " * 60) < max(map(len, whole.splitlines()))


@BOTH
def test_marks_come_back_with_everything_in_the_history(course: Path) -> None:
    """In both workbooks; what was not read yet is read before, and can be had again."""
    mark(course, ("7", "hydra", {"points": 0.25, "comment": "seen", "grader": "AB"}), ("8", "hydra", {"points": 1}))
    then = {group: shown(workbook(course, group)) for group in "78"} | {"": in_class(course)}
    mark(course, ("7", "hydra", {"points": None, "comment": "wrong row", "grader": "CD"}))
    type_into(workbook(course, "7"), "git_repo", {"points": 1})
    type_into(workbook(course, "8"), "hydra", {"points": None})

    report = restore(course, "2026-02-01T11:30")

    assert {group: shown(workbook(course, group)) for group in "78"} | {"": in_class(course)} == then
    names = ", ".join(name(course, group) for group in "78")
    (said,) = report.messages
    assert said.startswith(f"Restored as of 2026-02-01T11:30:00+01:00: 5 cells of 2 groups ({names}). ")
    assert flags(workbook(course, "7")) == {}
    assert is_quiet(course)
    cells = [(one.cell, one.before, one.after) for one in history(course, "7", "hydra")]
    assert cells[-3:] == [("Points", "(blank)", "0.25"), ("Comment", "wrong row", "seen"), ("Grader", "CD", "AB")]
    assert history(course, "7", "git_repo")[-1].workbook == "restored as of 2026-02-01T11:30:00+01:00"

    back = re.search(r"--at (\S+)`", said)
    assert back
    restore(course, back[1])
    assert shown(workbook(course, "7")) == {
        ("hydra", "comment"): "wrong row",
        ("hydra", "grader"): "CD",
        ("git_repo", "points"): 1,
    }
    assert shown(workbook(course, "8")) == {}
    assert is_quiet(course)


def test_only_the_groups_that_are_named_are_restored(course: Path) -> None:
    mark(course, ("7", "hydra", {"points": 1}), ("8", "hydra", {"points": 1}))
    mark(course, ("7", "hydra", {"points": 0}), ("8", "hydra", {"points": 0}))
    type_into(course / "out" / "grading.xlsx", class_row(course, "git_repo@8"), {"points": 1})

    report = restore(course, "2026-02-01T11:00", groups="7")

    assert "1 cell of 1 group" in report.messages[0]
    assert report.messages[0].endswith(" --groups 7` takes it back.")
    run(course)
    assert shown(workbook(course, "7")) == {("hydra", "points"): 1}
    assert shown(workbook(course, "8")) == {("hydra", "points"): 0, ("git_repo", "points"): 1}


@BOTH
def test_groups_that_left_the_roster_keep_their_marks(course: Path) -> None:
    mark(course, ("7", "hydra", {"points": 1}), ("8", "hydra", {"points": 1}))
    mark(course, ("7", "hydra", {"points": 0}), ("8", "hydra", {"points": 0}))
    roster = course / "roster.csv"
    roster.write_text("\n".join(roster.read_text().splitlines()[:2]) + "\n")

    report = restore(course, "2026-02-01T11:00")

    assert f"1 cell of 1 group ({name(course, '7')})" in report.messages[0]
    assert [one.after for one in history(course, "8")] == ["1", "0"]
    with pytest.raises(UserError, match="The roster has no group “8”"):
        restore(course, "2026-02-01T11:00", groups="8")


@BOTH
def test_conflicts_that_came_up_since_are_closed_and_kept(course: Path) -> None:
    mark(course, ("7", "hydra", {"points": 1}))
    type_into(workbook(course, "7"), "git_repo", {"points": 1})
    type_into(course / "out" / "grading.xlsx", class_row(course, "git_repo@7"), {"points": 0})
    run(course)
    type_into(workbook(course, "7"), "hydra", {"decision": "found", "grader": "AB"})
    type_into(course / "out" / "grading.xlsx", class_row(course, "hydra@7"), {"decision": "absent"})

    report = restore(course, "2026-02-01T12:00")

    (open_,) = ledger(course)["conflicts"]  # type: ignore[misc]
    assert (open_["key"], open_["field"]) == ("git_repo", "points")
    assert any("0 cells of 0 groups, and 1 conflict closed." in text for text in report.messages)
    kept = history(course, "7", "hydra")[-1]
    assert (kept.cell, kept.after) == ("Conflict", "(blank)")
    assert {"found", "absent", "AB"} <= set(re.findall(r"\w+", kept.before))
    run(course)
    assert len(ledger(course)["conflicts"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-03-01T12:00", "2026-03-01T12:00 is still to come"),
        ("2026-02-01T10:30", "The first mark was read later: 1 Feb 2026 11:00 CET"),
        ("0001-01-01T00:00", "The first mark was read later"),
        ("yesterday", "'yesterday' is not a time"),
        ("2026-02-01", "has no time of day"),
    ],
)
def test_times_that_are_none_change_nothing(course: Path, at: str, why: str) -> None:
    mark(course, ("7", "hydra", {"points": 1}))
    type_into(workbook(course, "7"), "hydra", {"points": 0})
    before = ledger(course)
    with pytest.raises(UserError, match=why):
        restore(course, at)
    assert ledger(course) == before


def test_without_marks_there_is_nothing_to_restore(course: Path) -> None:
    with pytest.raises(UserError, match="There are no marks"):
        restore(course, "2026-02-01T10:00")
    mark(course, ("7", "hydra", {"points": 1}))
    assert restore(course, "2026-02-01T12:00").messages == (
        "All marks are as they were at 2026-02-01T12:00:00+01:00: nothing was restored.",
    )
    assert is_quiet(course)


@pytest.mark.parametrize("which", ["of the class", "of a group"])
def test_a_workbook_that_is_open_or_damaged_is_waited_for(course: Path, which: str) -> None:
    mark(course, ("7", "hydra", {"points": 1}))
    mark(course, ("7", "hydra", {"points": 0}))
    path = course / "out" / "grading.xlsx" if which == "of the class" else workbook(course, "7")
    said = path.relative_to(course / "out").as_posix()
    before = ledger(course)
    lock = path.with_name(f"~${path.name}")
    lock.touch()
    with pytest.raises(UserError, match=f"^{said} is open in another program"):
        restore(course, "2026-02-01T11:00")
    lock.unlink()
    path.write_bytes(b"PK damaged")
    with pytest.raises(UserError, match=f"^{said} is not read: it could not be read"):
        restore(course, "2026-02-01T11:00")
    assert ledger(course) == before


def _whole(course: Path, path: Path) -> None:
    """Saved once more by the program that has it open since before the restore."""


def _more(course: Path, path: Path) -> None:
    type_into(path, class_row(course, "hydra@7"), {"points": 0.75})


@pytest.mark.parametrize("edit", [_whole, _more])
def test_an_old_copy_never_overrules_what_was_restored(course: Path, edit: Callable[[Path, Path], None]) -> None:
    """The class workbook was sorted by one column, saved, harvested, put right by a restore, and then saved again."""
    mark(course, ("7", "hydra", {"points": 1}), ("8", "hydra", {"points": 0.5}))
    path, aside = course / "out" / "grading.xlsx", course / "sorted.xlsx"
    type_into(path, class_row(course, "hydra@7"), {"points": 0.5})
    type_into(path, class_row(course, "hydra@8"), {"points": 1})
    type_into(path, class_row(course, "git_repo@8"), {"points": 1})
    shutil.copy(path, aside)
    run(course)
    restore(course, "2026-02-01T11:00")
    right = in_class(course)
    assert len(right) == 2
    edit(course, aside)
    shutil.copy(aside, path)

    run(course)

    assert in_class(course) == right
    assert len(ledger(course)["conflicts"]) == 3  # type: ignore[arg-type]
    restore(course, "2026-02-01T11:00")
    assert in_class(course) == right
    assert is_quiet(course)


def test_a_copy_from_after_the_mistake_is_told_as_older(course: Path) -> None:
    mark(course, ("7", "hydra", {"points": 1}))
    mark(course, ("7", "hydra", {"points": 0.5}))
    shutil.copy(workbook(course, "7"), course / "copy.xlsx")
    restore(course, "2026-02-01T11:00")
    type_into(course / "copy.xlsx", "git_repo", {"points": 1})
    shutil.copy(course / "copy.xlsx", workbook(course, "7"))

    report = run(course)

    assert shown(workbook(course, "7")) == {("hydra", "points"): 1, ("git_repo", "points"): 1}
    assert any("copy of an earlier harvest: 1 cell" in text for text in report.messages)


@BOTH
def test_a_name_that_changes_in_between_changes_no_mark(course: Path) -> None:
    """Graded with names, then blind, or the other way round: times of before hold."""
    mark(course, ("7", "hydra", {"points": 1, "comment": "first"}))
    settings = course / "course.yaml"
    text = settings.read_text()
    settings.write_text(text.replace(ANONYMOUS, "") if ANONYMOUS in text else text + ANONYMOUS)
    blind = ANONYMOUS not in text
    run(course)
    called = name(course, "7") if blind else "7"
    path = course / "out" / "groups" / called / "grading.xlsx"
    type_into(path, "hydra", {"points": 0})
    run(course)

    restore(course, "2026-02-01T11:00")

    assert shown(path) == {("hydra", "points"): 1, ("hydra", "comment"): "first"}
    assert flags(path) == {}
    lines = history(course, called)
    assert {one.workbook for one in lines} == {
        f"groups/{called}/grading.xlsx",
        "restored as of 2026-02-01T11:00:00+01:00",
    }
    assert len({one.commit for one in lines}) == 1


@pytest.fixture
def made(tmp_path: Path) -> Course:
    """A class without repositories, whose records can be changed; the second harvest read a mark."""
    made = Course(tmp_path / "out", [make_record(str(n), items=5, questions=4, variant=n) for n in (1, 2)])
    made.harvest()
    type_into(made.group_path("1"), "write_access", {"points": 1})
    made.harvest()
    return made


def change(made: Course) -> None:
    """Another commit, and a verdict that is another."""
    made.records = [make_record("1", items=5, questions=4, variant=3, sha=OTHER_SHA), made.records[1]]
    made.harvest()


def test_a_restored_mark_is_flagged_where_it_was_given_for_something_else(made: Course) -> None:
    change(made)
    assert "verdict: confirmed → unclaimed" in flags(made.group_path("1"))["write_access"]
    type_into(made.group_path("1"), "write_access", {"points": 0.5})
    made.harvest()
    assert flags(made.group_path("1")) == {}

    made.restore(2)

    assert shown(made.group_path("1")) == {("write_access", "points"): 1}
    assert "1a2b3c4 → 99aa88b): verdict: confirmed → unclaimed" in flags(made.group_path("1"))["write_access"]
    assert made.restore(4).conflicts == ()
    assert shown(made.group_path("1")) == {("write_access", "points"): 0.5}
    assert flags(made.group_path("1")) == {}


def test_newer_rules_for_the_same_commit_are_flagged_too(made: Course) -> None:
    made.records = [make_record("1", items=5, questions=4, variant=3), made.records[1]]
    made.harvest()
    type_into(made.group_path("1"), "write_access", {FLAG: None})
    made.harvest()
    type_into(made.group_path("1"), "write_access", {"points": 0.5})
    made.harvest()

    made.restore(2)

    assert "newer rules): verdict: confirmed → unclaimed" in flags(made.group_path("1"))["write_access"]


def test_what_the_history_cannot_tell_is_flagged(made: Course) -> None:
    """As older versions left it: no more than the commit of each change."""
    change(made)
    type_into(made.group_path("1"), "write_access", {"points": 0.5})
    made.harvest()
    path = made.out / "marks.json"
    old = json.loads(path.read_bytes())
    for event in old["groups"]["1"]["write_access"]["history"]:
        event.pop("was", None)
    path.write_text(json.dumps(old))

    made.restore(2)

    (flag,) = flags(made.group_path("1")).values()
    assert flag == "Changed since marked (1a2b3c4 → 99aa88b): what stood beside it then is not known"
    type_into(made.group_path("1"), "write_access", {FLAG: None})
    made.harvest()
    assert flags(made.group_path("1")) == {}


def test_text_without_a_home_comes_back_as_well(made: Course) -> None:
    type_into(made.group_path("1"), "write_access", {"Id": "writeaccess", "points": 0.5})
    book = made.harvest()
    ((_, key, _),) = (place for place in cells_of(book) if place[1].startswith("x:"))
    type_into(made.group_path("1"), key, {"points": None})
    made.harvest()
    assert (key, "points") not in shown(made.group_path("1"))

    made.restore(3)

    assert shown(made.group_path("1"))[key, "points"] == 0.5
