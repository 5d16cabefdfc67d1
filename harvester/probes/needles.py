"""What a text needs for a regular expression to match in it: most texts lack it, and need not be gone through.

The expressions are those of rules, which match in any case.
"""

from collections.abc import Iterable
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_ZERO_WIDTH = (op.AT, op.ASSERT, op.ASSERT_NOT)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_LEAST = 2
_AS_ASCII = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that an expression without regard to case takes for ones of ASCII."""


def fold(text: str) -> str:
    """The text in small letters, as `may_match` wants it."""
    if not text.isascii():
        for letter, plain in _AS_ASCII.items():
            text = text.replace(letter, plain)
    return text.lower()


def may_match(pattern: str, folded: str) -> bool:
    """Whether the pattern may match somewhere in a folded text, in any case of letters."""
    words = needles(pattern)
    return not words or any(word in folded for word in words)


@lru_cache(maxsize=1_000)
def needles(pattern: str) -> tuple[str, ...]:
    """Words, one of which is in every folded text that the pattern matches in; none where there are no such words."""
    return tuple(sorted(_needed(_parser.parse(pattern))))


def _needed(parts: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    """The best words for a sequence: those of one of its parts, of which the shortest is the longest."""
    found: list[frozenset[str]] = []
    run = ""
    for kind, value in parts:
        if kind is op.LITERAL and value < 128:
            run += chr(value).lower()
        elif kind not in _ZERO_WIDTH:
            found += [frozenset((run,)), _needed_in(kind, value)]
            run = ""
    words = [words for words in (*found, frozenset((run,))) if words and len(min(words, key=len)) >= _LEAST]
    return max(words, key=lambda one: (len(min(one, key=len)), -len(one)), default=frozenset())


def _needed_in(kind: Any, value: Any) -> frozenset[str]:
    """Likewise for a part of a sequence: all alternatives need words."""
    if kind is op.SUBPATTERN:
        return _needed(value[-1])
    if kind is op.ATOMIC_GROUP:
        return _needed(value)
    if kind in _REPEATS and value[0]:
        return _needed(value[2])
    if kind is op.BRANCH:
        words = [_needed(one) for one in value[1]]
        return frozenset().union(*words) if all(words) else frozenset()
    return frozenset()
