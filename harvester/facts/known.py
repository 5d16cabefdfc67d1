"""Files and lines that the course gives out: its cookiecutter template over the years, and its exercises.

The data (`data/known.json`, made by `.ci/known_files.py`) holds fingerprints and names only.

`files`      fingerprint of a whole text -> origin (`template`, `exercise`)
`skeletons`  number of lines -> [lines that hold a placeholder, fingerprint of the others, origin]
`functions`  fingerprints of functions of the template
`lines`      fingerprints of the lines of the template's pages
"""

import hashlib
import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

TEMPLATE = "template"
EXERCISE = "exercise"
LARGEST = 200_000
"""Bytes: the data has no larger file."""
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_FEWEST_WORDS = 3


@cache
def known() -> dict[str, Any]:
    """The data file."""
    data: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "known.json").read_text("utf-8"))
    return data


def fingerprint(text: str, length: int = 16) -> str:
    """A hash of a text."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:length]


def normal_lines(text: str) -> list[str]:
    """The lines that are not blank, blanks within them taken out."""
    lines = text.replace(" ", "").replace("\t", "").splitlines()
    if not text.isascii() or "\x1f" in text:  # there may be other blanks
        lines = ["".join(line.split()) for line in lines]
    return [line for line in lines if line]


def origin(text: str) -> str:
    """`template` or `exercise` for a text that the course gave out and nobody changed, else empty."""
    if len(text) > LARGEST:
        return ""
    lines = normal_lines(text)
    whole = "\n".join(lines)
    if len(whole) - whole.count("\n") < 20:
        return ""
    data = known()
    found = data["files"].get(fingerprint(whole))
    if found:
        return str(found)
    for holes, rest, where in data["skeletons"].get(str(len(lines)), ()):
        holes = set(holes)
        if fingerprint("\n".join(line for n, line in enumerate(lines) if n not in holes)) == rest:
            return str(where)
    return ""


def skeleton(text: str) -> tuple[int, list[int], str]:
    """Of a template's text: how many lines, those with a placeholder, and the fingerprint of the others."""
    lines = normal_lines(text)
    holes = [number for number, line in enumerate(lines) if _PLACEHOLDER.search(line)]
    rest = "\n".join(line for number, line in enumerate(lines) if number not in set(holes))
    return len(lines), holes, fingerprint(rest)


def line_print(line: str) -> str:
    """The fingerprint of a line of prose; empty for one with fewer than three words, which proves no origin."""
    words = re.findall(r"\w+", line.lower())
    return fingerprint(" ".join(words), 10) if len(words) >= _FEWEST_WORDS else ""


@cache
def _lines() -> frozenset[str]:
    return frozenset(known()["lines"])


@cache
def _functions() -> frozenset[str]:
    return frozenset(known()["functions"])


@lru_cache(maxsize=20_000)  # the template's lines stand in most groups' pages, and a branch repeats the others
def is_known_line(line: str) -> bool:
    """Whether a page of the template has the line."""
    return line_print(line) in _lines()


def is_known_function(digest: str) -> bool:
    """Whether the template ships a function with this digest (`python.digest`)."""
    return digest in _functions()
