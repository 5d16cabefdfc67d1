"""Names that text gives away: in the answer on the members they stand beside their study numbers."""

import re
from collections.abc import Iterator
from typing import Literal

STUDY_NUMBER = r"(?<![^\W_])(?i:s)[ \t-]?\d{6}(?![^\W_])"
_NUMBER = r"(?<![^\W_])(?:(?i:s)[ \t-]?)?(?P<digits>\d{6})(?![^\W_])"
_WORD = r"(?:[^\W\d_]\.|[^\W\d_]+(?:['’-][^\W\d_]+)*)"
_TOKEN = re.compile(rf"{_NUMBER}|(?P<word>{_WORD})|\w+")
_ADDRESS = re.compile(r"\S{1,200}(?:@|://)\S{1,2000}")
_INSIDE_NAMES = frozenset({"af", "al", "bin", "da", "de", "del", "den", "der", "di", "el", "la", "ten", "van", "von"})
_NO_NAMES = frozenset(
    {"email", "group", "id", "mail", "member", "members", "name", "names", "number", "numbers", "student", "students"}
    | {"gruppe", "medlemmer", "navn", "nr", "no", "studienummer", "study", "studynumber"}
)
"""Words that stand beside study numbers and say what they are."""
_LONGEST = 1_000
"""Characters; what goes on further is no list of members."""

_Token = tuple[Literal["number", "name", "word"], str]


def told_names(text: str) -> Iterator[tuple[str, str]]:
    """(name, digits of the study number that is its own) of the answer on the members; no digits where nobody can say.

    A name is a row of words with a capital; one word alone only where it stands right beside a study number.
    """
    tokens = list(_tokens(_ADDRESS.sub(" ", text[:_LONGEST])))
    owners = _owners(tokens)
    for place, (kind, name) in enumerate(tokens):
        beside = [other for other, _ in tokens[max(0, place - 1) : place + 2]]
        if kind == "name" and (" " in name or "number" in beside):
            yield name, owners.get(place, "")


def name_parts(name: str) -> Iterator[str]:
    """The single names of a name, those with a capital: `Åse`, `Ørsted`."""
    return (part for part in re.findall(r"[^\W\d_]{3,}", name) if part[0].isupper())


def _tokens(text: str) -> Iterator[_Token]:
    """Numbers, names and other words in their order, without the words that only say what a number is."""
    name: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        word = match["word"] or ""
        apart = bool(text[end : match.start()].strip(" \t"))
        inside = word and not apart and (word[0].isupper() or (name and word.casefold() in _INSIDE_NAMES))
        if name and (not inside or word.casefold() in _NO_NAMES):
            yield "name", " ".join(_without_end(name))
            name = []
        if match["digits"]:
            yield "number", match["digits"]
        elif word.casefold() not in _NO_NAMES:
            if word[:1].isupper() or (inside and name):
                name.append(word)
            else:
                yield "word", match[0]
        end = match.end()
    if name:
        yield "name", " ".join(_without_end(name))


def _without_end(name: list[str]) -> list[str]:
    """Without small words that no name ends with."""
    while name[-1][0].islower():
        name = name[:-1]
    return name


def _owners(tokens: list[_Token]) -> dict[int, str]:
    """Place of a name -> the number that is its own: all names stand before their numbers, or all behind them."""
    numbers = [(place, digits) for place, (kind, digits) in enumerate(tokens) if kind == "number"]
    found = []
    for step in (-1, 1):
        owners = {place + step: digits for place, digits in numbers}
        if all(0 <= place < len(tokens) and tokens[place][0] == "name" for place in owners):
            found.append(owners)
    return found[0] if len(found) == 1 else {}
