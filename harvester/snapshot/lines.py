"""Lines that each commit added and removed, by path: of files that people write, and without fetching anything.

Data, generated files, lock files and notebooks (whose outputs are most of them) are not counted, nor are copied-in
libraries: their lines say nothing of who did what, and to compare them costs more than everything else together.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from harvester.errors import SnapshotError
from harvester.snapshot.history import Change, LoggedCommit
from harvester.snapshot.objects import EMPTY_TREE, Objects
from harvester.snapshot.text import show_path

LARGEST = 500_000
"""Bytes of the largest file whose lines are counted."""
_MOST_FILES = 300
_TIMEOUT = 60.0
_SUFFIXES = (
    *(".py", ".pyi", ".md", ".rst", ".tex", ".toml", ".yaml", ".yml", ".cfg", ".ini", ".sh", ".bash", ".ps1", ".bat"),
    *(".tf", ".hcl", ".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".css", ".scss", ".html", ".sql", ".r", ".jl"),
    *(".java", ".go", ".rs", ".c", ".cc", ".cpp", ".h", ".hpp", ".cu", ".proto", ".mk", ".jinja", ".j2"),
    *("dockerfile", "makefile", "justfile", "procfile"),
)
_BYTE_SUFFIXES = tuple(suffix.encode() for suffix in _SUFFIXES)
_SKIPPED_FOLDERS = (
    *(".venv", "venv", "env", "site-packages", "node_modules", "vendor", "third_party", "__pycache__", "dist", "build"),
    *("wandb", "mlruns", "lightning_logs", "outputs", "multirun", ".hydra", "htmlcov", "site", ".ipynb_checkpoints"),
)
_SKIPPED = re.compile(
    rb"(?:^|/)(?:%b)/|\.min\.[a-z]+$|(?:^|/)(?:pnpm-lock|conda-lock)\.ya?ml$"
    % b"|".join(re.escape(name.encode()) for name in _SKIPPED_FOLDERS)
)

Counts = dict[str, tuple[tuple[str, int, int], ...]]
"""Commit -> (path, lines added, lines removed)."""


def is_counted(path: bytes) -> bool:
    """Whether the lines of a path are counted: people write such files, and it is not a library's or a run's own."""
    return is_source(path) and not _SKIPPED.search(path.lower())


@lru_cache(maxsize=20_000)  # a path stands in many commits
def is_source(path: bytes) -> bool:
    """Whether a path's name is one of files that people write: the same paths that git is asked for."""
    lowered = path.lower()
    return lowered.endswith(_BYTE_SUFFIXES) or b"dockerfile." in lowered


def find_sources(history: Iterable[LoggedCommit]) -> dict[str, list[Change]]:
    """Commit -> its changes of source files, for commits that have any.

    A commit that changes more than 300 of them moves or copies them: nobody wrote those lines.
    """
    touched = {entry.commit.sha: [c for c in entry.changes if is_source(c.raw_path)] for entry in history}
    return {sha: changes for sha, changes in touched.items() if 0 < len(changes) <= _MOST_FILES}


def list_blobs(changes: Iterable[Change]) -> list[str]:
    """The ids of all blobs that changes replace or add."""
    return [oid for change in changes for oid in (change.old, change.new) if oid]


def count_lines(objects: Objects, touched: Mapping[str, list[Change]], sizes: Mapping[str, int]) -> Counts | None:
    """Count the lines that commits changed; None where that took too long.

    Commits whose files are all in the mirror are counted by git, in one process, with renames followed. The few others
    are counted by comparing their files as bags of lines, with what is there.

    Parameters
    ----------
    touched
        What `find_sources` gives.
    sizes
        Blob id -> bytes, of the blobs that are in the mirror.
    """
    small = {
        oid for changes in touched.values() for oid in list_blobs(changes) if sizes.get(oid, LARGEST + 1) <= LARGEST
    }
    whole = [sha for sha, changes in touched.items() if all(oid in small for oid in list_blobs(changes))]
    rest = {sha: touched[sha] for sha in touched.keys() - set(whole)}
    paths = {change.raw_path for sha in whole for change in touched[sha]}
    try:
        return {**_count_by_git(objects, whole, paths), **_count_by_bags(objects, rest, small)}
    except SnapshotError:
        return None


def _count_by_git(objects: Objects, shas: list[str], paths: Iterable[bytes]) -> Counts:
    if not shas:
        return {}
    args = ["diff-tree", "--stdin", "--root", "-r", "-z", "--numstat", "-M", "-l200", "--ignore-cr-at-eol"]
    args += ["--no-ext-diff", "--no-textconv", "--", *_pathspecs(paths)]
    out = objects.run(args, data=shas, timeout=_TIMEOUT, attributes=EMPTY_TREE[len(shas[0])])
    return _parse_numstat(out)


def _pathspecs(paths: Iterable[bytes]) -> list[str]:
    """What git is asked for: the suffixes that there are. It holds every entry of every changed folder against each."""
    names = b"".join(path.lower() + b"\0" for path in paths)
    there = [suffix for suffix in _SUFFIXES if suffix.encode() + b"\0" in names]
    return [f":(icase)*{suffix}" for suffix in (*there, "dockerfile.*")]


def _parse_numstat(out: bytes) -> Counts:
    counts: dict[str, list[tuple[str, int, int]]] = {}
    tokens = iter(out.split(b"\0"))
    current: list[tuple[str, int, int]] = []
    for token in tokens:
        if b"\t" not in token:
            current = counts.setdefault(token.decode(), [])
            continue
        added, removed, path = token.split(b"\t", 2)
        if not path:
            next(tokens)
            path = next(tokens)
        if added != b"-" and is_counted(path):
            current.append((show_path(path), int(added), int(removed)))
    counts.pop("", None)
    return {sha: tuple(entries) for sha, entries in counts.items()}


def _count_by_bags(objects: Objects, rest: Mapping[str, list[Change]], small: set[str]) -> Counts:
    texts = objects.contents(oid for changes in rest.values() for oid in list_blobs(changes) if oid in small)
    counts: Counts = {}
    for sha, changes in rest.items():
        there = [change for change in changes if all(oid in small for oid in list_blobs([change]))]
        counts[sha] = tuple((c.path, *_compare(texts, c)) for c in there if is_counted(c.raw_path))
    return counts


def _compare(texts: Mapping[str, bytes | None], change: Change) -> tuple[int, int]:
    old, new = (Counter((texts.get(oid or "") or b"").splitlines()) for oid in (change.old, change.new))
    return (new - old).total(), (old - new).total()
