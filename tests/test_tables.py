"""The class's tables."""

import csv
import io
from pathlib import Path

import pandas as pd

from harvester.models.status import Status
from harvester.outputs.tables import ANSWERS, CLAIMS, GROUPS, write_tables
from tests.support.records import make_class, make_record


def test_every_group_is_there_once_and_the_rows_are_those_of_the_records(tmp_path: Path) -> None:
    records = make_class(12)
    write_tables(records, tmp_path)

    groups, claims, answers = (
        pd.read_csv(tmp_path / name, dtype={"group": str}) for name in ("groups.csv", "claims.csv", "answers.csv")
    )
    assert list(groups["group"]) == [record.group.id for record in records]
    assert len(claims) == sum(len(record.checklist) for record in records)
    assert len(answers) == sum(len(record.questions) for record in records)
    assert (tuple(groups), tuple(claims), tuple(answers)) == (GROUPS, CLAIMS, ANSWERS)
    first = records[0]
    assert dict(groups.loc[0, ["ticked", "words"]]) == {
        "ticked": sum(item.claim == "ticked" for item in first.checklist),
        "words": sum(answer.words for answer in first.questions),
    }
    mine = claims[claims["group"] == "1"]
    assert list(mine["verdict"]) == [item.verdict for item in first.checklist]


def test_a_group_that_no_harvest_came_to_is_in_the_first_table_alone(tmp_path: Path) -> None:
    """Nothing of it can be counted as unreachable, or as not claimed."""
    later = make_record("2", status=Status.UNREACHABLE).model_copy(update={"harvested": False})
    write_tables((make_record("1"), later), tmp_path)
    groups, claims, answers = (
        pd.read_csv(tmp_path / name, dtype={"group": str}) for name in ("groups.csv", "claims.csv", "answers.csv")
    )
    assert list(groups["group"]) == ["1", "2"]
    assert list(groups["status"].isna()) == [False, True]
    assert set(claims["group"]) == set(answers["group"]) == {"1"}


def test_an_empty_class_has_tables_with_headings(tmp_path: Path) -> None:
    write_tables((), tmp_path)
    assert (tmp_path / "groups.csv").read_text("utf-8").strip() == ",".join(GROUPS)


def test_a_class_of_more_than_one_piece_is_whole(tmp_path: Path) -> None:
    write_tables((make_record(str(number), items=1, questions=1) for number in range(101)), tmp_path)
    rows = list(csv.reader(io.StringIO((tmp_path / "groups.csv").read_text("utf-8"))))
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(101)]


def test_hostile_text_is_text(tmp_path: Path) -> None:
    write_tables([make_record("=1", hostile=True)], tmp_path)
    for name in ("groups.csv", "claims.csv", "answers.csv"):
        text = (tmp_path / name).read_text("utf-8")
        assert not text.startswith("\ufeff")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
        assert "\x00" not in text


def test_danish_letters_stay(tmp_path: Path) -> None:
    write_tables([make_record("1")], tmp_path)
    assert "Blåbærgrød" in (tmp_path / "groups.csv").read_text("utf-8")
