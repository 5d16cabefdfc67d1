"""How cells look: black on white what the tool says, pale yellow and unlocked what a grader types."""

from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

_YELLOW = PatternFill("solid", start_color="FFFBE6", end_color="FFFBE6")
_HEAD = PatternFill("solid", start_color="1F3A5F", end_color="1F3A5F")
_HEAD_INPUT = PatternFill("solid", start_color="7A5C00", end_color="7A5C00")
_THIN = Side(style="thin", color="C8C8C8")
_BORDER = Border(bottom=_THIN)
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def _look(
    *, wrap: bool = False, bold: bool = False, number: str = "General", side: str | None = None, ours: bool = True
) -> Any:
    def apply(cell: Any) -> None:
        cell.font = Font(name="Calibri", size=11, bold=bold, color="000000")
        cell.alignment = Alignment(vertical="top", wrap_text=wrap, horizontal=side, indent=int(side == "right"))
        cell.number_format = number
        cell.border = _BORDER if ours else _BOX
        if not ours:
            cell.fill = _YELLOW
            cell.protection = Protection(locked=False)

    return apply


def _link(cell: Any) -> None:
    _look(wrap=True)(cell)
    cell.font = Font(name="Calibri", size=11, color="0B4FA8", underline="single")


def _id(cell: Any) -> None:
    _look(number="@")(cell)
    cell.font = Font(name="Calibri", size=9, color="555555")


def _heading(fill: PatternFill, side: str | None = None) -> Any:
    def apply(cell: Any) -> None:
        cell.font = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
        cell.fill = fill
        cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal=side, indent=int(side == "right"))

    return apply


LOOKS: dict[str, Any] = {
    "id": _id,
    "text": _look(),
    "wrap": _look(wrap=True),
    "left": _look(wrap=True, side="left"),
    "strong": _look(wrap=True, bold=True),
    "whole": _look(number="#,##0", side="right"),
    "points": _look(side="right"),
    "link": _link,
    "flag": _look(wrap=True, number="@", ours=False),
    "input": _look(number="@", ours=False),
    "input_points": _look(side="right", ours=False),
    "input_wrap": _look(wrap=True, number="@", ours=False),
    "head": _heading(_HEAD),
    "head_number": _heading(_HEAD, "right"),
    "head_input": _heading(_HEAD_INPUT),
}
"""Look -> what it does to a cell. The headings are `head`, `head_number` over numbers, and `head_input`."""

WORD_COLOURS: dict[str, tuple[str, str]] = {
    "✓ confirmed": ("DCEFE3", "0B5D33"),
    "◐ weak": ("FFF0CC", "6B4A00"),
    "✗ unsupported": ("FBDDD6", "8A1C00"),
    "? ask": ("DDE8FA", "123E8A"),
    "★ unclaimed": ("E9DFF6", "4B1F86"),
    "○ not claimed": ("EFEFEF", "444444"),
    "✓": ("DCEFE3", "0B5D33"),
    "✗": ("FBDDD6", "8A1C00"),
    "open": ("FFF0CC", "6B4A00"),
}
"""Word as the sheets show it -> background and text colour, at least 4.5 : 1. The word alone says as much."""
