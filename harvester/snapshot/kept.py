"""A snapshot without any contents: what is kept between runs, so that an unchanged mirror is not asked again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from harvester.models.problem import Problem
from harvester.models.snapshot import Branch, Entry, History, Snapshot, Tree
from harvester.snapshot.objects import Objects
from harvester.snapshot.reading import BlobReader, choose_ahead
from harvester.snapshot.trees import Difference, Overlay

TEXT_LIMIT = 1_000_000
"""Bytes of the largest file whose text is read."""


@dataclass(frozen=True)
class KeptBranch:
    """As `Branch`, with what its tree has other than the graded one in place of the tree."""

    name: str
    sha: str
    difference: Difference
    own: frozenset[str]
    changed: dict[str, tuple[str, ...]]

    def on(self, graded: Tree) -> Branch:
        """The branch as a snapshot has it: its whole tree, read through the graded one's reader."""
        tree = Tree(Overlay(graded.entries, self.difference), graded.reader, graded.limit)
        return Branch(self.name, self.sha, tree, self.own, self.changed)


@dataclass(frozen=True)
class KeptSnapshot:
    """As `Snapshot`, without a way to read blobs. Made of plain values, so that it can be written down."""

    sha: str
    branch: str
    committed_at: datetime
    entries: tuple[Entry, ...]
    replaced: dict[str, int]
    """Blob id -> bytes, of the versions that branches are compared with."""
    history: History
    branches: tuple[KeptBranch, ...]
    branch_names: tuple[str, ...]
    commits_after_deadline: int
    method: str
    deadline: datetime | None = None
    web_url: str | None = None
    problems: tuple[Problem, ...] = ()

    def open(self, objects: Objects) -> Snapshot:
        """The snapshot; its blobs are read from the repository when they are asked for."""
        files = list(self._files())
        sizes = {**self.replaced, **{entry.oid: entry.size for entry in files if entry.size is not None}}
        reader = BlobReader(objects, sizes, choose_ahead(files, sizes))
        tree = Tree({entry.path: entry for entry in self.entries}, reader, TEXT_LIMIT)
        return Snapshot(
            sha=self.sha,
            branch=self.branch,
            committed_at=self.committed_at,
            tree=tree,
            history=self.history,
            branches=tuple(branch.on(tree) for branch in self.branches),
            branch_names=self.branch_names,
            deadline=self.deadline,
            commits_after_deadline=self.commits_after_deadline,
            method=self.method,
            web_url=self.web_url,
            problems=self.problems,
        )

    def _files(self) -> Iterator[Entry]:
        yield from self.entries
        for branch in self.branches:
            yield from (entry for entry in branch.difference.values() if entry)
