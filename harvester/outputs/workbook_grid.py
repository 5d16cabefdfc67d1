"""A workbook's sheets as plain grids of cells, whatever the file is."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula

DAMAGE = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, TypeError,
    IndexError, AttributeError, SyntaxError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises for files that are no workbooks, or cut short."""
_MAX_ROWS, _MAX_COLUMNS = 300_000, 120
_MAX_UNPACKED = 500_000_000


class UnreadableError(Exception):
    """The file is no workbook that can be read; the message says why, in a sentence's second half."""


@contextmanager
def open_sheets(path: Path, *, cached: bool) -> Iterator[dict[str, Any]]:
    """Every sheet by its title, to be read one at a time: with formulas, or with the values stored beside them."""
    with path.open("rb") as stream:
        with zipfile.ZipFile(stream) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
                raise UnreadableError(f"it unpacks to more than {_MAX_UNPACKED:,} bytes")
        book = load_workbook(stream, read_only=True, data_only=cached, keep_links=False)
        try:
            yield {sheet.title: sheet for sheet in book.worksheets}
        finally:
            book.close()


_LEFT_BEHIND = {"comments on cells": ("xl/comments", "xl/threadedcomments"), "pictures": ("xl/media/",)}


def left_behind(path: Path) -> list[str]:
    """What somebody put into a workbook beside its cells, and that no new one has, in words."""
    with zipfile.ZipFile(path) as parts:
        names = [name.casefold() for name in parts.namelist()]
    return [what for what, places in _LEFT_BEHIND.items() if any(name.startswith(places) for name in names)]


class FormulaText(str):
    """A formula's text, told from text that begins with `=`."""

    __slots__ = ()


def grid_of(sheet: Any) -> list[list[Any]]:
    """A sheet's cells: plain values, formulas as `FormulaText`, percentages as the text that they show."""
    sheet.reset_dimensions()
    grid = []
    for line in sheet.iter_rows(max_row=_MAX_ROWS, max_col=None):
        cells = []
        for cell in line[:_MAX_COLUMNS]:
            value = cell.value
            if isinstance(value, ArrayFormula):
                value = FormulaText(value.text)
            elif cell.data_type == "f":
                value = FormulaText(value)
            elif isinstance(value, int | float) and cell.data_type == "n" and "%" in cell.number_format:
                value = f"{100 * value:.12g}%"
            cells.append(value)
        grid.append(cells)
    return grid


def with_values(grid: list[list[Any]], cached: list[list[Any]]) -> list[list[Any]]:
    """Formulas replaced by the values that were stored with them, where there are any."""

    def value(row: int, column: int, cell: Any) -> Any:
        stored = cached[row][column] if row < len(cached) and column < len(cached[row]) else None
        return stored if isinstance(cell, FormulaText) and stored is not None else cell

    return [[value(r, c, cell) for c, cell in enumerate(line)] for r, line in enumerate(grid)]
