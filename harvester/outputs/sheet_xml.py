"""Rows of a sheet as XML, written many times faster than cell by cell through openpyxl, into a workbook that it made.

openpyxl writes the workbook without its rows: styles, widths, links, rules, protection. `fill` puts the rows in.
"""

import io
import shutil
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

_LONGEST = 32_767
"""Characters of a cell, after escaping."""
_IN_MEMORY = 1_000_000
_LEVEL = 4
"""Half the time of zlib's own, and a twentieth larger."""
_BEGIN, _END = b"<sheetData>", b"</sheetData>"


class RowsXml:
    """The rows of one sheet, in order; large sheets wait on the disk."""

    def __init__(self) -> None:
        self.size = (1, 1)
        """The last row, and how many cells it has."""
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed, and gone, once copied

    def add(self, number: int, cells: Sequence[str], height: float | None = None) -> None:
        """Append a row: its number, cells as `text_cell` and the like give them, and height in points."""
        self.size = (number, len(cells))
        tall = "" if height is None else f' ht="{height:.16g}" customHeight="1"'
        self._file.write(f'<row r="{number}"{tall}>{"".join(cells)}</row>'.encode())

    def copy_to(self, target: IO[bytes]) -> None:
        """Write all rows to a binary file; they are forgotten after that."""
        with self._file as file:
            file.seek(0)
            shutil.copyfileobj(file, target)


def text_cell(ref: str, style: str, text: str) -> str:
    """A cell of text, which never is a formula. The text must be legal in XML."""
    text = _escape(text[:_LONGEST])
    keep = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c r="{ref}"{style} t="inlineStr"><is><t{keep}>{text}</t></is></c>'


def formula_cell(ref: str, style: str, formula: str) -> str:
    """A cell of a formula, given without its `=`; the program that opens the sheet calculates it."""
    return f'<c r="{ref}"{style}><f>{_escape(formula)}</f><v></v></c>'


def number_cell(ref: str, style: str, value: float) -> str:
    """A cell of a number; blank where it is not finite."""
    return f'<c r="{ref}"{style}><v>{value:.16g}</v></c>' if isfinite(value) else blank_cell(ref, style)


def blank_cell(ref: str, style: str) -> str:
    """A cell that has only a look."""
    return f'<c r="{ref}"{style}/>'


def fill(shell: io.BytesIO, rows: Mapping[str, RowsXml], path: Path) -> None:
    """Write a workbook's zip with each sheet's rows in place of those that the shell has.

    Parameters
    ----------
    rows
        Name of a sheet's part in the zip -> its rows.
    """
    with ZipFile(shell) as source, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        for entry in source.infolist():
            data = source.read(entry)
            with target.open(entry.filename, "w") as part:
                if entry.filename not in rows:
                    part.write(data)
                    continue
                begin = data.index(_BEGIN) + len(_BEGIN)
                part.write(data[:begin])
                rows[entry.filename].copy_to(part)
                part.write(data[data.index(_END, begin) :])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
