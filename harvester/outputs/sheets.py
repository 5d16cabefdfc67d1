"""Sheets as graders need them: written row by row, with styles, drop-downs, limits, colours and protection."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell as OpenpyxlCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from harvester.outputs.cells import active, clean, encode
from harvester.outputs.columns import Column
from harvester.outputs.looks import LOOKS, WORD_COLOURS
from harvester.outputs.sheet_xml import RowsXml, blank_cell, fill, formula_cell, number_cell, text_cell

LINE_HEIGHT = 15.0
"""Points per line of text."""
LINK_LIMIT = 60_000
"""Excel refuses a sheet with more than 65,530 links; what is over is text."""

Cell = Any
"""A text, a number, None, or a `Formula` or `Link`."""


@dataclass(frozen=True)
class Formula:
    """A formula of ours, with its `=`. Nothing else ever becomes one."""

    text: str


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere: a URL, or `#'Sheet'!A1` inside the workbook."""

    text: str
    target: str | None


class Book:
    """A workbook being written."""

    def __init__(self) -> None:
        self.workbook: Any = Workbook()
        for sheet in self.workbook.worksheets:
            self.workbook.remove(sheet)
        self.workbook.calculation.fullCalcOnLoad = True
        self._rows: dict[str, RowsXml] = {}
        self._styles: dict[tuple[str, bool], str] = {}

    def add(self, title: str, columns: Sequence[Column], *, tab: str = "1F3A5F") -> "Sheet":
        """A new sheet after the others, with its header row."""
        return Sheet(self, title, columns, tab)

    def create(self, title: str) -> tuple[Any, RowsXml]:
        """openpyxl's part of a new sheet, and the rows of it."""
        sheet, rows = self.workbook.create_sheet(title), RowsXml()
        self._rows[sheet.title] = rows
        return sheet, rows

    def hide(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A sheet that no menu shows."""
        sheet, xml = self.create(title)
        sheet.sheet_state = "veryHidden"
        for number, row in enumerate(rows, 1):
            xml.add(
                number, [text_cell(f"{letter}{number}", "", encode(one)) for letter, one in zip("AB", row, strict=True)]
            )

    def order(self, titles: Sequence[str]) -> None:
        """Put the sheets in this order; the others keep theirs, after them."""
        rank = {title: index for index, title in enumerate(titles)}
        self.workbook._sheets.sort(key=lambda sheet: rank.get(sheet.title, len(rank)))
        self.workbook.active = 0

    def save(self, path: Path) -> None:
        """Write the file; not atomic, so the caller hands a temporary path."""
        for sheet in self.workbook:
            for row, column in ((1, 1), self._rows[sheet.title].size):  # what openpyxl takes for the sheet's size
                sheet.cell(row, column, 0)
        shell = io.BytesIO()
        self.workbook.save(shell)
        fill(shell, {sheet.path[1:]: self._rows[sheet.title] for sheet in self.workbook}, path)

    def cell(self, sheet: Any, ref: str, value: Cell, look: str) -> str:
        """A cell; text never becomes a formula, whatever it begins with."""
        if value is None or value == "":
            return blank_cell(ref, self._style(sheet, look))
        if isinstance(value, str):
            text = clean(value)
            return text_cell(ref, self._style(sheet, look, quoted=active(text)), encode(text))
        if isinstance(value, Formula):
            return formula_cell(ref, self._style(sheet, look), value.text[1:])
        return number_cell(ref, self._style(sheet, look), value)

    def _style(self, sheet: Any, look: str, *, quoted: bool = False) -> str:
        """The attribute of a cell that has a look."""
        known = self._styles.get((look, quoted))
        if known is None:
            proto: Any = OpenpyxlCell(sheet, 1, 1)
            LOOKS[look](proto)
            if quoted:
                proto.quotePrefix = True
            known = self._styles[look, quoted] = f' s="{proto.style_id}"'
        return known


@dataclass
class _Spread:
    """What is known of a sheet while its rows are written."""

    rows: int = 1
    links: int = 0
    letters: dict[str, str] = field(default_factory=dict)


class Sheet:
    """One sheet: a frozen header, rows by column key, and at the end filters, limits, colours and protection."""

    def __init__(self, book: Book, title: str, columns: Sequence[Column], tab: str) -> None:
        self.book, self.columns = book, tuple(columns)
        self.sheet, self._xml = book.create(title)
        self.title = self.sheet.title
        self._spread = _Spread(letters={one.key: get_column_letter(i) for i, one in enumerate(columns, 1)})
        self._looks = {locked: self._plain_looks(locked=locked) for locked in (False, True)}
        self.sheet.sheet_properties.tabColor = tab
        self.sheet.freeze_panes = "B2" if columns[0].look == "id" else "A2"
        for one in columns:
            self.sheet.column_dimensions[self.letter(one.key)].width = _width(one)
        self._print_setup()
        self._xml.add(
            1,
            [book.cell(self.sheet, f"{self.letter(one.key)}1", one.title, _head(one)) for one in columns],
            2 * LINE_HEIGHT + 2,
        )

    def letter(self, key: str) -> str:
        """The column's letter."""
        return self._spread.letters[key]

    @property
    def rows(self) -> int:
        """The last row that was written; 1 is the header."""
        return self._spread.rows

    @property
    def next_row(self) -> int:
        """The row that the next `add` writes."""
        return self._spread.rows + 1

    def span(self, key: str) -> str:
        """A column's cells, absolute and with the sheet's name, for formulas."""
        quoted = self.title.replace("'", "''")
        return f"'{quoted}'!${self.letter(key)}$2:${self.letter(key)}${max(2, self.rows)}"

    def add(self, values: Mapping[str, Cell], *, lines: tuple[int, int] = (1, 4), locked: bool = False) -> None:
        """Write a row: values by column key.

        Parameters
        ----------
        lines
            The fewest and most lines of text that the row shows; a cell always holds all of its text.
        locked
            Whether the grader's cells of this row are not for typing.
        """
        self._spread.rows += 1
        row, cells, tallest = self._spread.rows, [], lines[0]
        for number, (one, letter, look) in enumerate(self._looks[locked], 1):
            value = values.get(one.key)
            if isinstance(value, Link):
                look, value = "link" if self._link(row, number, value.target) else look, value.text
            if isinstance(value, str):
                tallest = max(tallest, _lines(value, one.width))
            cells.append(self.book.cell(self.sheet, f"{letter}{row}", value, look))
        self._xml.add(row, cells, LINE_HEIGHT * min(tallest, lines[1]) + 3)

    def _plain_looks(self, *, locked: bool) -> list[tuple[Column, str, str]]:
        """Each column with its letter, and the look of its cells where they lead nowhere."""
        return [
            (one, letter, "wrap" if one.look == "link" else "text" if locked and _graders(one) else one.look)
            for one, letter in zip(self.columns, self._spread.letters.values(), strict=True)
        ]

    def _link(self, row: int, column: int, target: str | None) -> bool:
        """Let the cell lead to the target; False where there is none, or the sheet has too many."""
        if not target:
            return False
        self._spread.links += 1
        if self._spread.links > LINK_LIMIT:
            return False
        how = {"location": target[1:]} if target.startswith("#") else {"target": clean(target)[:2000]}
        self.sheet.cell(row, column, 0).hyperlink = Hyperlink(ref="", **how)
        return True

    def choose(self, key: str, words: Sequence[str], note: str) -> None:
        """A drop-down for a column; other words are marked, however they came into the cell."""
        rule = DataValidation(type="list", formula1='"' + ",".join(words) + '"', allow_blank=True)
        rule.errorTitle, rule.error = "Not one of the words", f"Choose one of: {', '.join(words)}. Or leave it blank."
        rule.promptTitle, rule.prompt = self._title(key), note[:250]
        self._validate(rule, key)
        self._warn(key, ",".join(f'{self._first(key)}<>"{word}"' for word in words))

    def limit(self, key: str, low: str, high: str, note: str) -> None:
        """Bounds for a column of points: numbers, or cells of row 2 that move with the row.

        What is no number or out of bounds is marked, however it came into the cell.
        """
        rule = DataValidation(type="decimal", operator="between", formula1=low, formula2=high, allow_blank=True)
        rule.errorTitle, rule.error = "Out of bounds", note[:220]
        rule.promptTitle, rule.prompt = self._title(key), note[:250]
        self._validate(rule, key)
        cell = self._first(key)
        self._warn(key, f"OR(NOT(ISNUMBER({cell})),{cell}<{low},{cell}>{high})")

    def hint(self, key: str, note: str) -> None:
        """A word on what belongs into a column that takes anything."""
        rule = DataValidation(allow_blank=True)
        rule.promptTitle, rule.prompt = self._title(key), note[:250]
        self._validate(rule, key)

    def colour(self, key: str, words: Sequence[str]) -> None:
        """Colour a column's cells by the words that they begin with."""
        area, first = self._area(key), self._first(key)
        for word in words:
            back, text = WORD_COLOURS[word]
            fill = PatternFill("solid", bgColor=back, fgColor=back)
            rule = _coloured(f'LEFT({first},{len(word)})="{word}"', font=Font(color=text, bold=True), fill=fill)
            self.sheet.conditional_formatting.add(area, rule)

    def close(self) -> None:
        """Filters and protection. Locked without a password; sizes, filters and sorting stay allowed."""
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self.columns))}{max(2, self.rows)}"
        lock = self.sheet.protection
        lock.sheet = True
        lock.formatCells = lock.formatColumns = lock.formatRows = lock.sort = lock.autoFilter = False
        lock.objects = lock.scenarios = False

    def _warn(self, key: str, wrong: str) -> None:
        """Mark the cells that hold something, and for which all of a formula's terms are true."""
        rule = _coloured(
            f"AND(NOT(ISBLANK({self._first(key)})),{wrong})", font=Font(color="8A1C00", bold=True, underline="double")
        )
        self.sheet.conditional_formatting.add(self._area(key), rule)

    def _validate(self, rule: DataValidation, key: str) -> None:
        rule.showErrorMessage = rule.showInputMessage = True
        rule.add(self._area(key))
        self.sheet.data_validations.append(rule)

    def _area(self, key: str) -> str:
        letter = self.letter(key)
        return f"{letter}2:{letter}{max(2, self.rows)}"

    def _first(self, key: str) -> str:
        """The column's cell of row 2, for rules that move with the row."""
        return f"${self.letter(key)}2"

    def _title(self, key: str) -> str:
        return next(one.title for one in self.columns if one.key == key)[:32]

    def _print_setup(self) -> None:
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = "1:1"


def _coloured(formula: str, **how: Any) -> Any:
    make: Any = FormulaRule
    return make(formula=[formula], **how)


def _graders(column: Column) -> bool:
    return column.look.startswith("input") or column.look == "flag"


def _width(column: Column) -> float:
    """Room for the longest word of a bold heading over numbers, in wider fonts than ours, too."""
    longest = max(map(len, column.title.split()))
    return max(column.width, longest + 4) if _head(column) == "head_number" else column.width


def _head(column: Column) -> str:
    return "head_input" if _graders(column) else "head_number" if column.look in ("whole", "points") else "head"


def _lines(text: str, width: float) -> int:
    room = max(1.0, width - 1)
    if len(text) <= room and "\n" not in text:
        return 1
    return sum(max(1, ceil(len(line) / room)) for line in text[:4000].split("\n"))
