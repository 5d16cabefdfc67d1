"""Words of prose and tokens of Python, with their places: what stays the same when names and layout are changed."""

import builtins
import keyword
import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"https?://\S+|\]\([^)\s]{0,500}+\)|<[^<>\s][^<>]{0,200}>|[^\W_]+(?:['’][^\W_]+)?")
_STRING = "|".join(("""'''.*?'''""", '""".*?"""', r"""'(?:\\.|[^'\\\n])*+'""", r'''"(?:\\.|[^"\\\n])*+"'''))
_TOKEN = re.compile(
    rf"""(?P<skip>\s+|\#[^\n]*|\\\n)
    |(?P<text>[rRbBfFuUtT]{{0,3}}(?:{_STRING}))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>\.?\d[\w.]*)
    |(?P<mark>\*\*|//|->|:=|[-+*/%&|^@=!<>]=|<<|>>|.)""",
    re.VERBOSE | re.DOTALL,
)
_KEPT = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"})
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


class Token(NamedTuple):
    """A word or token as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


def read_words(text: str) -> list[Token]:
    """The words of prose in small letters; addresses, targets of links and tags are none."""
    return [
        Token(match[0].casefold().replace("’", "'"), match.start(), match.end())
        for match in _WORD.finditer(text)
        if match[0][0] not in "]<" and "://" not in match[0]
    ]


def read_code(text: str) -> list[Token]:
    """The tokens of Python, comments left out and strings alike.

    Names that the group chose are alike, too; what a library chose is kept: attributes, keywords of calls, built-ins.
    """
    return list(_normalise(list(_scan(text))))


class _Raw(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def _scan(text: str) -> Iterator[_Raw]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind != "skip":
            yield _Raw(kind, match[0], match.start(), match.end())


def _normalise(raw: list[_Raw]) -> Iterator[Token]:
    depth, header = 0, -1
    for place, one in enumerate(raw):
        text = one.text
        if one.kind == "text":
            text = '""'
        elif one.kind == "name":
            before = raw[place - 1].text if place else ""
            after = raw[place + 1].text if place + 1 < len(raw) else ""
            if text == "def":
                header = depth
            elif not _is_kept(raw, place, before) and not (after == "=" and depth > 0 and header < 0):
                text = "name"
        elif text in _OPEN:
            depth += 1
        elif text in _CLOSE:
            depth -= 1
        elif text == ":" and depth == header:
            header = -1
        yield Token(text, one.start, one.end)


def _is_kept(raw: list[_Raw], place: int, before: str) -> bool:
    if before == ".":
        return place < 2 or raw[place - 2].text not in ("self", "cls")
    return raw[place].text in _KEPT
