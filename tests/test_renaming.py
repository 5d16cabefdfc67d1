"""Marks follow their groups when grading turns blind, and when names come back."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from harvester.models.marks import OVERALL, Mark
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.anonymous import mask_record
from harvester.outputs.anonymous_key import AnonymousKey
from harvester.outputs.columns import FLAG
from harvester.outputs.contexts import people_of
from harvester.outputs.ledger import Ledger
from harvester.outputs.marks import MarksBook, load_marks
from harvester.outputs.renaming import Renamed, rename_group, rename_ledger
from harvester.outputs.workbook_class import write_class_workbook
from harvester.outputs.workbook_group import write_group_workbook
from tests.support.grader import SETTINGS, START, cells_of, header_of, shown, type_into
from tests.support.records import OTHER_SHA, ROOT, SHA, make_record

KEY = AnonymousKey("0" * 64, {}).extended(["45", "46"])
ANON = KEY.group("45")
MEMBER = "s000451"
MASKED_MEMBER = KEY.member("45", MEMBER)


@dataclass
class Class:
    """An output folder that is harvested with names or without, as often as wanted."""

    out: Path
    records: list[GroupRecord]
    runs: int = 0
    last: list[GroupRecord] = field(default_factory=list)

    def harvest(self, *, blind: bool) -> MarksBook:
        self.runs += 1
        known = {one.group.id: one for one in self.last or self.records}

        def renaming(group: str) -> Renamed | None:
            real = group if blind else KEY.unmask(group)
            return rename_group(real, known.get(real), KEY, blind=blind) if real in known else None

        book = load_marks(self.out, START + timedelta(hours=self.runs), renaming)
        shown = [mask_record(one, KEY)[0] if blind else one for one in self.records]
        for one in shown:
            book.note(write_group_workbook(one, book.for_group(one.group.id), SETTINGS, self.group(one.group.id)))
        book.note(write_class_workbook(shown, book, SETTINGS, self.out / "grading.xlsx"))
        book.save()
        self.last = list(self.records)
        return book

    def group(self, name: str) -> Path:
        return self.out / "groups" / name / "grading.xlsx"


@pytest.fixture
def made(tmp_path: Path) -> Class:
    first = make_record("45", items=5, questions=4)
    told = first.questions[3].model_copy(update={"text": f"Åse Ørsted 0 wrote it, at {SHA}."})
    first = first.model_copy(update={"questions": (*first.questions[:3], told)})
    return Class(tmp_path / "out", [first, make_record("46", items=5, questions=4, variant=1)])


def texts_of(path: Path) -> str:
    """All that is in a workbook, hidden sheets too."""
    with ZipFile(path) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


def flags_of(path: Path) -> list[object]:
    found = []
    for sheet in load_workbook(path):
        header = header_of(sheet)
        if FLAG in header:
            found += [row[header[FLAG]] for row in sheet.iter_rows(min_row=2, values_only=True) if row[header[FLAG]]]
    return found


def test_marks_given_with_names_are_there_in_blind_grading_and_afterwards(made: Class) -> None:
    question = f"q:{made.records[0].questions[3].id}"
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5, "comment": "seen"})
    type_into(made.group("45"), question, {"decision": "full"})
    type_into(made.group("45"), f"m:{MEMBER}", {"points": -1})
    type_into(made.out / "grading.xlsx", f"{OVERALL}@46", {"points": 2})
    expected = {
        ("environment", "points"): 0.5,
        ("environment", "comment"): "seen",
        (question, "decision"): "full",
        (f"m:{MASKED_MEMBER}", "points"): -1,
    }

    blind = made.harvest(blind=True)

    assert shown(made.group(ANON)) == expected
    assert shown(made.group(KEY.group("46"))) == {(OVERALL, "points"): 2}
    assert flags_of(made.group(ANON)) == []
    assert len(blind.ledger.groups[ANON]["environment"].history) == 2
    assert set(blind.ledger.progress) == set(blind.groups) == {ANON, KEY.group("46")}
    type_into(made.group(ANON), "environment", {"points": 1})
    made.harvest(blind=True)

    book = made.harvest(blind=False)

    cells = {("45", key.replace(MASKED_MEMBER, MEMBER), name): value for (key, name), value in expected.items()}
    assert cells_of(book) == cells | {("45", "environment", "points"): 1, ("46", OVERALL, "points"): 2}
    assert flags_of(made.group("45")) == []
    assert [one.new for one in book.ledger.groups["45"]["environment"].history] == [0.5, "seen", 1]
    assert any("2 groups follow" in message for message in book.messages)
    assert not made.harvest(blind=False).messages


def test_the_blind_sheets_tell_no_names(made: Class) -> None:
    """Neither through marks that were given with names, nor through their conflicts and what has lost its row."""
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5})
    type_into(made.out / "grading.xlsx", "environment@45", {"points": 1})
    type_into(made.group("45"), f"q:{made.records[0].questions[3].id}", {"decision": "full"})
    type_into(made.group("45"), f"m:{MEMBER}", {"points": 1})
    type_into(made.out / "grading.xlsx", f"{OVERALL}@45", {"Id": "overall@45", "comment": "kept"})
    made.harvest(blind=False)
    changed = make_record("45", items=5, questions=3, sha=OTHER_SHA, members=["s000459"], variant=2)
    made.records = [changed, made.records[1]]

    book = made.harvest(blind=True)

    assert len(book.conflicts) == 1
    for path in (made.out / "grading.xlsx", made.group(ANON)):
        told = texts_of(path)
        assert ANON in told
        for name in (MEMBER, "s000459", "Ørsted", "groups/45", "@45", SHA[:7], OTHER_SHA[:7], ROOT[:7]):
            assert name not in told, (path, name)


def test_another_repository_is_told_under_either_name(made: Class) -> None:
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5})
    made.harvest(blind=False)
    made.harvest(blind=True)
    assert flags_of(made.group(ANON)) == []

    made.records = [make_record("45", items=5, questions=4, sha=OTHER_SHA, root="5eed" * 10), made.records[1]]
    for blind, name in ((True, ANON), (False, "45"), (True, ANON)):
        made.harvest(blind=blind)
        (flag,) = flags_of(made.group(name))
        assert "another repository" in str(flag)


def test_a_group_that_was_away_when_the_names_came_back_is_no_other_repository(made: Class) -> None:
    made.harvest(blind=True)
    type_into(made.group(ANON), "environment", {"points": 0.5})
    made.harvest(blind=True)
    there = list(made.records)
    made.records = [make_record("45", status=Status.UNREACHABLE), there[1]]
    made.harvest(blind=True)
    made.harvest(blind=False)

    made.records = there
    made.harvest(blind=False)

    assert shown(made.group("45"))["environment", "points"] == 0.5
    assert flags_of(made.group("45")) == []


def test_what_was_typed_under_the_old_name_and_not_read_yet_is_taken_over(made: Class) -> None:
    made.harvest(blind=True)
    type_into(made.group(ANON), "environment", {"points": 0.5})

    book = made.harvest(blind=False)
    type_into(made.group(ANON), "git_repo", {"points": 1})
    later = made.harvest(blind=False)

    assert cells_of(book) == {("45", "environment", "points"): 0.5}
    assert cells_of(later) == {("45", "environment", "points"): 0.5, ("45", "git_repo", "points"): 1}
    assert not later.conflicts


def test_a_copy_under_the_old_name_disagrees_as_any_copy_does(made: Class) -> None:
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5})
    made.harvest(blind=True)
    type_into(made.group(ANON), "environment", {"points": 1})
    made.harvest(blind=True)
    type_into(made.group("45"), "environment", {"points": 0})

    book = made.harvest(blind=True)

    assert cells_of(book) == {(ANON, "environment", "points"): 1}
    (conflict,) = book.conflicts
    assert 0.0 in [value for _, value in conflict.values]


def test_marks_newer_than_a_restored_ledger_are_taken_though_the_names_change(made: Class) -> None:
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5})
    made.harvest(blind=False)
    old = (made.out / "marks.json").read_bytes()
    type_into(made.group("45"), "environment", {"points": 1})
    made.harvest(blind=False)
    (made.out / "marks.json").write_bytes(old)

    book = made.harvest(blind=True)

    assert cells_of(book) == {(ANON, "environment", "points"): 1}
    assert not book.conflicts


def test_a_mark_on_somebody_unknown_stays_with_that_person_as_others_come(made: Class) -> None:
    """In blind sheets as well, where nothing but the pseudonym tells one stranger from the other."""
    (*members, nobody), other = made.records[0].contributions, made.records[1]

    def strangers(*names: str) -> list[GroupRecord]:
        unknown = [nobody.model_copy(update={"names": (one,), "emails": ()}) for one in names]
        return [made.records[0].model_copy(update={"contributions": (*members, *unknown)}), other]

    alone, both = strangers("zed"), strangers("abe", "zed")
    made.records = alone
    made.harvest(blind=True)
    ((key, _, _),) = (one for one in people_of(mask_record(alone[0], KEY)[0]) if one[0].startswith("u:"))
    type_into(made.group(ANON), key, {"comment": "zed helped"})
    made.harvest(blind=True)
    made.records = both
    made.harvest(blind=True)

    book = made.harvest(blind=False)

    ((marked, mark),) = book.ledger.groups["45"].items()
    assert mark.comment == "zed helped"
    assert [people[0].names for key, _, people in people_of(both[0]) if key == marked] == [("zed",)]


def test_marks_under_both_names_are_merged_and_none_is_lost(made: Class) -> None:
    """As older versions left them, which kept two books of one group."""
    made.harvest(blind=False)
    type_into(made.group("45"), "environment", {"points": 0.5, "comment": "with names"})
    old = made.harvest(blind=False).ledger.groups["45"]
    (made.out / "marks.json").unlink()
    for path in made.out.rglob("*.xlsx"):
        path.unlink()
    made.harvest(blind=True)
    type_into(made.group(ANON), "environment", {"points": 1, "grader": "B"})
    book = made.harvest(blind=True)
    book.ledger = book.ledger.model_copy(update={"groups": {**book.ledger.groups, "45": old}})
    book.save()

    merged = made.harvest(blind=True)

    assert cells_of(merged) == {
        (ANON, "environment", "points"): 1,
        (ANON, "environment", "grader"): "B",
        (ANON, "environment", "comment"): "with names",
    }
    (conflict,) = merged.conflicts
    assert (conflict.field, {0.5, 1.0} <= {value for _, value in conflict.values}) == ("points", True)
    assert any("wait" in message for message in merged.messages)
    history = merged.ledger.groups[ANON]["environment"].history
    assert set(old["environment"].history) < set(history)
    assert [one.when for one in history] == sorted(one.when for one in history)


def test_marks_of_a_group_without_a_record_follow_too() -> None:
    """Its outputs were removed, or could not be read: the roster still tells who its members are."""
    blind = rename_group("45", None, KEY, blind=True)
    assert (blind.name, blind.key("hydra"), blind.key(f"m:{MEMBER}")) == (ANON, "hydra", f"m:{MASKED_MEMBER}")
    shown = rename_group("45", None, KEY, blind=False, members=[MEMBER])
    assert (shown.name, shown.key("hydra"), shown.key(f"m:{MASKED_MEMBER}")) == ("45", "hydra", f"m:{MEMBER}")


def test_a_member_who_left_is_found_again_however_often_names_come_and_go() -> None:
    ledger = Ledger(groups={"45": {f"m:{MEMBER}": Mark(points=1.0)}})
    for blind in (True, False, True):
        names = rename_group("45", None, KEY, blind=blind)
        ledger = rename_ledger(ledger, lambda group, names=names: names if group == names.old else None, "2026")
    assert ledger.groups == {ANON: {f"m:{MASKED_MEMBER}": Mark(points=1.0)}}


def test_two_rows_that_become_one_lose_nothing() -> None:
    """A member's row under the name, and one under the pseudonym that could not be told then."""
    rows = {f"m:{MEMBER}": Mark(points=1.0, comment="a"), f"m:{MASKED_MEMBER}": Mark(points=2.0, note="b")}
    names = rename_group("45", None, KEY, blind=True)

    ledger = rename_ledger(Ledger(groups={"45": rows}), lambda group: names if group == "45" else None, "2026")

    mark = ledger.groups[ANON][f"m:{MASKED_MEMBER}"]
    assert (mark.comment, mark.note) == ("a", "b")
    (conflict,) = ledger.conflicts
    assert {mark.points, *(value for _, value in conflict.values)} >= {1.0, 2.0}
