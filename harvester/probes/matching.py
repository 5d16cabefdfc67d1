"""Names against patterns, often the same ones: compiled once, and each answer remembered; as is what a probe found."""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import lru_cache, wraps
from typing import TypeVar

from harvester.models.facts import Facts

T = TypeVar("T")
_MOST_NAMES = 20_000


@lru_cache(maxsize=50_000)
def matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether the whole text matches one of the patterns, in which `*` stands for anything; case counts."""
    return _compiled(patterns).match(text) is not None


@lru_cache(maxsize=4_000)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)")


def finds(pattern: re.Pattern[str], name: str) -> bool:
    """Whether the pattern is found in a name."""
    return _finding(pattern.pattern, pattern.flags)[name]


def found_in(pattern: re.Pattern[str], names: Iterable[str]) -> list[str]:
    """Those names that the pattern is found in."""
    return list(filter(_finding(pattern.pattern, pattern.flags).__getitem__, names))


def matching(patterns: tuple[str, ...], names: Iterable[str]) -> list[str]:
    """Those names that match one of the patterns."""
    return list(filter(_matching(patterns).__getitem__, names))


class _Answers(dict[str, bool]):
    """What is known of a pattern, by name; it is asked for a name that is not known."""

    def __init__(self, ask: Callable[[str], re.Match[str] | None]) -> None:
        super().__init__()
        self.ask = ask

    def __missing__(self, name: str) -> bool:
        if len(self) >= _MOST_NAMES:
            self.clear()
        self[name] = answer = self.ask(name) is not None
        return answer


@lru_cache(maxsize=4_000)
def _finding(source: str, flags: int) -> _Answers:
    """Of a pattern by its text, for Python hashes a pattern's whole program each time."""
    return _Answers(re.compile(source, flags).search)


@lru_cache(maxsize=4_000)
def _matching(patterns: tuple[str, ...]) -> _Answers:
    return _Answers(_compiled(patterns).match)


def once(probe: Callable[[Facts], T]) -> Callable[[Facts], T]:
    """Remember what a function of the facts alone gives, for as long as they are there."""
    key = f"{probe.__module__}.{probe.__qualname__}"

    @wraps(probe)
    def ask(facts: Facts) -> T:
        known = facts.__dict__
        if key not in known:
            known[key] = probe(facts)
        found: T = known[key]
        return found

    return ask
