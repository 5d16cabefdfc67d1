"""Text of others made fit to be shown: no mark in it commands a terminal, a page or a spreadsheet."""

import re

UNSEEMLY = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
"""For a class of a regular expression: control characters but tabs and line ends, halves of surrogate pairs, and marks
that turn the direction of what follows."""

_UNSEEMLY = re.compile(f"[{UNSEEMLY}]")
_SEEMLY = re.compile(rf"(?:[\t\n\r -~]++|[^\x00-\x7f{UNSEEMLY}]++)*+")
"""Text without any of them; found faster than they are looked for."""


def make_seemly(text: str) -> str:
    """The text with U+FFFD for each mark that a reader should not see, or that would do something."""
    return text if _SEEMLY.fullmatch(text) else _UNSEEMLY.sub("\ufffd", text)


def terminal_text(text: str) -> str:
    """As `make_seemly`, and nothing goes back to the beginning of a line to write over it."""
    return make_seemly(text.replace("\r\n", "\n").replace("\r", "\ufffd"))


def escape_json(text: str) -> str:
    """JSON that says the same, with such marks written as `\\u009b`: it can be looked at in a terminal, too."""
    return text if _SEEMLY.fullmatch(text) else _UNSEEMLY.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
