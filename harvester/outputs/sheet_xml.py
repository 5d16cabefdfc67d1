"""Rows of a sheet as XML, written many times faster than cell by cell through openpyxl, into a workbook that it made.

openpyxl writes the workbook without its rows: styles, widths, rules, protection. `fill` puts the rows and links in.
"""

import shutil
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from harvester.outputs.layouts import CORE, WORKBOOK, Shell, core

_LONGEST = 32_767
"""Characters of a cell, after escaping."""
_IN_MEMORY = 1_000_000
_LEVEL = 4
"""Half the time of zlib's own, and a twentieth larger."""
_BEGIN, _END, _AFTER_LINKS = b"<sheetData>", b"</sheetData>", b"<pageMargins"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


class RowsXml:
    """The rows of one sheet, in order, and where its cells lead; large sheets wait on the disk."""

    def __init__(self) -> None:
        self.size = (1, 1)
        """The last row, and how many cells it has."""
        self.links = 0
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed, and gone, once copied
        self._links: list[str] = []
        self._targets: list[str] = []

    def add(self, number: int, cells: Sequence[str], height: float | None = None) -> None:
        """Append a row: its number, cells as `text_cell` and the like give them, and height in points."""
        self.size = (number, len(cells))
        tall = "" if height is None else f' ht="{height:.16g}" customHeight="1"'
        self._file.write(f'<row r="{number}"{tall}>{"".join(cells)}</row>'.encode())

    def link(self, ref: str, target: str) -> None:
        """Let a cell lead to a URL, or to `#'Sheet'!A1` inside the workbook."""
        self.links += 1
        where = f"location={quoteattr(target[1:])}"
        if not target.startswith("#"):
            self._targets.append(target)
            where = f'r:id="rId{len(self._targets)}"'
        self._links.append(f'<hyperlink ref="{ref}" {where}/>')

    def links_xml(self) -> bytes:
        """The part of the sheet that names the cells that lead somewhere; empty where none does."""
        return f'<hyperlinks xmlns:r="{_RELATIONS}">{"".join(self._links)}</hyperlinks>'.encode() if self.links else b""

    def targets_xml(self) -> bytes:
        """The file beside the sheet that says where they lead; empty where none leads out of the workbook."""
        if not self._targets:
            return b""
        kind = f'Type="{_RELATIONS}/hyperlink" TargetMode="External"'
        rows = (f'<Relationship Id="rId{n}" {kind} Target={quoteattr(one)}/>' for n, one in enumerate(self._targets, 1))
        return f'<Relationships xmlns="{_PACKAGE}">{"".join(rows)}</Relationships>'.encode()

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


def fill(shell: Shell, rows: Sequence[RowsXml], path: Path) -> None:
    """Write a workbook's zip: the shell, each sheet with its rows and links, and the time.

    Parameters
    ----------
    rows
        Of each of the shell's sheets.
    """
    sheets = dict(zip(shell.sheets, rows, strict=True))
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        for name, data in shell.parts.items():
            if name in sheets:
                _write_sheet(target, name, _end(data, shell, {name: sheets[name]}), sheets[name])
            elif name == WORKBOOK:
                target.writestr(name, _end(data, shell, sheets))
            else:
                target.writestr(name, core() if name == CORE else data)


def _end(data: bytes, shell: Shell, sheets: Mapping[str, RowsXml]) -> bytes:
    """A part with the sheets' last rows in place of their marks."""
    for name, rows in sheets.items():
        marks, last = shell.sheets[name], rows.size[0]
        data = data.replace(marks.last.encode(), b"%d" % last).replace(marks.reach.encode(), b"%d" % max(2, last))
    return data


def _write_sheet(target: ZipFile, name: str, data: bytes, rows: RowsXml) -> None:
    begin, after = data.index(_BEGIN) + len(_BEGIN), data.index(_AFTER_LINKS)
    with target.open(name, "w") as part:
        part.write(data[:begin])
        rows.copy_to(part)
        part.write(data[data.index(_END, begin) : after] + rows.links_xml() + data[after:])
    if targets := rows.targets_xml():
        folder, _, file = name.rpartition("/")
        target.writestr(f"{folder}/_rels/{file}.rels", targets)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
