"""The code cells of a notebook as one source text, with the line of the file that each of its lines stands on."""

import json
import re

from harvester.facts.trees import BrokenError, load_json

_MAGIC = re.compile(r"^\s*[%!?]")
_LONGEST = 600_000
_MOST_MISSES = 30
"""Lines that may be looked for in vain: each takes a pass through all outputs."""


def read_cells(text: str) -> tuple[str, list[int]]:
    """The source of all code cells, magics left out, and the lines of the `.ipynb` file they stand on.

    Raises
    ------
    BrokenError
        It is no notebook.
    """
    try:
        data = load_json(text)
    except (ValueError, RecursionError) as error:
        raise BrokenError("is no valid notebook", getattr(error, "lineno", None)) from error
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise BrokenError("is no valid notebook")
    lines: list[str] = []
    numbers: list[int] = []
    finder = _Finder(text)
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        for line in _source(cell):
            lines.append("pass" if _MAGIC.match(line) else line)
            numbers.append(finder.line_of(line))
    return "\n".join(lines)[:_LONGEST], numbers or [1]


def _source(cell: dict[str, object]) -> list[str]:
    source = cell.get("source", "")
    joined = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else source
    lines = joined.splitlines() if isinstance(joined, str) else []
    return [] if lines[:1] and lines[0].startswith("%%") and not lines[0].startswith("%%time") else lines


class _Finder:
    """Finds source lines in the notebook's text, each after the one before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.line = 1
        self.misses = 0

    def line_of(self, line: str) -> int:
        """The line of the file, that of the line before where this one cannot be found."""
        if not line.strip() or self.misses >= _MOST_MISSES:
            return self.line
        for ascii_only in (False, True):
            wanted = json.dumps(line, ensure_ascii=ascii_only)[1:-1]
            at = self.text.find(wanted, self.position)
            if at >= 0:
                self.line += self.text.count("\n", self.position, at)
                self.position = at
                return self.line
        self.misses += 1
        return self.line
