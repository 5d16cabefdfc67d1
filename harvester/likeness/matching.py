"""What exactly two passages share, word by word."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from harvester.likeness.prints import MEASURES, Runs, read_runs, token_spans
from harvester.models.likeness import Match, Passage, PassageKind, Piece, Prints, Side

_SAME = 6
"""So many tokens alike are a repetition."""
_SCRAPS = {
    kind: re.compile(rb"(?<!\x01)\x01{1,%d}(?!\x01)" % (measure.run // 2 - 1)) for kind, measure in MEASURES.items()
}
"""Of tokens that are marked by a byte each: marks in a row that are too few to count."""


def match_passages(
    left: Passage, right: Passage, common: frozenset[int], groups: tuple[Prints, Prints]
) -> Match | None:
    """The match of two passages of two groups; None of different kinds, or where too little is shared.

    Parameters
    ----------
    common
        Hashes that so many groups have that what they cover does not count.
    """
    if left.kind is not right.kind:
        return None
    measure = MEASURES[left.kind]
    mine, theirs = (read_runs(one.kind, one.text) for one in (left, right))
    both = set(mine.hashes).intersection(theirs.hashes)
    marks = [_mark(one, both, common, left.kind) for one in (mine, theirs)]
    shared = min(map(sum, marks))
    if shared < measure.least:
        return None
    distinct = min(_count_distinct(one.texts, marked) for one, marked in zip((mine, theirs), marks, strict=True))
    if distinct < measure.least:
        return None
    return Match(
        kind=left.kind,
        shared=shared,
        strength=distinct * measure.weight,
        share=round(shared / min(len(mine.texts), len(theirs.texts)), 3),
        left=_side(left, groups[0], marks[0]),
        right=_side(right, groups[1], marks[1]),
    )


def _mark(runs: Runs, both: set[int], common: frozenset[int], kind: PassageKind) -> bytes:
    """Which tokens are shared, a byte for each: those of shared runs, without those of common ones and scraps."""
    run = MEASURES[kind].run
    marked = bytearray(len(runs.hashes) + run - 1)
    for place, value in enumerate(runs.hashes):
        if value in both:
            marked[place : place + run] = b"\x01" * run
    for place, value in runs.kept.items():
        if value in common:
            marked[place : place + run] = bytes(run)
    return _SCRAPS[kind].sub(lambda scrap: bytes(len(scrap[0])), marked)


def _count_distinct(texts: Sequence[str], marked: bytes) -> int:
    """How many of the shared tokens say something new: a line that is repeated counts once."""
    return len({tuple(texts[at : at + _SAME]) for at, is_shared in enumerate(marked) if is_shared})


def _side(passage: Passage, group: Prints, marked: bytes) -> Side:
    url = f"{group.web_url}/{quote(passage.path)}#L{passage.line or 1}" if group.web_url and passage.path else ""
    return Side(
        name=passage.name,
        path=passage.path,
        line=passage.line,
        url=url,
        pieces=tuple(_cut(passage.text, token_spans(passage.kind, passage.text), marked)),
    )


def _cut(text: str, spans: Sequence[tuple[int, int]], marked: bytes) -> list[Piece]:
    """The text in pieces, shared or not."""
    pieces: list[Piece] = []
    at = 0
    for shared in re.finditer(rb"\x01+", marked):
        start, end = spans[shared.start()][0], spans[shared.end() - 1][1]
        pieces += [Piece(text=text[at:start]), Piece(text=text[start:end], shared=True)]
        at = end
    return [piece for piece in (*pieces, Piece(text=text[at:])) if piece.text]
