"""Finds the passages that two groups share, in time and memory that grow with the class, not with its pairs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from harvester.likeness.matching import match_passages
from harvester.likeness.prints import MEASURES
from harvester.models.likeness import Lead, Likeness, Match, PassageKind, Prints

if TYPE_CHECKING:
    from numpy import bool_, int64
    from numpy.typing import NDArray

    Ints = NDArray[int64]

_COMMON_SHARE, _COMMON_LEAST, _COMMON_MOST = 0.05, 4, 12
_SEEN = 2
"""Two passages that share less prints than this cannot share enough, whatever their kind."""
_STRONG_ENOUGH = 100
"""Of a lead: about ten lines of code, or two of prose."""
_MOST_LEADS = 100
_MOST_CANDIDATES = 2 * _MOST_LEADS
_MOST_MATCHES = 30
_MOST_PAIRS_OF_LEAD = 2 * _MOST_MATCHES
_MOST_PAIRS = 200_000


@dataclass(frozen=True)
class Compared:
    """The groups that are compared: the first `own` are of this harvest, the others of earlier ones.

    `load` gives a group's fingerprints, None where it has none; `show` gives them as a page may show them.
    `harvest` names the earlier harvest of a group.
    """

    total: int
    own: int
    load: Callable[[int], Prints | None]
    show: Callable[[int], Prints]
    harvest: Callable[[int], str] = lambda _: ""


def find_likeness(groups: Compared) -> Likeness:
    """The leads of a class, strongest first: pairs of groups, at least one of them of this harvest.

    What a twentieth of the groups (at least 4, at most 12) has is the course's, or everybody's, and does not count.
    """
    index = _Index(groups)
    leads = [lead for pair in index.candidates() if (lead := _make_lead(groups, index, *pair))]
    leads.sort(key=lambda lead: -lead.strength)
    return Likeness(
        leads=tuple(leads[:_MOST_LEADS]),
        more=max(0, len(leads) - _MOST_LEADS),
        groups=sum(one < groups.own for one in index.found),
        earlier=sum(one >= groups.own for one in index.found),
    )


class _Index:
    """Every print of every group, sorted, and the pairs of passages that share rare ones."""

    def __init__(self, groups: Compared) -> None:
        self.groups = groups
        self.found: set[int] = set()
        self.repos: dict[int, str] = {}
        self.owners: list[tuple[int, int]] = []
        """Passage -> its group and place there."""
        self.kinds: list[PassageKind] = []
        hashes, passages = self._read()
        self.common: frozenset[int] = frozenset()
        self.pairs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        """Two groups -> places of the passages that they share, those that share most first."""
        self.weights: Counter[tuple[int, int]] = Counter()
        if len(hashes):
            self._pair(hashes, passages)

    def candidates(self) -> list[tuple[int, int]]:
        """Pairs of groups that share most prints, of those that share enough to be a lead; by group."""
        enough = [item for item in self.weights.items() if item[1] >= _STRONG_ENOUGH]
        return sorted(pair for pair, _ in sorted(enough, key=lambda item: (-item[1], item[0]))[:_MOST_CANDIDATES])

    def _read(self) -> "tuple[Ints, Ints]":
        import numpy as np

        hashes = [np.array([], dtype=np.int64)]
        passages = [np.array([], dtype=np.int64)]
        for group in range(self.groups.total):
            prints = self.groups.load(group)
            if prints is None:
                continue
            self.found.add(group)
            self.repos[group] = prints.repo_url
            numbers = np.arange(len(prints.passages)) + len(self.owners)
            lengths = [len(passage.prints) for passage in prints.passages]
            hashes.append(np.array([value for passage in prints.passages for value in passage.prints], dtype=np.int64))
            passages.append(np.repeat(numbers, lengths))
            self.owners += [(group, place) for place in range(len(prints.passages))]
            self.kinds += [passage.kind for passage in prints.passages]
        return np.concatenate(hashes), np.concatenate(passages)

    def _pair(self, hashes: "Ints", passages: "Ints") -> None:
        """Sort by hash, count the groups that have each, and count the rare ones for every pair of passages."""
        import numpy as np

        order = np.argsort(hashes, kind="stable")
        hashes, passages = hashes[order], passages[order]
        owners = np.array([group for group, _ in self.owners], dtype=np.int64)
        group_of = owners[passages]
        first = np.concatenate([[True], hashes[1:] != hashes[:-1]])
        starts = np.flatnonzero(first)
        spread = np.add.reduceat((first | np.concatenate([[True], group_of[1:] != group_of[:-1]])).astype(int), starts)
        lengths = np.diff(np.append(starts, len(hashes)))
        limit = min(max(_COMMON_LEAST, int(np.ceil(_COMMON_SHARE * len(self.found)))), _COMMON_MOST)
        self.common = frozenset(hashes[starts[spread >= limit]].tolist())
        rare: NDArray[bool_] = (spread >= 2) & (spread < limit) & (lengths <= 2 * _COMMON_MOST)
        keys = [np.array([], dtype=np.int64)]
        for length in np.unique(lengths[rare]).tolist():
            rows = passages[starts[rare & (lengths == length)][:, None] + np.arange(length)]
            for left, right in combinations(range(length), 2):
                one, other = rows[:, left], rows[:, right]
                wanted = (owners[one] != owners[other]) & (owners[one] < self.groups.own)
                keys.append(one[wanted] * len(owners) + other[wanted])
        pairs, counts = np.unique(np.concatenate(keys), return_counts=True)
        pairs, counts = pairs[counts >= _SEEN], counts[counts >= _SEEN]
        best = np.lexsort((pairs, -counts))[:_MOST_PAIRS]
        self._keep(pairs[best].tolist(), counts[best].tolist())

    def _keep(self, keys: Sequence[int], counts: Sequence[int]) -> None:
        """Keep the pairs of passages whose shared prints may come from enough shared text."""
        for key, count in zip(keys, counts, strict=True):
            one, other = divmod(key, len(self.owners))
            measure = MEASURES[self.kinds[one]]
            longest = measure.run + (count + 1) * measure.window
            (left, mine), (right, theirs) = self.owners[one], self.owners[other]
            again = right >= self.groups.own and self.repos[left] and self.repos[left] == self.repos[right]
            if longest > measure.least and not again:
                self.weights[left, right] += longest * measure.weight
                self.pairs[left, right].append((mine, theirs))


def _make_lead(groups: Compared, index: _Index, left: int, right: int) -> Lead | None:
    mine, theirs = groups.show(left), groups.show(right)
    matches = list(_match_all(mine, theirs, index.pairs[left, right][:_MOST_PAIRS_OF_LEAD], index.common))
    strength = sum(match.strength for match in matches)
    if strength < _STRONG_ENOUGH:
        return None
    return Lead(
        left=mine.group,
        right=theirs.group,
        harvest=groups.harvest(right),
        strength=strength,
        matches=tuple(matches[:_MOST_MATCHES]),
        more=max(0, len(matches) - _MOST_MATCHES),
    )


def _match_all(
    left: Prints, right: Prints, pairs: Sequence[tuple[int, int]], common: frozenset[int]
) -> Iterator[Match]:
    """The best match of each passage, the strongest first; no passage is in two."""
    found = [
        (match, pair)
        for pair in pairs
        if (match := match_passages(left.passages[pair[0]], right.passages[pair[1]], common, (left, right)))
    ]
    used: set[tuple[str, int]] = set()
    for match, (mine, theirs) in sorted(found, key=lambda one: (-one[0].strength, one[1])):
        if not used & {("left", mine), ("right", theirs)}:
            used |= {("left", mine), ("right", theirs)}
            yield match
