"""Text into cells and back: neutral, legal, bounded, and the same after a round trip through Excel or LibreOffice."""

import re
from datetime import date, datetime, time

from harvester.models.marks import Value

CELL_LIMIT = 32_767
"""The most UTF-16 units that Excel keeps in a cell."""
CUT = "\n… [cut here: a cell holds no more; the whole text is in handin.html]"

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ACTIVE = re.compile(r"\s*[=+\-@\t\r＝＋－＠|%]|[\t\r\n]")
_NUMBER = re.compile(r"^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)$")


def clean(text: str) -> str:
    """Text that a spreadsheet's XML can hold: line ends as `\\n`, no control characters, cut at the cell's limit.

    What is cut is said in the cell.
    """
    if len(text) <= CELL_LIMIT // 2 and text.isprintable() and text.isascii():
        return text
    text = _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) <= CELL_LIMIT // 2 or _units(text) <= CELL_LIMIT:
        return text
    room = CELL_LIMIT - _units(CUT)
    head = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return head + CUT


def encode(text: str) -> str:
    """Write `_x0041_` so that Excel shows these seven characters, and not the letter they would stand for."""
    return _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


def decode(text: str) -> str:
    """Read Excel's own `_x000D_` and the like."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def active(text: str) -> bool:
    """Whether a program could take the text for a formula when it is pasted, exported or edited."""
    return _ACTIVE.match(text) is not None


def neutral(text: str) -> str:
    """The text for a CSV cell: an apostrophe before what a spreadsheet could take for a formula."""
    text = clean(text)
    return f"'{text}" if active(text) else text


def show_value(value: Value) -> str:
    """What a cell holds, where it is told of elsewhere."""
    if value is None:
        return "(blank)"
    return f"{value:g}" if isinstance(value, float) else value


_MOST = 1e9
"""A number from here on is no grader's: a key was held down."""


def tidy(value: object, *, number: bool = False) -> Value:
    """What a grader's cell says: None for blank, a number where `number` and it is one, else text.

    `2,5` and `2.5` are both numbers, whatever the language of the program they were typed in. Text is kept whole,
    line ends as `\\n`, blanks at both ends off.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(float(value), number=number)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = clean(decode(str(value))).strip()
    if not text:
        return None
    if number and _NUMBER.match(text) and len(text) < 20:
        return _number(float(text.replace(",", ".")), number=True)
    return text


def _number(value: float, *, number: bool) -> Value:
    if not abs(value) < _MOST:
        return f"{value:g}"
    if number:
        return value + 0.0
    return f"{value:.15g}"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2
