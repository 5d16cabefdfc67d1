"""What can still be read of a text that does not parse: a side of its merge, or all but the lines that are wrong."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from harvester.facts.trees import BrokenError

_LONGEST = 12_000
_MOST_TRIES = 5
_BEGIN, _BASE, _MIDDLE, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
_MARK = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?:\s|$)")

_Found = TypeVar("_Found")


def mend(text: str, parse: Callable[[str], _Found]) -> tuple[_Found | None, bool]:
    """What `parse` makes of the text once it is mended, and whether lines of it had to be left out for that.

    None where nothing helps. Each line keeps its number.

    Parameters
    ----------
    parse
        Raises `BrokenError`, with the line where that is known.
    """
    for side in _sides(text):
        with suppress(BrokenError):
            return parse(side), False
    return (_without_wrong_lines(text, parse) if len(text) <= _LONGEST else None), True


def _sides(text: str) -> Iterator[str]:
    """A text with the marks of a merge: with what both sides have, then with either alone."""
    if _BEGIN not in text:
        return
    places: list[tuple[str, str]] = []
    inside = ""
    for line in text.split("\n"):
        mark = _MARK.match(line)
        if mark:
            inside = "" if mark[1] == _END else mark[1]
        places.append(("mark" if mark else inside, line))
    for left_out in ((_BASE,), (_BASE, _MIDDLE), (_BASE, _BEGIN)):
        yield "\n".join("" if place in ("mark", *left_out) else line for place, line in places)


def _without_wrong_lines(text: str, parse: Callable[[str], _Found]) -> _Found | None:
    """A text without the lines that are said to be wrong, one after the other; else what stands above the first."""
    lines = text.split("\n")
    first = None
    for _ in range(_MOST_TRIES):
        try:
            return parse("\n".join(lines))
        except BrokenError as error:
            if error.line is None:
                break
            wrong = min(error.line, len(lines)) - 1
            while wrong >= 0 and not lines[wrong].strip():
                wrong -= 1
            if wrong < 0:
                break
            first = wrong if first is None else first
            lines[wrong] = ""
    if first is not None:
        with suppress(BrokenError):
            return parse("\n".join(text.split("\n")[:first]))
    return None
