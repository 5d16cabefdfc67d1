"""Reads the graders' cells of a workbook, wherever its rows, columns and sheets have gone."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from harvester.models.marks import FIELDS, Value
from harvester.outputs import columns
from harvester.outputs.cells import decode, tidy
from harvester.outputs.workbook_grid import (
    DAMAGE,
    FormulaText,
    UnreadableError,
    grid_of,
    left_behind,
    open_sheets,
    with_values,
)
from harvester.outputs.workbook_meta import SHEET, Baseline, Identity, class_id, parse_group_row, parse_identity

_HEADER_ROWS = 50
_BY_HEADING = {title.casefold(): name for name, title in columns.HEADINGS.items()} | {
    columns.ID.casefold(): "id",
    columns.FLAG.casefold(): "flag",
    columns.HOLDS.casefold(): "holds",
}
_FOREIGN_HEADINGS = frozenset(
    column.title.casefold()
    for table in (
        columns.OVERVIEW, columns.CHECKLIST, columns.ANSWERS, columns.PEOPLE, columns.CLASS, columns.CLASS_ANSWERS,
        columns.CLASS_ITEMS, columns.HOMELESS, columns.CONFLICTS, columns.INDEX, columns.PROBLEMS, columns.HELP,
    )
    for column in table
)  # fmt: skip

_WITHOUT_IDS = tuple({column.title for column in table} for table in (columns.PROBLEMS, columns.INDEX, columns.HELP))
"""The headings of our sheets that nobody grades in."""
_GRADED = frozenset(columns.HEADINGS.values())


@dataclass
class Row:
    """The grader's cells that were found for one key: every value of each field, over all rows with its id."""

    values: dict[str, list[Value]] = field(default_factory=dict)
    flag_cleared: bool | None = None
    """Whether the flag's cell is blank; None where the row has none."""
    label: str = ""


@dataclass
class Reading:
    """All that a workbook says."""

    identity: Identity
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    """(group, key) -> cells"""
    baselines: dict[str, dict[str, Baseline]] = field(default_factory=dict)
    """Group -> key -> what was written."""
    settled: dict[str, str] = field(default_factory=dict)
    """Conflict id -> previous, first or second."""
    trouble: list[str] = field(default_factory=list)
    """Why it must not be overwritten: cells that cannot be told apart."""
    notes: list[str] = field(default_factory=list)
    """What is in it that will not be carried over."""

    @cached_property
    def ids(self) -> dict[str, tuple[str, str]]:
        """Row id as the workbook has it -> (group, key)."""
        if self.identity.kind == "class":
            return {class_id(key, group): (group, key) for group, rows in self.baselines.items() for key in rows}
        return {key: (self.identity.group, key) for key in self.baselines.get(self.identity.group, {})}

    @cached_property
    def loose_ids(self) -> dict[str, tuple[str, str] | None]:
        """The same for ids that were typed over, in small letters and without blanks; None where two are alike."""
        found: dict[str, tuple[str, str] | None] = {}
        for written, place in self.ids.items():
            loose = _loose(written)
            found[loose] = None if loose in found else place
        return found

    def baseline(self, group: str, key: str) -> Baseline:
        """What was written into a row; blank for a row that was not there."""
        return self.baselines.get(group, {}).get(key) or Baseline()


def read_workbook(path: Path, group: str = "") -> Reading:
    """Read a group or class workbook.

    Parameters
    ----------
    group
        The group that the folder stands for, where the workbook's own hidden sheet is gone.

    Raises
    ------
    UnreadableError
        The file is damaged, or no workbook of the harvest.
    """
    try:
        with ExitStack() as stack:
            sheets = stack.enter_context(open_sheets(path, cached=False))
            reading = _start(sheets, group)
            stored: dict[str, Any] | None = None
            for title, sheet in sheets.items():
                if title == SHEET:
                    continue
                grid = grid_of(sheet)
                if _has_typed_formulas(grid):
                    stored = stored or stack.enter_context(open_sheets(path, cached=True))
                    grid = with_values(grid, grid_of(stored[title]))
                _read_sheet(reading, title, grid)
            reading.notes += left_behind(path)
    except DAMAGE as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UnreadableError(reason or "it is damaged, or no Excel workbook") from error
    return reading


def _start(sheets: Mapping[str, Any], group: str) -> Reading:
    hidden = grid_of(sheets[SHEET]) if SHEET in sheets else None
    if not hidden:
        if not any(_find_header(grid_of(sheet)) for sheet in sheets.values()):
            raise UnreadableError("it has no sheet of the harvest")
        return Reading(Identity("group" if group else "class", "", 0, group))
    reading = Reading(parse_identity([decode(one) if isinstance(one, str) else one for one in hidden[0]]))
    for line in hidden[1:]:
        if len(line) >= 2 and line[1] is not None:
            rows = parse_group_row(decode(str(line[1])))
            reading.baselines.setdefault(decode(str(line[0])), {}).update(rows)
    return reading


def _find_header(grid: Sequence[Sequence[Any]]) -> tuple[int, dict[str, list[int]]] | None:
    """(row, role -> columns) of the first row that has an id and a cell of the grader's."""
    for index, line in enumerate(grid[:_HEADER_ROWS]):
        roles: dict[str, list[int]] = {}
        for position, value in enumerate(line):
            role = _BY_HEADING.get(str(value).strip().casefold()) if isinstance(value, str) else None
            if role:
                roles.setdefault(role, []).append(position)
        if "id" in roles and ("holds" in roles or any(field in roles for field in FIELDS)):
            return index, roles
    return None


def _has_typed_formulas(grid: list[list[Any]]) -> bool:
    """Whether a grader's cell holds a formula; only then are the stored values read as well."""
    top, roles = _find_header(grid) or (0, {})
    places = [place for name in FIELDS for place in roles.get(name, ())]
    return any(isinstance(_at(line, place), FormulaText) for line in grid[top + 1 :] for place in places)


def _read_sheet(reading: Reading, title: str, grid: list[list[Any]]) -> None:
    found = _find_header(grid)
    if found is None:
        _mind_headless(reading, title, grid)
        return
    top, roles = found
    body = [(number, line) for number, line in enumerate(grid[top + 1 :], top + 2) if any(x is not None for x in line)]
    if "holds" in roles:
        _read_settled(reading, body, roles)
        return
    _mind_columns(reading, title, grid[top], body, roles)
    for number, line in body:
        written = decode(str(_at(line, roles["id"][0]) or "")).strip()
        values = {
            name: [tidy(_at(line, place), number=name == "points") for place in roles[name]]
            for name in FIELDS
            if name in roles
        }
        found_key = _key(reading, written)
        if found_key is None:
            if any(value is not None for some in values.values() for value in some):
                _read_stray(reading, title, number, written, values)
            continue
        row = reading.rows.setdefault(found_key, Row())
        for name, some in values.items():
            row.values.setdefault(name, []).extend(some)
        if "flag" in roles:
            row.flag_cleared = tidy(_at(line, roles["flag"][0])) is None


def _key(reading: Reading, written: str) -> tuple[str, str] | None:
    """The row that an id names; None where it is no id of ours."""
    if reading.baselines:
        return reading.ids.get(written) or reading.loose_ids.get(_loose(written))
    if reading.identity.kind == "class":
        key, at, group = written.partition("@")
        return (group, key) if at else None
    return (reading.identity.group, written) if written else None


def _loose(written: str) -> str:
    """An id without what a person may change in it unawares."""
    return "".join(written.split()).casefold()


def _read_stray(reading: Reading, title: str, number: int, written: str, values: Mapping[str, list[Value]]) -> None:
    """Text in a row without an id of ours: kept, under a key made of what it says."""
    text = json.dumps([written, values], ensure_ascii=False, sort_keys=True)
    key = f"x:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"
    row = reading.rows.setdefault((reading.identity.group, key), Row())
    row.values = {name: list(some) for name, some in values.items()}
    what = f"with the unknown id “{written[:40]}”" if written else "without an id"
    row.label = f"row {number} of the sheet “{title}”, {what}"


def _read_settled(reading: Reading, body: list[tuple[int, list[Any]]], roles: Mapping[str, list[int]]) -> None:
    for _, line in body:
        choice = tidy(_at(line, roles["holds"][0]))
        if isinstance(choice, str):
            reading.settled[str(_at(line, roles["id"][0]))] = choice.casefold()


def _mind_columns(
    reading: Reading,
    title: str,
    header: Sequence[Any],
    body: list[tuple[int, list[Any]]],
    roles: Mapping[str, list[int]],
) -> None:
    """Say what is in columns that are not ours; where one of ours is missing as well, nothing can be told apart."""
    foreign = [
        position
        for position in range(max((len(line) for _, line in body), default=0))
        if (str(_at(header, position) or "").strip().casefold() not in _FOREIGN_HEADINGS)
        and any(_at(line, position) is not None for _, line in body)
    ]
    missing = [heading for name, heading in columns.HEADINGS.items() if name not in roles]
    if foreign and missing:
        reading.trouble.append(
            f"on the sheet “{title}” the heading “{missing[0]}” is gone and there is a column that nobody knows; "
            "write the heading back"
        )
    elif foreign:
        names = ", ".join(f"“{_at(header, one) or 'without a heading'}”" for one in foreign[:5])
        reading.notes.append(f"own columns on the sheet “{title}” ({names})")


def _mind_headless(reading: Reading, title: str, grid: list[list[Any]]) -> None:
    """A sheet of ours whose header row is gone must not be taken for one without marks."""
    ids = set(reading.ids)
    cells = {cell for line in grid[:200] for cell in line if isinstance(cell, str)}
    if len(ids & cells) >= min(2, len(ids)) and ids:
        reading.trouble.append(f"the header row of the sheet “{title}” is gone; write it back (see another workbook)")
    elif any(cells >= _GRADED for cells in map(_texts, grid[:_HEADER_ROWS])):
        reading.trouble.append(
            f"the column “{columns.ID}” of the sheet “{title}” is gone; put it back (see another workbook)"
        )
    elif not any(ours <= cells for ours in _WITHOUT_IDS) and any(any(line) for line in grid):
        reading.notes.append(f"the sheet “{title}”")


def _texts(line: Sequence[Any]) -> set[str]:
    return {cell.strip() for cell in line if isinstance(cell, str)}


def _at(line: Sequence[Any], position: int) -> Any:
    return line[position] if position < len(line) else None
