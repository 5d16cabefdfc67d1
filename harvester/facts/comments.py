"""Which functions have a real comment: commented-out code is none."""

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_CODE_MARK = re.compile(r"[(=\[.]|\b(?:import|return|pass|del|raise|assert|yield)\b|^(?:for|while|with|try|else)\b.*:$")
_NO_COMMENT = re.compile(
    r"^(?:!|%%|\s*(?:noqa|type:|pragma|pylint|fmt:|isort:|ruff:|mypy:|-\*-|region|endregion)|[\W_]*$)"
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment and its row, from 0."""

    row: int
    text: str


def find_commented(comments: Sequence[Comment], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """For each span of rows, whether a real comment stands in it or right above."""
    rows = [comment.row for comment in comments]
    tell = cache(is_real)
    return [
        any(tell(comment.text) for comment in comments[bisect_left(rows, start - 1) : bisect_right(rows, end)])
        for start, end in spans
    ]


def is_real(comment: str) -> bool:
    """Whether a comment says something, and is no code that was taken out."""
    text = comment.lstrip("#").strip()
    return bool(text) and not _NO_COMMENT.match(text) and not is_code(text)


def is_code(text: str) -> bool:
    """Whether a line would do something as Python."""
    if not _CODE_MARK.search(text) or "\\" in text:
        return False
    if text.endswith(":"):
        text += " pass"
    try:
        body = ast.parse(text.removeprefix("elif ").removeprefix("@")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(part, ast.Expr) or _acts(part.value) for part in body)


def _acts(value: ast.expr) -> bool:
    return isinstance(value, ast.Call | ast.Await | ast.Yield | ast.Subscript | ast.Attribute | ast.ListComp)
