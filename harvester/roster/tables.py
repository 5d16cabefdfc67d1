"""CSV, text and XLSX files -> rows of text, within bounds."""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harvester.errors import RosterError

MAX_BYTES = 10_000_000
MAX_UNPACKED = 10_000_000
MAX_ROWS = 10_000
MAX_COLUMNS = 200
MAX_CELL = 5_000

_DELIMITERS = ",;\t|"
_LINK_FORMULA = re.compile(r'=\s*HYPERLINK\(\s*"([^"]+)"')


@dataclass(frozen=True)
class Row:
    """One row as a spreadsheet counts it, from 1. Cells are stripped text."""

    number: int
    cells: tuple[str, ...]
    links: Mapping[int, str] = field(default_factory=dict)
    """Column, from 0 -> where the text of a workbook's cell leads."""

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything."""
        return not any(self.cells)


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises
    ------
    RosterError
        It is not there, cannot be read or is larger than 10 MB.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise RosterError(f"The roster {path} is not there.", "Check `roster` in course.yaml.") from error
    except (OSError, ValueError) as error:
        raise RosterError(f"The roster {path} cannot be read: {getattr(error, 'strerror', error)}.") from error
    if len(data) > MAX_BYTES:
        raise RosterError(f"The roster {path} is larger than {MAX_BYTES:,} bytes.")
    return data


def read_sheets(data: bytes, name: str) -> list[list[Row]]:
    """The tables of a file: one for a text file, one per sheet for a workbook. Blank rows at the end are left out.

    Raises
    ------
    RosterError
        More than 10,000 rows, a damaged or oversized workbook, or an old `.xls`.
    """
    if data.startswith(b"PK\x03\x04"):
        tables = _read_workbook(data, name)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise RosterError(f"The roster {name} is an old or encrypted Excel file.", "Save it as .xlsx or .csv.")
    else:
        tables = [_read_text(data, name)]
    return [_without_tail(table) for table in tables]


def decode(data: bytes) -> str:
    """Text in UTF-8 or UTF-16 (by their marks), else UTF-8 without a mark, else Windows' Western European."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _read_text(data: bytes, name: str) -> list[Row]:
    text = decode(data).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text, skipped = first.strip()[-1], rest, 1
    else:
        delimiter = _delimiter(text)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        return list(_rows((cells for cells in lines), name, skipped))
    except csv.Error as error:
        raise RosterError(f"The roster {name}, row {lines.line_num}, cannot be read as CSV: {error}.") from error


def _delimiter(text: str) -> str:
    """The delimiter that the first line with any has most of."""
    for line in text.splitlines()[:50]:
        count, delimiter = max((line.count(mark), mark) for mark in _DELIMITERS)
        if count and not line.startswith("#"):
            return delimiter
    return ","


def _rows(lines: Iterable[Iterable[object]], name: str, skipped: int = 0) -> Iterator[Row]:
    for number, cells in enumerate(lines, start=1 + skipped):
        if number > MAX_ROWS + 1:
            raise RosterError(f"The roster {name} has more than {MAX_ROWS:,} rows.", "Split it into several courses.")
        yield Row(number, tuple(_cell(cell) for cell, _ in zip(cells, range(MAX_COLUMNS), strict=False)))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:MAX_CELL].replace("\u00a0", " ").strip()


def _without_tail(table: list[Row]) -> list[Row]:
    end = len(table)
    while end and table[end - 1].blank:
        end -= 1
    return table[:end]


def _read_workbook(data: bytes, name: str) -> list[list[Row]]:
    fault = _workbook_fault(data)
    if fault:
        raise RosterError(f"The roster {name} {fault}.", "Save it as .csv.")
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            tables = [list(_rows(_values(sheet), name)) for sheet in book.worksheets[:20]]
            if not _has_links(data):
                return tables
            whole = load_workbook(io.BytesIO(data), keep_links=False)  # neither links nor formulas are read on the way
            return [list(_linked(table, sheet)) for table, sheet in zip(tables, whole.worksheets, strict=False)]
    except RosterError:
        raise
    except Exception as error:
        raise RosterError(
            f"The roster {name} is a workbook that cannot be read.", "Save it again, or as .csv."
        ) from error


def _values(sheet: object) -> Iterable[Iterable[object]]:
    return sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS)  # type: ignore[attr-defined, no-any-return]


def _has_links(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheets = (file.read(part) for part in file.namelist() if part.startswith("xl/worksheets/"))
        return any(b"<hyperlink" in sheet or b"HYPERLINK(" in sheet for sheet in sheets)


def _linked(table: list[Row], sheet: object) -> Iterator[Row]:
    """The rows with where their cells lead: to pages and repositories, not to other cells or mailboxes."""
    for row in table:
        links = {}
        for column in range(len(row.cells)):
            target = _target(sheet.cell(row.number, column + 1))  # type: ignore[attr-defined]
            if target and not target.lower().startswith("mailto:"):
                links[column] = target
        yield replace(row, links=links)


def _target(cell: Any) -> str:
    """Where a cell's link leads, or its formula `=HYPERLINK("https://...", "text")`."""
    if cell.hyperlink is not None:
        return _cell(cell.hyperlink.target)
    formula = _LINK_FORMULA.match(cell.value) if isinstance(cell.value, str) else None
    return _cell(formula[1]) if formula else ""


def _workbook_fault(data: bytes) -> str | None:
    """Why a workbook is not opened: sizes are as the zip declares them, and reading stops there."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts = file.infolist()
            if len(parts) > 2_000 or sum(part.file_size for part in parts) > MAX_UNPACKED:
                return f"unpacks to more than {MAX_UNPACKED:,} bytes"
            for part in parts:
                head = file.read(part)
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
                    return "holds XML that no spreadsheet program writes"
    except Exception:  # noqa: BLE001 (zipfile and zlib raise many kinds)
        return "is a damaged or encrypted workbook"
    return None
