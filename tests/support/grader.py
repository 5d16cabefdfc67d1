"""A scripted grader: opens the workbooks of an output folder as a spreadsheet program would, and types in them."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import load_workbook

from harvester.models.marks import FIELDS, Value
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.outputs.columns import HEADINGS, ID
from harvester.outputs.mark_history import Commits, Restoring
from harvester.outputs.marks import MarksBook, load_marks
from harvester.outputs.workbook_class import write_class_workbook
from harvester.outputs.workbook_group import write_group_workbook

START = datetime(2026, 1, 24, 9, 0, tzinfo=UTC)
SETTINGS = PointsSettings()
Place = tuple[str, str, str]
"""(group, key, field)"""


@dataclass
class Course:
    """An output folder, harvested as often as wanted."""

    out: Path
    records: Sequence[GroupRecord]
    settings: PointsSettings = SETTINGS
    runs: int = 0
    outcomes: list[str] = field(default_factory=list)

    def harvest(self) -> MarksBook:
        """Read the marks, write every workbook, save: what a run does."""
        self.runs += 1
        book = load_marks(self.out, START + timedelta(hours=self.runs))
        results = [
            write_group_workbook(one, book.for_group(one.group.id), self.settings, self.group_path(one.group.id))
            for one in self.records
        ]
        results.append(write_class_workbook(self.records, book, self.settings, self.class_path))
        for result in results:
            book.note(result)
        book.save()
        self.outcomes = [result.outcome for result in results]
        return book

    def restore(self, hour: int) -> MarksBook:
        """Bring all marks back to what they were after so many harvests, and harvest."""
        book = load_marks(self.out, START + timedelta(hours=self.runs, minutes=40))
        moments = START + timedelta(hours=hour, minutes=30), START + timedelta(hours=self.runs, minutes=50)
        then, now = (moment.isoformat(timespec="seconds") for moment in moments)
        restoring = Restoring(then, now, f"restored as of {then}", book.ledger.serial + 1)
        groups: dict[str, Commits] = {group: str for group in book.groups if group}
        book.ledger = restoring.restore(book.ledger, groups).ledger
        book.save()
        return self.harvest()

    @property
    def class_path(self) -> Path:
        return self.out / "grading.xlsx"

    def group_path(self, group: str) -> Path:
        return self.out / "groups" / group / "grading.xlsx"

    def known(self) -> dict[Place, Value]:
        """Every cell of every mark that the last run knew."""
        return cells_of(load_marks(self.out, START))


def cells_of(book: MarksBook) -> dict[Place, Value]:
    """The cells of a book of marks that hold something."""
    return {
        (group, key, name): value
        for group, marks in book.ledger.groups.items()
        for key, mark in marks.items()
        for name in FIELDS
        if (value := getattr(mark, name)) is not None
    }


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Edit a workbook and save it, as of another moment than before."""
    book = load_workbook(path)
    yield book
    before = path.stat()
    book.save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))


def type_into(path: Path, row_id: str, values: dict[str, object]) -> None:
    """Type into the cells of the row with an id, by field; None blanks a cell."""
    with opened(path) as book:
        for sheet in book.worksheets:
            header = header_of(sheet)
            for cells in sheet.iter_rows(min_row=2):
                if ID in header and cells[header[ID]].value == row_id and HEADINGS["comment"] in header:
                    for name, value in values.items():
                        cells[header[HEADINGS.get(name, name)]].value = value
                    return
    raise LookupError(f"no row {row_id} in {path}")


def shown(path: Path) -> dict[tuple[str, str], object]:
    """What a workbook's grader cells show: (row id, field) -> value."""
    found = {}
    book = load_workbook(path)
    for sheet in book.worksheets:
        header = header_of(sheet)
        if ID not in header or HEADINGS["comment"] not in header:
            continue
        for cells in sheet.iter_rows(min_row=2, values_only=True):
            for name, heading in HEADINGS.items():
                value = cells[header[heading]] if heading in header else None
                if value is not None and cells[header[ID]]:
                    found[str(cells[header[ID]]), name] = value
    return found


def header_of(sheet: Any) -> dict[str, int]:
    """Heading -> column, from the first row with an id; empty where there is none."""
    for cells in sheet.iter_rows(max_row=5, values_only=True):
        if ID in cells:
            return {str(value): index for index, value in enumerate(cells) if value is not None}
    return {}


def graded_sheets(book: Any) -> list[Any]:
    """The sheets with grader cells."""
    return [sheet for sheet in book.worksheets if HEADINGS["comment"] in header_of(sheet)]


# What a spreadsheet lets one do to a sheet. Each takes the sheet and a source of chance.


def shuffle_rows(sheet: Any, chance: Random) -> None:
    """Sort by something."""
    rows = [[cell.value for cell in cells] for cells in sheet.iter_rows(min_row=2)]
    chance.shuffle(rows)
    _rewrite(sheet, rows, 2)


def shuffle_columns(sheet: Any, chance: Random) -> None:
    """Move columns about, headings with them."""
    rows = [[cell.value for cell in cells] for cells in sheet.iter_rows()]
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    _rewrite(sheet, [[row[index] for index in order] for row in rows], 1)


def insert_rows(sheet: Any, chance: Random) -> None:
    """Insert blank rows, above the header too."""
    sheet.insert_rows(chance.randint(1, sheet.max_row), chance.randint(1, 3))


def delete_row(sheet: Any, chance: Random) -> None:
    """Delete a row that is not the header."""
    if sheet.max_row > 3:
        sheet.delete_rows(chance.randint(3, sheet.max_row))


def insert_column(sheet: Any, chance: Random) -> None:
    """Insert a column of one's own."""
    at = chance.randint(1, sheet.max_column)
    sheet.insert_cols(at)
    top = next(row for row in range(1, 6) if ID in [cell.value for cell in sheet[row]])
    sheet.cell(top, at, "My own")
    sheet.cell(top + 1, at, "remember this")


def delete_column(sheet: Any, chance: Random) -> None:
    """Delete one of the columns that are not the id."""
    sheet.delete_cols(chance.choice([index + 1 for name, index in header_of(sheet).items() if name != ID]))


def rename_sheet(sheet: Any, chance: Random) -> None:
    """Give the sheet another name."""
    sheet.title = f"Mine {chance.randint(1, 10**6)}"


def _rewrite(sheet: Any, rows: list[list[object]], first: int) -> None:
    for number, row in enumerate(rows, first):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.hyperlink = None
            cell.value = value


REARRANGE: tuple[Callable[[Any, Random], None], ...] = (
    shuffle_rows,
    shuffle_columns,
    insert_rows,
    delete_row,
    insert_column,
    delete_column,
    rename_sheet,
)
