"""Fingerprints: hashes of runs of tokens, of which a few are kept, so that a long shared run shares one (winnowing)."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from harvester.likeness.tokens import Token, read_code, read_words
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


@lru_cache(maxsize=256)
def read_runs(kind: PassageKind, text: str) -> tuple[Sequence[Token], Sequence[int]]:
    """A passage's tokens, and the hashes of their runs; kept for a while, for a group is compared with several."""
    tokens = read_tokens(kind, text)
    return tokens, hash_runs(tokens, MEASURES[kind].run)


def read_tokens(kind: PassageKind, text: str) -> list[Token]:
    """The words of an answer or the tokens of a function."""
    return read_code(text[:LONGEST]) if kind is PassageKind.CODE else read_words(text[:LONGEST])


def hash_runs(tokens: Sequence[Token], run: int) -> list[int]:
    """A hash of 52 bits for each run of so many tokens, in their order."""
    texts = [token.text for token in tokens]
    runs = ("\0".join(texts[at : at + run]) for at in range(len(texts) - run + 1))
    return [int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) >> 12 for text in runs]


def winnow(hashes: Sequence[int], window: int) -> dict[int, int]:
    """Place -> hash, of the smallest hash of each window (the rightmost of equals)."""
    kept: dict[int, int] = {}
    last = -1
    for start in range(max(1, len(hashes) - window + 1) if hashes else 0):
        end = min(start + window, len(hashes))
        if last < start:
            last = min(range(start, end), key=lambda place: (hashes[place], -place))
        elif hashes[end - 1] <= hashes[last]:
            last = end - 1
        kept[last] = hashes[last]
    return kept


def make_prints(kind: PassageKind, text: str) -> tuple[int, ...]:
    """The hashes by which a passage is found, each once; none where it is too short to be compared."""
    measure = MEASURES[kind]
    tokens = read_tokens(kind, text)
    if len(tokens) < measure.least:
        return ()
    return tuple(dict.fromkeys(winnow(hash_runs(tokens, measure.run), measure.window).values()))


def cover(length: int, places: Sequence[int], run: int) -> list[bool]:
    """Which of so many tokens a set of runs covers."""
    covered = [False] * length
    for place in places:
        covered[place : place + run] = [True] * run
    return covered
