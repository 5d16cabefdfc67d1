"""Sheets as graders need them: written row by row, with styles, drop-downs, limits, colours and protection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from harvester.outputs.cells import active, clean, encode
from harvester.outputs.columns import Column
from harvester.outputs.looks import WARNING, stylesheet
from harvester.outputs.package_xml import write_package
from harvester.outputs.sheet_xml import (
    SheetXml,
    attribute,
    blank_cell,
    escape,
    formula_cell,
    number_cell,
    text_cell,
)

LINE_HEIGHT = 15.0
"""Points per line of text."""
LINK_LIMIT = 60_000
"""Excel refuses a sheet with more than 65,530 links; what is over is text."""

_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/><selection pane="bottomLeft" activeCell="A1" sqref="A1"/></sheetView></sheetViews>'
)
_FROZEN_ID = (
    '<sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" '
    'state="frozen"/><selection pane="topRight"/><selection pane="bottomLeft"/>'
    '<selection pane="bottomRight" activeCell="A1" sqref="A1"/></sheetView></sheetViews>'
)
_PROTECTION = (
    '<sheetProtection selectLockedCells="0" selectUnlockedCells="0" sheet="1" objects="0" insertRows="1" '
    'insertHyperlinks="1" autoFilter="{0}" scenarios="0" formatColumns="{0}" deleteColumns="1" insertColumns="1" '
    'pivotTables="1" deleteRows="1" formatCells="{0}" formatRows="{0}" sort="{0}"/>'
)

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
        self._sheets: list[SheetXml] = []

    @property
    def titles(self) -> list[str]:
        """The names of the sheets so far."""
        return [sheet.title for sheet in self._sheets]

    def add(self, title: str, columns: Sequence[Column], *, tab: str = "1F3A5F") -> "Sheet":
        """A new sheet after the others, with its header row."""
        xml = SheetXml(title)
        self._sheets.append(xml)
        return Sheet(xml, columns, tab)

    def hide(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A sheet that no menu shows."""
        xml = SheetXml(title, hidden=True)
        self._sheets.append(xml)
        for number, row in enumerate(rows, 1):
            cells = (text_cell(f"{letter}{number}", "", encode(one)) for letter, one in zip("AB", row, strict=True))
            xml.rows.add(number, list(cells))

    def order(self, titles: Sequence[str]) -> None:
        """Put the sheets in this order; the others keep theirs, after them."""
        rank = {title: index for index, title in enumerate(titles)}
        self._sheets.sort(key=lambda sheet: rank.get(sheet.title, len(rank)))

    def save(self, path: Path) -> None:
        """Write the file; not atomic, so the caller hands a temporary path."""
        write_package(path, self._sheets, stylesheet().parts)


def _cell(ref: str, value: Cell, look: str) -> str:
    """A cell; text never becomes a formula, whatever it begins with."""
    styles = stylesheet().cells
    if value is None or value == "":
        return blank_cell(ref, styles[look, False])
    if isinstance(value, str):
        text = clean(value)
        return text_cell(ref, styles[look, active(text)], encode(text))
    if isinstance(value, Formula):
        return formula_cell(ref, styles[look, False], value.text[1:])
    return number_cell(ref, styles[look, False], value)


@dataclass
class _Spread:
    """What is known of a sheet while its rows are written."""

    rows: int = 1
    rules: int = 0
    letters: dict[str, str] = field(default_factory=dict)


class Sheet:
    """One sheet: a frozen header, rows by column key, and at the end filters, limits, colours and protection."""

    def __init__(self, xml: SheetXml, columns: Sequence[Column], tab: str) -> None:
        self.columns, self._xml = tuple(columns), xml
        self._spread = _Spread(letters={one.key: get_column_letter(i) for i, one in enumerate(columns, 1)})
        self._looks = {locked: self._plain_looks(locked=locked) for locked in (False, True)}
        xml.properties = (
            f'<sheetPr><tabColor rgb="00{tab}"/><outlinePr summaryBelow="1" summaryRight="1"/>'
            '<pageSetUpPr fitToPage="1"/></sheetPr>'
        )
        xml.views = _FROZEN_ID if columns[0].look == "id" else _FROZEN
        widths = (
            f'<col width="{_width(one):g}" customWidth="1" min="{number}" max="{number}"/>'
            for number, one in enumerate(columns, 1)
        )
        xml.views += f'<sheetFormatPr baseColWidth="8" defaultRowHeight="15"/><cols>{"".join(widths)}</cols>'
        xml.setup = '<pageSetup orientation="landscape" paperSize="9" fitToHeight="0" fitToWidth="1"/>'
        xml.rows.add(
            1, [_cell(f"{self.letter(one.key)}1", one.title, _head(one)) for one in columns], 2 * LINE_HEIGHT + 2
        )

    @property
    def title(self) -> str:
        """The sheet's name."""
        return self._xml.title

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
        for one, letter, look in self._looks[locked]:
            value, ref = values.get(one.key), f"{letter}{row}"
            if isinstance(value, Link):
                look, value = "link" if self._link(ref, value.target) else look, value.text
            if isinstance(value, str):
                tallest = max(tallest, _lines(value, one.width))
            cells.append(_cell(ref, value, look))
        self._xml.rows.add(row, cells, LINE_HEIGHT * min(tallest, lines[1]) + 3)

    def _plain_looks(self, *, locked: bool) -> list[tuple[Column, str, str]]:
        """Each column with its letter, and the look of its cells where they lead nowhere."""
        return [
            (one, letter, "wrap" if one.look == "link" else "text" if locked and _graders(one) else one.look)
            for one, letter in zip(self.columns, self._spread.letters.values(), strict=True)
        ]

    def _link(self, ref: str, target: str | None) -> bool:
        """Let the cell lead to the target; False where there is none, or the sheet has too many."""
        if not target or len(self._xml.links) == LINK_LIMIT:
            return False
        self._xml.links.append((ref, clean(target)[:2000]))
        return True

    def choose(self, key: str, words: Sequence[str], note: str) -> None:
        """A drop-down for a column; other words are marked, however they came into the cell."""
        error = f"Choose one of: {', '.join(words)}. Or leave it blank."
        self._validate(key, note, "list", f'"{",".join(words)}"', errorTitle="Not one of the words", error=error)
        self._warn(key, ",".join(f'{self._first(key)}<>"{word}"' for word in words))

    def limit(self, key: str, low: str, high: str, note: str) -> None:
        """Bounds for a column of points: numbers, or cells of row 2 that move with the row.

        What is no number or out of bounds is marked, however it came into the cell.
        """
        how = {"errorTitle": "Out of bounds", "error": note[:220], "operator": "between"}
        self._validate(key, note, "decimal", low, high, **how)
        cell = self._first(key)
        self._warn(key, f"OR(NOT(ISNUMBER({cell})),{cell}<{low},{cell}>{high})")

    def hint(self, key: str, note: str) -> None:
        """A word on what belongs into a column that takes anything."""
        self._validate(key, note)

    def colour(self, key: str, words: Sequence[str]) -> None:
        """Colour a column's cells by the words that they begin with."""
        self._colour(key, {word: f'LEFT({self._first(key)},{len(word)})="{word}"' for word in words})

    def close(self) -> None:
        """Filters and protection. Locked without a password; sizes, filters and sorting stay allowed."""
        self._xml.filtered = f"A1:{get_column_letter(len(self.columns))}{max(2, self.rows)}"
        self._xml.protection = _PROTECTION.format(0)

    def lock(self) -> None:
        """Protection of a sheet that is only read."""
        self._xml.protection = _PROTECTION.format(1)

    def _warn(self, key: str, wrong: str) -> None:
        """Mark the cells that hold something, and for which all of a formula's terms are true."""
        self._colour(key, {WARNING: f"AND(NOT(ISBLANK({self._first(key)})),{wrong})"})

    def _colour(self, key: str, formulas: Mapping[str, str]) -> None:
        """Colour a column's cells where formulas are true: name of the colours -> formula of row 2."""
        rules = []
        for name, formula in formulas.items():
            self._spread.rules += 1
            number, colours = self._spread.rules, stylesheet().colours[name]
            rules.append(
                f'<cfRule type="expression" priority="{number}" dxfId="{colours}">'
                f"<formula>{escape(formula)}</formula></cfRule>"
            )
        area = self._area(key)
        self._xml.colours.append(f'<conditionalFormatting sqref="{area}">{"".join(rules)}</conditionalFormatting>')

    def _validate(self, key: str, note: str, kind: str = "", *bounds: str, **how: str) -> None:
        """Say what belongs into a column's cells; of a kind, and within bounds, where these are given."""
        title = next(one.title for one in self.columns if one.key == key)[:32]
        said = {**how, "promptTitle": title, "prompt": note[:250], **({"type": kind} if kind else {})}
        words = "".join(f' {name}="{attribute(text)}"' for name, text in said.items())
        formulas = "".join(f"<formula{i}>{escape(one)}</formula{i}>" for i, one in enumerate(bounds, 1))
        shown = 'showInputMessage="1" showErrorMessage="1" allowBlank="1"'
        area = self._area(key)
        self._xml.choices.append(f'<dataValidation sqref="{area}" {shown}{words}>{formulas}</dataValidation>')

    def _area(self, key: str) -> str:
        letter = self.letter(key)
        return f"{letter}2:{letter}{max(2, self.rows)}"

    def _first(self, key: str) -> str:
        """The column's cell of row 2, for rules that move with the row."""
        return f"${self.letter(key)}2"


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
