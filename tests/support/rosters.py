"""Roster files as bytes, built from data."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from openpyxl import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink

PAGE = '<html><body><a href="https://learn.example.org/profile">Ada</a><p><a href="{}">link</a></p></body></html>'


def make_xlsx(*sheets: Iterable[Iterable[object]], links: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """A workbook with a sheet per table; in each, cells (`C2`) that lead somewhere."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
        for cell, target in links.items():
            sheet[cell].hyperlink = Hyperlink(ref=cell, target=target)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_assignment(hand_ins: Mapping[str, str]) -> bytes:
    """A DTU Learn assignment's zip: folder's name -> the link on its page."""
    return make_zip({f"{folder}/1 - link.html": PAGE.format(link) for folder, link in hand_ins.items()})


def make_zip(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()
