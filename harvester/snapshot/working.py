"""Takes a snapshot of a working copy: the files as they are on disk, for `harvester check`.

Git is asked which files it ignores and what the history is; it is never asked to compare files, since the filters of a
folder's own config would then run. Symbolic links are not followed.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harvester.errors import SnapshotError
from harvester.models.snapshot import Entry, EntryKind, History, Reader, Snapshot, Tree
from harvester.snapshot.branches import choose_branches, find_tips, keep_branch
from harvester.snapshot.history import LoggedCommit, find_deleted, read_log, walk
from harvester.snapshot.kept import TEXT_LIMIT
from harvester.snapshot.objects import Objects, find_git_dir
from harvester.snapshot.reading import BlobReader
from harvester.snapshot.text import show_name, show_path
from harvester.snapshot.trees import Difference, check_count, read_trees

NO_COMMIT = "0" * 40
_IGNORED_FOLDERS = frozenset({".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"})
_BLOCK = 1 << 20


def take_working_copy(path: Path) -> Snapshot:
    """The files of a folder that git does not ignore, with the history of the repository that it lies in.

    A folder that is in no repository, or that its repository ignores, is taken as it is, without a history.

    Raises
    ------
    SnapshotError
        No such folder, more than 200,000 files, or a repository that cannot be read.
    """
    folder = find_top(path)
    found = find_git_dir(folder)
    if found is None or found[0] != folder:
        return _take_plain(folder)
    top, git_dir = found
    objects = Objects(git_dir, top)
    names = _list_names(objects, ":/")
    entries, files = _list_files(top, names)
    past = _read_past(objects)
    if past is None:
        return _make_plain(entries, files)
    return _make_snapshot(objects, past, entries, files)


def find_top(path: Path) -> Path:
    """The folder that is taken for a path: its repository's, or its own where it is in none, or in one that ignores it.

    Raises
    ------
    SnapshotError
        No such folder, or a repository that cannot be read.
    """
    folder = path.resolve()
    if not folder.is_dir():
        raise SnapshotError(f"There is no folder {path}.", "Name the folder that holds the project.")
    found = find_git_dir(folder)
    if found is None or found[0] == folder:
        return folder
    top, git_dir = found
    inside = folder.relative_to(top).as_posix()
    return top if _list_names(Objects(git_dir, top), f":(top,literal){inside}") else folder


def _list_names(objects: Objects, where: str) -> list[bytes]:
    """Files that git does not ignore, by their paths from the top, whatever folder this process is in."""
    args = ["ls-files", "-z", "--full-name", "--cached", "--others", "--exclude-standard", "--", where]
    return objects.run(args).split(b"\0")[:-1]


@dataclass(frozen=True)
class _Past:
    """What the repository of a working copy holds: the commit that is checked out, and other branches."""

    branch: str
    history: list[LoggedCommit]
    committed: dict[str, Entry]
    tips: dict[str, str]
    tags: dict[str, str]
    others: list[tuple[str, LoggedCommit]]
    """The unmerged branches."""
    differences: list[Difference]
    """What each of them has other than what is committed."""


def _read_past(objects: Objects) -> _Past | None:
    head = objects.sizes(["HEAD^{commit}"])["HEAD^{commit}"]
    if head is None:
        return None
    lines = objects.run(["for-each-ref", "--format=%(objectname) %(objecttype) %(refname)"]).splitlines()
    tips: dict[str, str] = {}
    tags: dict[str, str] = {}
    for sha, kind, name in (line.decode(errors="replace").split(" ", 2) for line in lines):
        space, _, rest = name.removeprefix("refs/").partition("/")
        if space == "remotes":
            rest = rest.partition("/")[2]
        if kind == "commit" and space in ("heads", "remotes") and rest != "HEAD":
            tips.setdefault(rest, sha)
        elif kind == "commit" and space == "tags":
            tags[rest] = sha
    try:
        log = read_log(objects, dict.fromkeys([head[0], *tips.values()]))
        history, branch = walk(log, head[0]), _current_branch(objects.git_dir)
        others = find_tips(log, history, {name: sha for name, sha in tips.items() if name != branch}, None)
        committed, differences = read_trees(objects, history[0].tree, [tip.tree for _, tip in others])
    except SnapshotError:  # a clone without all trees: its history cannot be read here
        return None
    return _Past(branch, history, committed, tips, tags, others, differences)


def _current_branch(git_dir: Path) -> str:
    head = (git_dir / "HEAD").read_text(errors="replace").strip()
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""


def _make_snapshot(
    objects: Objects,
    past: _Past,
    entries: dict[str, Entry],
    files: dict[str, Path],
) -> Snapshot:
    open_branches = choose_branches(past.others, past.differences, past.history, entries)
    changed = [entry for branch in open_branches for entry in branch.difference.values() if entry]
    known = objects.sizes(entry.oid for entry in changed if entry.kind is not EntryKind.SUBMODULE)
    sizes = {oid: found[1] for oid, found in known.items() if found}
    tree = Tree(entries, _read_disk(files, BlobReader(objects, sizes)), TEXT_LIMIT)
    return Snapshot(
        sha=past.history[0].commit.sha,
        branch=show_name(past.branch),
        committed_at=past.history[0].time,
        tree=tree,
        history=History(
            commits=tuple(entry.commit for entry in past.history),
            tags=tuple((show_name(name), sha) for name, sha in sorted(past.tags.items())),
            deleted=find_deleted(past.history, entries),
            counted=False,
            shallow=(objects.git_dir / "shallow").is_file(),
        ),
        branches=tuple(keep_branch(branch, entries, sizes).on(tree) for branch in open_branches),
        branch_names=tuple(sorted(show_name(name) for name in past.tips)),
        method="working_copy",
        uncommitted=_find_uncommitted(past.committed, entries, files),
    )


def _find_uncommitted(
    committed: Mapping[str, Entry], entries: Mapping[str, Entry], files: Mapping[str, Path]
) -> tuple[str, ...]:
    """Paths that differ from the commit; other line ends alone are no difference, since git may have written them."""
    return tuple(
        path
        for path in sorted(committed.keys() | entries.keys())
        if not _is_committed(committed.get(path), entries.get(path), files)
    )


def _is_committed(before: Entry | None, now: Entry | None, files: Mapping[str, Path]) -> bool:
    if before is None or now is None or before.kind is not now.kind:
        return False
    if before.oid == now.oid or before.kind is EntryKind.SUBMODULE:
        return True
    if now.kind is not EntryKind.FILE or now.size is None or now.size > TEXT_LIMIT:
        return False
    unix = b"".join(_read_blocks(files[now.oid])).replace(b"\r\n", b"\n")
    return _blob_id(len(unix), [unix]) == before.oid


def _take_plain(folder: Path) -> Snapshot:
    entries, files = _list_files(folder, _walk(os.fsencode(folder)))
    return _make_plain(entries, files)


def _make_plain(entries: dict[str, Entry], files: dict[str, Path]) -> Snapshot:
    newest = max((file.lstat().st_mtime for file in files.values()), default=0)
    tree = Tree(entries, _read_disk(files, None), TEXT_LIMIT)
    history = History(counted=False, shallow=True)
    return Snapshot(
        sha=NO_COMMIT,
        branch="",
        committed_at=datetime.fromtimestamp(newest, UTC),
        tree=tree,
        history=history,
        method="working_copy",
        uncommitted=tuple(entries),
    )


def _walk(top: bytes) -> Iterator[bytes]:
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if os.fsdecode(name) not in _IGNORED_FOLDERS)
        links = [name for name in folders if Path(os.fsdecode(os.path.join(folder, name))).is_symlink()]  # noqa: PTH118
        inside = folder[len(top) :].lstrip(b"/")
        for name in sorted([*files, *links]):
            yield inside + b"/" + name if inside else name


def _list_files(top: Path, names: Iterable[bytes]) -> tuple[dict[str, Entry], dict[str, Path]]:
    """Entries by path, and blob id -> file. What is gone from disk, or no file, is left out."""
    entries: dict[str, Entry] = {}
    files: dict[str, Path] = {}
    for name in sorted(set(names)):
        check_count(len(entries))
        file = top / os.fsdecode(name)
        entry = _entry(show_path(name), file)
        if entry is not None and _stays_inside(top, file):
            entries[entry.path] = entry
            files.setdefault(entry.oid, file)
    return dict(sorted(entries.items())), files


def _entry(path: str, file: Path) -> Entry | None:
    try:
        info = file.lstat()
        if stat.S_ISLNK(info.st_mode):
            target = os.fsencode(file.readlink())
            return Entry(path, _blob_id(len(target), [target]), len(target), EntryKind.LINK)
        if stat.S_ISDIR(info.st_mode):
            return Entry(path, NO_COMMIT, None, EntryKind.SUBMODULE)
        if not stat.S_ISREG(info.st_mode):
            return None
        oid = _blob_id(info.st_size, _read_blocks(file))
    except OSError:
        return None
    return Entry(path, oid, info.st_size, executable=bool(info.st_mode & stat.S_IXUSR))


def _read_blocks(file: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _blob_id(size: int, blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _stays_inside(top: Path, file: Path) -> bool:
    """Whether no folder on the way to a file is a link that leads out."""
    return file.parent == top or file.parent.resolve().is_relative_to(top)


def _read_disk(files: Mapping[str, Path], stored: Reader | None) -> Reader:
    """A reader of the working copy's files, and of what other branches hold."""

    def read(oids: Iterable[str]) -> Mapping[str, bytes | None]:
        wanted = list(oids)
        found = {oid: _read_file(files[oid]) for oid in wanted if oid in files}
        rest = [oid for oid in wanted if oid not in files]
        return {**dict.fromkeys(rest), **(stored(rest) if stored else {}), **found}

    return read


def _read_file(file: Path) -> bytes | None:
    try:
        return b"".join(_read_blocks(file))
    except OSError:
        return None
