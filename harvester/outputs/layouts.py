"""What openpyxl writes of a workbook: all but its rows, their links and the time. It is the same for many workbooks.

How many rows a sheet will have is not known then: a mark, a number of our own, stands wherever the last one is named.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Literal
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell as OpenpyxlCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.xml.functions import tostring

from harvester.outputs.columns import Column
from harvester.outputs.looks import LOOKS, WORD_COLOURS

_FIRST_MARK = 1_000_001
"""A row that no sheet of ours has, and a sheet could."""
_HIDDEN_COLUMNS = 2


@dataclass(frozen=True)
class Choice:
    """A drop-down for a column; other words are marked, however they came into the cell."""

    key: str
    words: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Limit:
    """Bounds for a column of points: numbers, or cells of row 2 that move with the row.

    What is no number or out of bounds is marked, however it came into the cell.
    """

    key: str
    low: str
    high: str
    note: str


@dataclass(frozen=True)
class Hint:
    """A word on what belongs into a column that takes anything."""

    key: str
    note: str


@dataclass(frozen=True)
class Colours:
    """A column's cells are coloured by the words that they begin with."""

    key: str
    words: tuple[str, ...]


Rule = Choice | Limit | Hint | Colours


@dataclass(frozen=True)
class Layout:
    """A sheet, whatever its rows hold. One without columns is shown in no menu.

    Locked sheets have no password; `filters` leaves sizes, filters and sorting allowed.
    """

    title: str
    columns: tuple[Column, ...] = ()
    tab: str = ""
    rules: tuple[Rule, ...] = ()
    locked: Literal["", "filters", "whole"] = ""


@dataclass(frozen=True)
class Marks:
    """What stands for a sheet's last row, and for the last that rules and filters reach: row 2 at least."""

    last: str
    reach: str


@dataclass(frozen=True)
class Shell:
    """A workbook's parts by their names in the zip, and each sheet's part with its marks, in the order of the sheets.

    What stands in `sheetData` is for openpyxl alone: the rows take its place.
    """

    parts: Mapping[str, bytes]
    sheets: Mapping[str, Marks]


WORKBOOK = "xl/workbook.xml"
CORE = "docProps/core.xml"


def core() -> bytes:
    """The part that says when a workbook was made: now."""
    write: Any = tostring
    written: bytes = write(DocumentProperties().to_tree())
    return written


@lru_cache(maxsize=1)
def styles() -> Mapping[tuple[str, bool], str]:
    """(look, quoted) -> the attribute of such a cell. Every workbook has all looks, in one order."""
    return _put_looks(Workbook().active)


@lru_cache(maxsize=16)
def make_shell(layouts: tuple[Layout, ...]) -> Shell:
    """Have openpyxl write a workbook of these sheets."""
    workbook: Any = Workbook()
    workbook.remove(workbook.active)
    workbook.calculation.fullCalcOnLoad = True
    unsaid = _unsaid(repr(layouts))
    marks = [Marks(next(unsaid), next(unsaid)) for _ in layouts]
    for layout, mark in zip(layouts, marks, strict=True):
        _Page(workbook.create_sheet(layout.title), layout, mark).write()
    _put_looks(workbook.worksheets[0])
    workbook.active = 0
    packed = io.BytesIO()
    workbook.save(packed)
    with ZipFile(packed) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    return Shell(parts, {sheet.path[1:]: mark for sheet, mark in zip(workbook, marks, strict=True)})


def _put_looks(sheet: Any) -> dict[tuple[str, bool], str]:
    """Have the sheet's workbook know all looks."""
    known = {}
    for look, dress in LOOKS.items():
        for quoted in (False, True):
            proto: Any = OpenpyxlCell(sheet, 1, 1)
            dress(proto)
            if quoted:
                proto.quotePrefix = True
            known[look, quoted] = f' s="{proto.style_id}"'
    return known


def _unsaid(said: str) -> Iterator[str]:
    """Numbers that stand nowhere in a text."""
    return (str(number) for number in count(_FIRST_MARK) if str(number) not in said)


class _Page:
    """One sheet, as openpyxl has it."""

    def __init__(self, sheet: Any, layout: Layout, marks: Marks) -> None:
        self.sheet, self.layout, self.marks = sheet, layout, marks
        self.letters = {one.key: get_column_letter(number) for number, one in enumerate(layout.columns, 1)}

    def write(self) -> None:
        """All that the layout says."""
        wide = len(self.layout.columns) or _HIDDEN_COLUMNS
        for row, column in ((1, 1), (int(self.marks.last), wide)):  # what openpyxl takes for the sheet's size
            self.sheet.cell(row, column, 0)
        if not self.layout.columns:
            self.sheet.sheet_state = "veryHidden"
            return
        self.sheet.sheet_properties.tabColor = self.layout.tab
        self.sheet.freeze_panes = "B2" if self.layout.columns[0].look == "id" else "A2"
        for one in self.layout.columns:
            self.sheet.column_dimensions[self.letters[one.key]].width = _width(one)
        self._set_up_print()
        for rule in self.layout.rules:
            self._put(rule)
        self._lock()

    def _set_up_print(self) -> None:
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = "1:1"

    def _put(self, rule: Rule) -> None:
        cell = self._first(rule.key)
        match rule:
            case Choice(key, words, note):
                check = DataValidation(type="list", formula1='"' + ",".join(words) + '"', allow_blank=True)
                check.errorTitle = "Not one of the words"
                check.error = f"Choose one of: {', '.join(words)}. Or leave it blank."
                self._validate(check, key, note)
                self._warn(key, ",".join(f'{cell}<>"{word}"' for word in words))
            case Limit(key, low, high, note):
                check = DataValidation(
                    type="decimal", operator="between", formula1=low, formula2=high, allow_blank=True
                )
                check.errorTitle, check.error = "Out of bounds", note[:220]
                self._validate(check, key, note)
                self._warn(key, f"OR(NOT(ISNUMBER({cell})),{cell}<{low},{cell}>{high})")
            case Hint(key, note):
                self._validate(DataValidation(allow_blank=True), key, note)
            case Colours(key, words):
                for word in words:
                    back, text = WORD_COLOURS[word]
                    fill = PatternFill("solid", bgColor=back, fgColor=back)
                    self._colour(key, f'LEFT({cell},{len(word)})="{word}"', font=Font(color=text, bold=True), fill=fill)

    def _validate(self, check: DataValidation, key: str, note: str) -> None:
        check.promptTitle = next(one.title for one in self.layout.columns if one.key == key)[:32]
        check.prompt = note[:250]
        check.showErrorMessage = check.showInputMessage = True
        check.add(self._area(key))
        self.sheet.data_validations.append(check)

    def _warn(self, key: str, wrong: str) -> None:
        """Mark the cells that hold something, and for which all of a formula's terms are true."""
        font = Font(color="8A1C00", bold=True, underline="double")
        self._colour(key, f"AND(NOT(ISBLANK({self._first(key)})),{wrong})", font=font)

    def _colour(self, key: str, formula: str, **how: Any) -> None:
        make: Any = FormulaRule
        self.sheet.conditional_formatting.add(self._area(key), make(formula=[formula], **how))

    def _lock(self) -> None:
        lock = self.sheet.protection
        lock.sheet = bool(self.layout.locked)
        if self.layout.locked == "filters":
            self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self.layout.columns))}{self.marks.reach}"
            lock.formatCells = lock.formatColumns = lock.formatRows = lock.sort = lock.autoFilter = False
            lock.objects = lock.scenarios = False

    def _area(self, key: str) -> str:
        return f"{self.letters[key]}2:{self.letters[key]}{self.marks.reach}"

    def _first(self, key: str) -> str:
        """The column's cell of row 2, for rules that move with the row."""
        return f"${self.letters[key]}2"


def graders(column: Column) -> bool:
    """Whether a column's cells are the grader's."""
    return column.look.startswith("input") or column.look == "flag"


def head_look(column: Column) -> str:
    """The look of a column's heading."""
    return "head_input" if graders(column) else "head_number" if column.look in ("whole", "points") else "head"


def _width(column: Column) -> float:
    """Room for the longest word of a bold heading over numbers, in wider fonts than ours, too."""
    longest = max(map(len, column.title.split()))
    return max(column.width, longest + 4) if head_look(column) == "head_number" else column.width
