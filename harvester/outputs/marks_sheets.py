"""Sheets about marks themselves: those without a home, and those on which two workbooks disagree."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from harvester.models.marks import FIELDS, ORDINALS, Conflict, Mark
from harvester.outputs import columns
from harvester.outputs.cells import show_value
from harvester.outputs.mark_history import say_values
from harvester.outputs.sheets import Book, Cell


def add_homeless(book: Book, rows: Iterable[tuple[str, str, Mark]]) -> None:
    """A sheet of marks whose row is gone: (row id, key, mark). They can be edited and cleared there."""
    sheet = book.add("Marks without a home", columns.HOMELESS, tab="7A5C00")
    for row_id, key, mark in rows:
        about = mark.label or f"{key}, which the last harvest does not have"
        verdict = f" (verdict then: {mark.against.verdict})" if mark.against.verdict else ""
        answer = f" (the answer then: “{mark.against.begins}…”)" if mark.against.begins else ""
        cells: dict[str, Cell] = {"id": row_id, "about": about + verdict + answer, "since": mark.first_seen}
        sheet.add(cells | {field: getattr(mark, field) for field in FIELDS}, lines=(2, 6))
    sheet.close()


def add_conflicts(book: Book, conflicts: Sequence[Conflict]) -> None:
    """A sheet of cells that two workbooks, or more, changed to different values."""
    sheet = book.add("Conflicts", columns.CONFLICTS, tab="8A1C00")
    for one in conflicts:
        said = say_values(one)
        names = chain(ORDINALS[1:], repeat("also"))
        rest = [f"{name}: {text}" for name, text in zip(names, said[1:], strict=False)] if len(said) > 2 else said[1:]
        sheet.add(
            {
                "id": one.id,
                "group": one.group,
                "row": one.key,
                "field": columns.HEADINGS.get(one.field, one.field),
                "previous": show_value(one.previous),
                "first": said[0] if said else "",
                "second": "\n".join(rest),
            },
            lines=(2, 8),
        )
    most = max(2, *(len(one.values) for one in conflicts))
    sheet.choose(
        "holds", ("previous", *ORDINALS[:most]), "Which value holds. Or type the right one into the row itself."
    )
    sheet.close()
