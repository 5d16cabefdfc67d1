"""Words of prose and tokens of Python, with their places: what stays the same when names and layout are changed."""

import builtins
import keyword
import re
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"https?://\S+|\]\([^)\s]{0,500}+\)|<[^<>\s][^<>]{0,200}>|([^\W_]+(?:['’][^\W_]+)?)")
"""A word, or what is passed over: an address, a link's target, a tag."""
_STRING = "|".join(("""'''.*?'''""", '""".*?"""', r"""'(?:\\.|[^'\\\n])*+'""", r'''"(?:\\.|[^"\\\n])*+"'''))
_TOKEN = re.compile(
    rf"""(?:\s++|\#[^\n]*+|\\\n)*+
    (?:([rRbBfFuUtT]{{0,3}}+(?=["'])(?:{_STRING}))
    |([^\W\d]\w*+)
    |(\.?\d[\w.]*+|\*\*|//|->|:=|[-+*/%&|^@=!<>]=|<<|>>|.)
    |\Z)""",
    re.VERBOSE | re.DOTALL,
)
"""A string, a name, or anything else that says something; before it blanks and comments, which say nothing."""
_KEPT = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"})
_SELF = frozenset(("self", "cls"))
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


@lru_cache(maxsize=1)  # an answer without any of the template's words is asked for twice in a row
def word_texts(text: str) -> tuple[str, ...]:
    """The words of prose in small letters; addresses, targets of links and tags are none."""
    return tuple([word.casefold().replace("’", "'") for word in _WORD.findall(text) if word])


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `word_texts` begin and end."""
    return [match.span() for match in _WORD.finditer(text) if match[1]]


def code_texts(text: str) -> list[str]:
    """The tokens of Python, comments left out and strings alike.

    Names that the group chose are alike, too; what a library chose is kept: attributes, keywords of calls, built-ins.
    """
    found = _TOKEN.findall(text)
    while found and not any(found[-1]):  # what ends the text
        found.pop()
    return _normalise(found)


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where the tokens of `code_texts` begin and end."""
    return [match.span(match.lastindex) for match in _TOKEN.finditer(text) if match.lastindex]


def _normalise(found: Sequence[Sequence[str]]) -> list[str]:
    """The texts that are compared, of tokens as the groups of `_TOKEN` give them."""
    texts = []
    depth, header = 0, -1
    owner = before = ""  # the two tokens before, as they are written; of strings, nothing
    for place, (string, name, text) in enumerate(found):
        written = name or text
        if name:
            text = name
            if name == "def":
                header = depth
            elif owner in _SELF if before == "." else name not in _KEPT:
                after = found[place + 1 : place + 2] if depth > 0 and header < 0 else ()
                if not (after and after[0][2] == "="):
                    text = "name"
        elif string:
            text = '""'
        elif text in _OPEN:
            depth += 1
        elif text in _CLOSE:
            depth -= 1
        elif text == ":" and depth == header:
            header = -1
        texts.append(text)
        owner, before = before, written
    return texts
