"""What exactly two passages share, word by word."""

from collections.abc import Sequence
from urllib.parse import quote

from harvester.likeness.prints import MEASURES, Measure, cover, read_runs, winnow
from harvester.likeness.tokens import Token
from harvester.models.likeness import Match, Passage, Piece, Prints, Side

_SAME = 6
"""So many tokens alike are a repetition."""


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
    tokens, hashes = zip(*(read_runs(one.kind, one.text) for one in (left, right)), strict=True)
    both = set(hashes[0]) & set(hashes[1])
    marks = [_mark(one, both, common, measure) for one in hashes]
    shared, distinct = min(map(sum, marks)), min(map(_count_distinct, tokens, marks))
    if distinct < measure.least:
        return None
    return Match(
        kind=left.kind,
        shared=shared,
        strength=distinct * measure.weight,
        share=round(shared / min(map(len, tokens)), 3),
        left=_side(left, groups[0], tokens[0], marks[0]),
        right=_side(right, groups[1], tokens[1], marks[1]),
    )


def _mark(hashes: Sequence[int], both: set[int], common: frozenset[int], measure: Measure) -> list[bool]:
    """Which tokens are shared: those of shared runs, without those of common ones; scraps of runs don't count."""
    length = len(hashes) + measure.run - 1
    marked = cover(length, [place for place, value in enumerate(hashes) if value in both], measure.run)
    known = [place for place, value in winnow(hashes, measure.window).items() if value in common]
    for place, is_common in enumerate(cover(length, known, measure.run)):
        if is_common:
            marked[place] = False
    start = 0
    for place in range(length + 1):
        if place == length or not marked[place]:
            if place - start < measure.run // 2:
                marked[start:place] = [False] * (place - start)
            start = place + 1
    return marked


def _count_distinct(tokens: Sequence[Token], marked: Sequence[bool]) -> int:
    """How many of the shared tokens say something new: a line that is repeated counts once."""
    runs = {tuple(token.text for token in tokens[at : at + _SAME]) for at, is_shared in enumerate(marked) if is_shared}
    return len(runs)


def _side(passage: Passage, group: Prints, tokens: Sequence[Token], marked: Sequence[bool]) -> Side:
    url = f"{group.web_url}/{quote(passage.path)}#L{passage.line or 1}" if group.web_url and passage.path else ""
    return Side(
        name=passage.name,
        path=passage.path,
        line=passage.line,
        url=url,
        pieces=tuple(_cut(passage.text, tokens, marked)),
    )


def _cut(text: str, tokens: Sequence[Token], marked: Sequence[bool]) -> list[Piece]:
    """The text in pieces, shared or not."""
    pieces: list[Piece] = []
    at = 0
    spans: list[tuple[int, int]] = []
    for place, token in enumerate(tokens):
        if marked[place]:
            if place and marked[place - 1]:
                spans[-1] = (spans[-1][0], token.end)
            else:
                spans.append((token.start, token.end))
    for start, end in spans:
        pieces += [Piece(text=text[at:start]), Piece(text=text[start:end], shared=True)]
        at = end
    return [piece for piece in (*pieces, Piece(text=text[at:])) if piece.text]
