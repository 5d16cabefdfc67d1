"""Sheets as graders need them: rows by column key, and what is to be chosen, bounded, coloured and locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from harvester.outputs.cells import active, clean, encode
from harvester.outputs.columns import Column
from harvester.outputs.layouts import (
    Choice,
    Colours,
    Hint,
    Layout,
    Limit,
    Rule,
    graders,
    head_look,
    make_shell,
    styles,
)
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


@dataclass
class _Page:
    """What a sheet is so far, and its rows."""

    layout: Layout
    xml: RowsXml = field(default_factory=RowsXml)


class Book:
    """A workbook being written."""

    def __init__(self) -> None:
        self._pages: list[_Page] = []

    @property
    def titles(self) -> list[str]:
        """The sheets so far."""
        return [page.layout.title for page in self._pages]

    def add(self, title: str, columns: Sequence[Column], *, tab: str = "1F3A5F") -> "Sheet":
        """A new sheet after the others, with its header row."""
        return Sheet(self._create(Layout(title, tuple(columns), tab)))

    def hide(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A sheet that no menu shows."""
        xml = self._create(Layout(title)).xml
        for number, row in enumerate(rows, 1):
            xml.add(
                number, [text_cell(f"{letter}{number}", "", encode(one)) for letter, one in zip("AB", row, strict=True)]
            )

    def _create(self, layout: Layout) -> _Page:
        self._pages.append(_Page(layout))
        return self._pages[-1]

    def order(self, titles: Sequence[str]) -> None:
        """Put the sheets in this order; the others keep theirs, after them."""
        rank = {title: index for index, title in enumerate(titles)}
        self._pages.sort(key=lambda page: rank.get(page.layout.title, len(rank)))

    def save(self, path: Path) -> None:
        """Write the file; not atomic, so the caller hands a temporary path."""
        fill(make_shell(tuple(page.layout for page in self._pages)), [page.xml for page in self._pages], path)


class Sheet:
    """One sheet: a frozen header, rows by column key, and at the end filters, limits, colours and protection."""

    def __init__(self, page: _Page) -> None:
        self._page, self._xml = page, page.xml
        self.columns, self.title = page.layout.columns, page.layout.title
        self._frame = _frame(self.columns)
        self.rows = 1
        """The last row that was written; 1 is the header."""
        self._xml.add(1, self._frame.heading, 2 * LINE_HEIGHT + 2)

    def has(self, key: str) -> bool:
        """Whether there is such a column."""
        return key in self._frame.letters

    def letter(self, key: str) -> str:
        """The column's letter."""
        return self._frame.letters[key]

    @property
    def next_row(self) -> int:
        """The row that the next `add` writes."""
        return self.rows + 1

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
        self.rows += 1
        row, cells, tallest = self.rows, [], lines[0]
        for key, letter, room, style in self._frame.slots[locked]:
            value, ref = values.get(key), f"{letter}{row}"
            if value is None:
                cells.append(blank_cell(ref, style[False]))
                continue
            if isinstance(value, Link):
                style, value = _style("link") if self._link(ref, value.target) else style, value.text
            if isinstance(value, str) and (len(value) > room or "\n" in value):
                tallest = max(tallest, _lines(value, room))
            cells.append(_cell(ref, value, style))
        self._xml.add(row, cells, LINE_HEIGHT * min(tallest, lines[1]) + 3)

    def _link(self, ref: str, target: str | None) -> bool:
        """Let the cell lead to the target; False where there is none, or the sheet has too many."""
        if not target or self._xml.links >= LINK_LIMIT:
            return False
        self._xml.link(ref, target if target.startswith("#") else clean(target)[:2000])
        return True

    def choose(self, key: str, words: Sequence[str], note: str) -> None:
        """A drop-down for a column; other words are marked, however they came into the cell."""
        self._rule(Choice(key, tuple(words), note))

    def limit(self, key: str, low: str, high: str, note: str) -> None:
        """Bounds for a column of points, as `Limit` says."""
        self._rule(Limit(key, low, high, note))

    def hint(self, key: str, note: str) -> None:
        """A word on what belongs into a column that takes anything."""
        self._rule(Hint(key, note))

    def colour(self, key: str, words: Sequence[str]) -> None:
        """Colour a column's cells by the words that they begin with."""
        self._rule(Colours(key, tuple(words)))

    def _rule(self, rule: Rule) -> None:
        self._page.layout = replace(self._page.layout, rules=(*self._page.layout.rules, rule))

    def close(self, *, filters: bool = True) -> None:
        """Protection without a password; with `filters`, sizes, filters and sorting stay allowed."""
        self._page.layout = replace(self._page.layout, locked="filters" if filters else "whole")


_Style = tuple[str, str]
"""The attribute of a cell, and that of one whose text could be taken for a formula."""


class _Slot(NamedTuple):
    """A column of a sheet: how many characters a line of its cells holds, and their style where they lead nowhere."""

    key: str
    letter: str
    room: float
    style: _Style


@dataclass(frozen=True)
class _Frame:
    """What columns give every sheet that has them."""

    letters: Mapping[str, str]
    slots: Mapping[bool, list[_Slot]]
    """Locked or not -> each column."""
    heading: list[str]


@lru_cache(maxsize=64)
def _frame(columns: tuple[Column, ...]) -> _Frame:
    letters = {one.key: get_column_letter(number) for number, one in enumerate(columns, 1)}
    slots = {
        locked: [
            _Slot(one.key, letters[one.key], max(1.0, one.width - 1), _style(_plain_look(one, locked=locked)))
            for one in columns
        ]
        for locked in (False, True)
    }
    return _Frame(letters, slots, [_cell(f"{letters[one.key]}1", one.title, _style(head_look(one))) for one in columns])


def _plain_look(column: Column, *, locked: bool) -> str:
    return "wrap" if column.look == "link" else "text" if locked and graders(column) else column.look


def _style(look: str) -> _Style:
    return styles()[look, False], styles()[look, True]


def _cell(ref: str, value: Cell, style: _Style) -> str:
    """A cell; text never becomes a formula, whatever it begins with."""
    if isinstance(value, str):
        text = clean(value)
        return text_cell(ref, style[active(text)], encode(text)) if text else blank_cell(ref, style[False])
    if isinstance(value, Formula):
        return formula_cell(ref, style[False], value.text[1:])
    return number_cell(ref, style[False], value)


def _lines(text: str, room: float) -> int:
    """How many lines a text takes that is longer than one, or has several."""
    return sum(max(1, ceil(len(line) / room)) for line in text[:4000].split("\n"))
