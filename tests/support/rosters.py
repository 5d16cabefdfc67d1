"""Roster files as bytes, built from data."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from openpyxl import Workbook

PAGE = '<html><body><a href="https://learn.example.org/profile">Ada</a><p><a href="{}">link</a></p></body></html>'


def make_xlsx(*sheets: Iterable[Iterable[object]]) -> bytes:
    """A workbook with a sheet per table."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
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
