"""Snapshots in memory, for tests of everything that comes after git."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from harvester.models.snapshot import Branch, Commit, Entry, EntryKind, History, Snapshot, Tree
from tests.support.repos import START, Content, Link, Script, Submodule

SHA = "5" * 40


def make_tree(files: Mapping[str, Content], *, limit: int = 1_000_000) -> Tree:
    """A tree of text, bytes, links and submodules; None is a blob that is not in the mirror."""
    blobs: dict[str, bytes] = {}
    entries: dict[str, Entry] = {}
    for path, content in sorted(files.items()):
        entries[path], data = _entry(path, content)
        if data is not None:
            blobs[entries[path].oid] = data

    def read(oids: Iterable[str]) -> Mapping[str, bytes | None]:
        return {oid: blobs.get(oid) for oid in oids}

    return Tree(entries, read, limit)


def make_snapshot(
    files: Mapping[str, Content],
    *,
    sha: str = SHA,
    branch: str = "main",
    committed_at: datetime = START,
    commits: Sequence[Commit] = (),
    tags: Sequence[tuple[str, str]] = (),
    deleted: Mapping[str, str] | None = None,
    branches: Mapping[str, Mapping[str, Content]] | None = None,
    branch_names: Sequence[str] | None = None,
    deadline: datetime | None = None,
    commits_after_deadline: int = 0,
    method: str = "head",
    web_url: str | None = "https://github.com/example/project",
    limit: int = 1_000_000,
) -> Snapshot:
    """A snapshot from data. `branches` gives, per unmerged branch, the files it adds to or changes in `files`."""
    others = tuple(
        Branch(
            name,
            f"{number:040x}",
            make_tree({**files, **own}, limit=limit),
            frozenset(own) - set(files),
            {path: (_entry(path, files[path])[0].oid,) for path in own if path in files},
        )
        for number, (name, own) in enumerate((branches or {}).items(), start=1)
    )
    names = (branch, *(other.name for other in others)) if branch_names is None else tuple(branch_names)
    return Snapshot(
        sha=sha,
        branch=branch,
        committed_at=committed_at,
        tree=make_tree(files, limit=limit),
        history=History(tuple(commits), tuple(tags), deleted or {}),
        branches=others,
        branch_names=names,
        deadline=deadline,
        commits_after_deadline=commits_after_deadline,
        method=method,
        web_url=web_url,
    )


def blob_id(data: bytes) -> str:
    """The id that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _entry(path: str, content: Content) -> tuple[Entry, bytes | None]:
    if content is None:
        return Entry(path, blob_id(path.encode(errors="surrogateescape")), None), None
    if isinstance(content, Submodule):
        return Entry(path, content.sha, None, EntryKind.SUBMODULE), None
    kind = EntryKind.LINK if isinstance(content, Link) else EntryKind.FILE
    data = _bytes(content)
    return Entry(path, blob_id(data), len(data), kind, isinstance(content, Script)), data


def _bytes(content: str | bytes | Link | Script) -> bytes:
    if isinstance(content, bytes):
        return content
    text = content.target if isinstance(content, Link) else content.text if isinstance(content, Script) else content
    return text.encode(errors="surrogateescape")
