"""Fingerprints: hashes of runs of tokens, of which a few are kept, so that a long shared run shares one (winnowing)."""

import sys
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple

from harvester.likeness.tokens import code_spans, code_texts, word_spans, word_texts
from harvester.models.likeness import PassageKind


class Measure(NamedTuple):
    """How one kind of passage is compared: the length of a run, of which at least one in `window` is kept.

    A shared run of `run + window - 1` tokens is always seen, one shorter than `run` never. Passages with less than
    `least` shared tokens (repetitions counted once) are no match. `weight` is what one of them counts for a lead.
    """

    run: int
    window: int
    least: int
    weight: int


MEASURES = {PassageKind.ANSWER: Measure(7, 4, 16, 4), PassageKind.CODE: Measure(18, 8, 40, 1)}
LONGEST = 12_000
"""Characters of a passage that are compared."""


class Runs(NamedTuple):
    """A passage's tokens as they are compared, the hashes of their runs, and of these the kept ones by their places."""

    texts: Sequence[str]
    hashes: Sequence[int]
    kept: Mapping[int, int]


@lru_cache(maxsize=256)
def read_runs(kind: PassageKind, text: str) -> Runs:
    """A passage's tokens and runs; kept for a while, for a group is compared with several."""
    texts, measure = token_texts(kind, text), MEASURES[kind]
    hashes = hash_runs(texts, measure.run)
    return Runs(texts, hashes, winnow(hashes, measure.window))


def token_texts(kind: PassageKind, text: str) -> Sequence[str]:
    """The tokens of a passage, as they are compared."""
    return code_texts(text[:LONGEST]) if kind is PassageKind.CODE else word_texts(text[:LONGEST])


def token_spans(kind: PassageKind, text: str) -> list[tuple[int, int]]:
    """Where the tokens of a passage begin and end."""
    return code_spans(text[:LONGEST]) if kind is PassageKind.CODE else word_spans(text[:LONGEST])


def cut_runs(texts: Sequence[str], run: int) -> list[bytes]:
    """Each run of so many tokens, in their order."""
    whole = "\0".join(texts).encode("utf-8", "replace")
    sizes = map(len, texts if whole.isascii() else [text.encode("utf-8", "replace") for text in texts])
    ends = list(accumulate(size + 1 for size in sizes))
    return [whole[start : end - 1] for start, end in zip([0, *ends], ends[run - 1 :], strict=False)]


def hash_runs(texts: Sequence[str], run: int) -> list[int]:
    """A hash of 52 bits for each run of so many tokens, in their order."""
    hashes = array("Q", b"".join([blake2b(part, digest_size=8).digest() for part in cut_runs(texts, run)]))
    if sys.byteorder == "little":
        hashes.byteswap()
    return [value >> 12 for value in hashes]


def winnow(hashes: Sequence[int], window: int) -> dict[int, int]:
    """Place -> hash, of the smallest hash of each window (the rightmost of equals)."""
    if not hashes:
        return {}
    last, least = _rightmost(hashes, 0, window)
    kept = {last: least}
    for end, value in enumerate(hashes[window:], window):
        if last <= end - window:
            last, least = _rightmost(hashes, end - window + 1, window)
        elif value <= least:
            last, least = end, value
        else:
            continue
        kept[last] = least
    return kept


def _rightmost(hashes: Sequence[int], start: int, window: int) -> tuple[int, int]:
    """Place and hash of the smallest of a window, the rightmost of equals."""
    inside = hashes[start : start + window]
    least = min(inside)
    return start + len(inside) - 1 - inside[::-1].index(least), least


def make_prints(kind: PassageKind, text: str) -> tuple[int, ...]:
    """The hashes by which a passage is found, each once; none where it is too short to be compared."""
    measure = MEASURES[kind]
    texts = token_texts(kind, text)
    if len(texts) < measure.least:
        return ()
    return tuple(dict.fromkeys(winnow(hash_runs(texts, measure.run), measure.window).values()))


def cover(length: int, places: Sequence[int], run: int) -> list[bool]:
    """Which of so many tokens a set of runs covers."""
    covered = [False] * length
    for place in places:
        covered[place : place + run] = [True] * run
    return covered
