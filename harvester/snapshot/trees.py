"""Trees as lists of entries, and a branch's tree as what differs from the graded one.

The objects themselves are read: what two trees share is looked at once, or not at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harvester.errors import SnapshotError
from harvester.models.snapshot import Entry, EntryKind
from harvester.snapshot.faults import MOST_OUTPUT, damaged
from harvester.snapshot.objects import Objects
from harvester.snapshot.text import show_path

MOST_ENTRIES = 200_000
_MOST_FOLDERS = 200_000
_KINDS = {0o120000: EntryKind.LINK, 0o160000: EntryKind.SUBMODULE}
_FOLDER, _FILE, _EXECUTABLE, _SUBMODULE = 0o040000, 0o100644, 0o100755, 0o160000
_RECORDS = {digits: re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % (digits // 2), re.DOTALL) for digits in (40, 64)}
"""Digits of an id -> what a tree is made of: mode, name and id of each entry."""

Difference = dict[str, Entry | None]
"""Path -> what a tree has there instead; None where it has nothing."""

_Pair = tuple[int, bytes, str | None, str | None]
"""Which pair of trees, a folder in both, and what it is in each."""


class Node(NamedTuple):
    """What a name in a tree stands for."""

    mode: int
    oid: str


def list_tree(objects: Objects, sha: str, names: re.Pattern[bytes]) -> list[Entry]:
    """The entries of a commit's tree whose paths a pattern finds, sorted by path, with sizes unknown yet.

    Raises
    ------
    SnapshotError
        More than 200,000 entries, or a damaged mirror.
    """
    commit = f"{sha}^{{tree}}"
    found = objects.sizes([commit])[commit]
    if found is None:
        raise damaged(f"commit {sha} has no tree")
    whole = _compare(objects, [(None, found[0])])[0]
    return [_entry(path, node) for path, node in whole.items() if node and names.search(path)]


def check_count(count: int) -> None:
    """Refuse what is too much to hold in memory."""
    if count > MOST_ENTRIES:
        raise SnapshotError(f"The repository has more than {MOST_ENTRIES:,} files, which is more than is read.")


def read_trees(objects: Objects, base: str, others: Iterable[str]) -> tuple[dict[str, Entry], list[Difference]]:
    """All entries of a tree, sorted by path, with sizes unknown yet, and what each other one has instead.

    All are ids of trees.

    Raises
    ------
    SnapshotError
        More than 200,000 entries, or a damaged mirror.
    """
    pairs = [(None, base), *((base, other) for other in others)]
    whole, *differences = (
        {show_path(path): node and _entry(path, node) for path, node in found.items()}
        for found in _compare(objects, pairs)
    )
    return {path: entry for path, entry in sorted(whole.items()) if entry}, differences


def _compare(objects: Objects, pairs: Iterable[tuple[str | None, str]]) -> list[dict[bytes, Node | None]]:
    """Path -> what the second tree of a pair has and the first has not, None where it has nothing; sorted by path."""
    known: dict[str | None, dict[bytes, Node]] = {None: {}}
    pending: list[_Pair] = [(place, b"", *pair) for place, pair in enumerate(pairs)]
    found: list[dict[bytes, Node | None]] = [{} for _ in pending]
    folders = total = 0
    while pending:
        wanted = {oid for _, _, *pair in pending for oid in pair} - known.keys()
        known.update((oid, _parse(oid, data)) for oid, data in objects.contents(filter(None, wanted)).items())
        level, pending = pending, []
        for place, folder, base, other in level:
            before, after = known[base], known[other]
            for name in before.keys() | after.keys():
                old, new = before.get(name), after.get(name)
                if old == new:
                    continue
                path = folder + name
                gone, came = (node.oid if node and node.mode == _FOLDER else None for node in (old, new))
                if gone or came:
                    pending.append((place, path + b"/", gone, came))
                if new and new.mode != _FOLDER:
                    found[place][path] = new
                elif old and old.mode != _FOLDER:
                    found[place][path] = None
                total += len(path)
            check_count(len(found[place]))
            if folders + len(pending) > _MOST_FOLDERS or total > MOST_OUTPUT:
                raise SnapshotError("The repository has more folders, or longer paths, than are read.")
        folders += len(pending)
    return [dict(sorted(one.items())) for one in found]


def _parse(oid: str, data: bytes | None) -> dict[bytes, Node]:
    if data is None:
        raise damaged(f"tree {oid} is not there")
    records = _RECORDS[len(oid)].findall(data)
    if sum(len(mode) + len(name) + len(oid) // 2 + 2 for mode, name, _ in records) != len(data):
        raise damaged(f"tree {oid} cannot be read")
    return {name: Node(_mode(mode), inside.hex()) for mode, name, inside in records}


def _mode(written: bytes) -> int:
    """A mode as git takes it: files are executable or not, and what is nothing known is a submodule."""
    mode = int(written, 8)
    match mode & 0o170000:
        case 0o100000:
            return _EXECUTABLE if mode & 0o100 else _FILE
        case 0o040000 | 0o120000 as kind:
            return kind
    return _SUBMODULE


def _entry(path: bytes, node: Node) -> Entry:
    kind = _KINDS.get(node.mode, EntryKind.FILE)
    return Entry(show_path(path), node.oid, None, kind, node.mode == _EXECUTABLE)


def with_size(entry: Entry, sizes: Mapping[str, int]) -> Entry:
    """The entry with its blob's size, where the blob is in the mirror."""
    size = None if entry.kind is EntryKind.SUBMODULE else sizes.get(entry.oid)
    return Entry(entry.path, entry.oid, size, entry.kind, entry.executable)


@dataclass(frozen=True)
class Overlay(Mapping[str, Entry]):
    """The entries of a branch: those of the graded tree, and what differs. Costs no more than the difference."""

    base: Mapping[str, Entry]
    difference: Difference

    def __getitem__(self, path: str) -> Entry:
        if path in self.difference:
            entry = self.difference[path]
            if entry is None:
                raise KeyError(path)
            return entry
        return self.base[path]

    def __iter__(self) -> Iterator[str]:
        gone = self.difference.keys()
        new = [path for path, entry in self.difference.items() if entry is not None]
        return iter(sorted([*(path for path in self.base if path not in gone), *new]))

    def __len__(self) -> int:
        gone = sum(1 for path in self.difference if path in self.base)
        return len(self.base) - gone + sum(1 for entry in self.difference.values() if entry is not None)
