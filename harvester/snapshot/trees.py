"""Trees as lists of entries, and a branch's tree as what differs from the graded one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harvester.errors import SnapshotError
from harvester.models.snapshot import Entry, EntryKind
from harvester.snapshot.objects import EMPTY_TREE, Objects
from harvester.snapshot.text import show_path

MOST_ENTRIES = 200_000
_KINDS = {"120000": EntryKind.LINK, "160000": EntryKind.SUBMODULE}

Difference = dict[str, Entry | None]
"""Path -> what a tree has there instead; None where it has nothing."""


def list_tree(objects: Objects, sha: str) -> dict[str, Entry]:
    """All entries of a commit's tree, sorted by path, with sizes unknown yet.

    Raises
    ------
    SnapshotError
        More than 200,000 entries, or a damaged mirror.
    """
    records = objects.run(["ls-tree", "-r", "-z", "--full-tree", sha]).split(b"\0")[:-1]
    check_count(len(records))
    entries = []
    for record in records:
        meta, _, path = record.partition(b"\t")
        mode, _, oid = meta.decode().split(" ")
        entries.append(_entry(path, oid, mode))
    return {entry.path: entry for entry in sorted(entries, key=lambda entry: entry.path)}


def check_count(count: int) -> None:
    """Refuse what is too much to hold in memory."""
    if count > MOST_ENTRIES:
        raise SnapshotError(f"The repository has {count:,} files, and no more than {MOST_ENTRIES:,} are read.")


def read_trees(objects: Objects, base: str, others: Iterable[str]) -> tuple[dict[str, Entry], list[Difference]]:
    """All entries of a tree, as `list_tree` gives a commit's, and what each other one has instead, in one process.

    All are ids of trees.

    Raises
    ------
    SnapshotError
        More than 200,000 entries, or a damaged mirror.
    """
    whole, *differences = _compare(objects, [(EMPTY_TREE[len(base)], base), *((base, other) for other in others)])
    check_count(len(whole))
    return {path: entry for path, entry in sorted(whole.items()) if entry}, differences


def _compare(objects: Objects, pairs: list[tuple[str, str]]) -> list[Difference]:
    """What the second tree of each pair has other than the first, in one process. All are ids of trees."""
    wanted = [f"{base} {other}" for base, other in pairs]
    args = ["diff-tree", "--stdin", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff"]
    out = objects.run([*args, "--ignore-submodules=none"], data=wanted)
    found: dict[str, Difference] = {}
    current: Difference = {}
    position = 0
    while position < len(out):
        if out[position : position + 1] != b":":
            end = out.index(b"\n", position)
            current = found.setdefault(out[position:end].decode(), {})
            position = end + 1
            continue
        end = out.index(b"\0", position)
        stop = out.index(b"\0", end + 1)
        _, mode, _, oid, status = out[position:end].decode().split(" ")
        entry = None if status == "D" else _entry(out[end + 1 : stop], oid, mode)
        current[show_path(out[end + 1 : stop])] = entry
        position = stop + 1
    return [found.get(pair, {}) for pair in wanted]


def _entry(path: bytes, oid: str, mode: str) -> Entry:
    return Entry(show_path(path), oid, None, _KINDS.get(mode, EntryKind.FILE), mode == "100755")


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
