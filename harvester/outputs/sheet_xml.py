"""A sheet as XML, written many times faster than through openpyxl: its rows, and what stands around them."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from tempfile import SpooledTemporaryFile
from typing import IO

from openpyxl.utils import get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LONGEST = 32_767
"""Characters of a cell, after escaping."""
_IN_MEMORY = 1_000_000
_MARGINS = '<pageMargins left="0.75" right="0.75" top="1" bottom="1" header="0.5" footer="0.5"/>'


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


@dataclass
class SheetXml:
    """One sheet of a workbook. What stands around the rows is XML, in the order that the format asks for."""

    title: str
    rows: RowsXml = field(default_factory=RowsXml)
    properties: str = ""
    views: str = ""
    """How it is shown: frozen panes, widths."""
    protection: str = ""
    filtered: str = ""
    """The cells that its filter works on."""
    colours: list[str] = field(default_factory=list)
    """Conditional formats."""
    choices: list[str] = field(default_factory=list)
    """What may be typed."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """(cell, where it leads to: a URL, or `#'Sheet'!A1` inside the workbook)"""
    setup: str = ""
    """How it is printed."""
    hidden: bool = False

    def write_to(self, part: IO[bytes]) -> None:
        """Write the sheet's part of the workbook; the rows are forgotten after that."""
        row, column = self.rows.size
        part.write(
            f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">{self.properties}'
            f'<dimension ref="A1:{get_column_letter(column)}{row}"/>{self.views}<sheetData>'.encode()
        )
        self.rows.copy_to(part)
        shown = f'<autoFilter ref="{self.filtered}"/>' if self.filtered else ""
        part.write(
            f"</sheetData>{self.protection}{shown}{''.join(self.colours)}{self._choices()}{self._links()}"
            f"{_MARGINS}{self.setup}</worksheet>".encode()
        )

    @property
    def outside(self) -> list[str]:
        """Where links lead to that leave the workbook: the part of its relations has them."""
        return [target for _, target in self.links if not target.startswith("#")]

    def _choices(self) -> str:
        count = len(self.choices)
        return f'<dataValidations count="{count}">{"".join(self.choices)}</dataValidations>' if count else ""

    def _links(self) -> str:
        shown, number = [], 0
        for ref, target in self.links:
            if target.startswith("#"):
                shown.append(f'<hyperlink ref="{ref}" location="{attribute(target[1:])}"/>')
            else:
                number += 1
                shown.append(f'<hyperlink ref="{ref}" r:id="rId{number}"/>')
        return f"<hyperlinks>{''.join(shown)}</hyperlinks>" if shown else ""


def text_cell(ref: str, style: str, text: str) -> str:
    """A cell of text, which never is a formula. The text must be legal in XML."""
    text = escape(text[:_LONGEST])
    keep = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c r="{ref}"{style} t="inlineStr"><is><t{keep}>{text}</t></is></c>'


def formula_cell(ref: str, style: str, formula: str) -> str:
    """A cell of a formula, given without its `=`; the program that opens the sheet calculates it."""
    return f'<c r="{ref}"{style}><f>{escape(formula)}</f><v></v></c>'


def number_cell(ref: str, style: str, value: float) -> str:
    """A cell of a number; blank where it is not finite."""
    return f'<c r="{ref}"{style}><v>{value:.16g}</v></c>' if isfinite(value) else blank_cell(ref, style)


def blank_cell(ref: str, style: str) -> str:
    """A cell that has only a look."""
    return f'<c r="{ref}"{style}/>'


def escape(text: str) -> str:
    """Text as it stands in an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """Text as it stands in an attribute, line ends and tabs kept."""
    text = escape(text).replace('"', "&quot;")
    return text.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#09;")
