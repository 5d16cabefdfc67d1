"""The pictures that a report may show, and the notebooks, that the mirror left out for their size."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from harvester.models.mirror import REPOSITORY, MirrorState
from harvester.models.snapshot import NOTEBOOK, Entry, EntryKind, decode
from harvester.snapshot.kept import TEXT_LIMIT
from harvester.snapshot.objects import Objects
from harvester.snapshot.text import read_moment
from harvester.snapshot.trees import list_tree

MOST = 60
_MOST_NOTEBOOKS = 10
_LOOKED_AT = re.compile(rb"\.(?:png|jpe?g|gif|webp|ipynb|md|qmd)\Z", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:png|jpe?g|gif|webp)\b", re.IGNORECASE)
_BREAK = re.compile(r"[\s/\\()\[\]<>\"'|]")
_OTHERS = re.compile(r"(?:^|/)(?:\.ipynb_checkpoints|node_modules|site-packages|\.?venv)/")
_SHOWN_FOLDERS = frozenset({"report", "reports", "figures", "figs", "images", "img", "screenshots", "docs", "assets"})
_DATA_FOLDERS = frozenset({"data", "dataset", "datasets", "raw", "node_modules", "site-packages", ".venv", "venv"})
_MOST_TEXTS = 100
_MOST_TEXT = 8_000_000
_MOST_NAMES = 5_000
_LONGEST_NAME = 200
_MOST_LINE = 20_000


def find_missing_pictures(
    folder: Path, state: MirrorState, *, deadline: datetime | None, commits: Iterable[str] = ()
) -> tuple[str, ...]:
    """Ids of at most 60 blobs, of the default branch's head, its commit at the deadline, and others that may be graded.

    Pictures whose names stand in a Markdown file come first, then those in the folders of reports and the like, then at
    most 10 notebooks, those nearest to the root first.

    Raises
    ------
    SnapshotError
        The mirror is damaged, or holds more than can be read.
    """
    if state.head is None:
        return ()
    objects = Objects(folder / REPOSITORY)
    there = objects.sizes(f"{sha}^{{commit}}" for sha in commits)
    others = {found[0] for found in there.values() if found}
    shas = {state.head, _find_at(objects, state.head, deadline) or state.head} | others
    entries = [entry for sha in sorted(shas) for entry in list_tree(objects, sha, _LOOKED_AT)]
    files = [entry for entry in entries if entry.kind is EntryKind.FILE]
    names = cache(lambda: _read_names(objects, files))
    pictures = [entry for entry in files if _PICTURE.search(entry.path)]
    shown = [entry for entry in pictures if _rank(entry.path) is not None or _rank(entry.path, names()) is not None]
    notebooks = [entry for entry in files if entry.path.endswith(NOTEBOOK) and not _OTHERS.search(entry.path)]
    sizes = objects.sizes(entry.oid for entry in (*shown, *notebooks))
    code = sorted((entry.path.count("/"), entry.path, entry.oid) for entry in notebooks if sizes[entry.oid] is None)
    wanted = list(dict.fromkeys(oid for *_, oid in code))[:_MOST_NOTEBOOKS]
    missing = [entry for entry in shown if sizes[entry.oid] is None]
    ranked = sorted((_rank(entry.path, names()), entry.path, entry.oid) for entry in missing)
    best = list(dict.fromkeys(oid for _, _, oid in ranked))
    return (*best[: MOST - len(wanted)], *wanted)


def _find_at(objects: Objects, head: str, deadline: datetime | None) -> str | None:
    """The newest commit of the head's first-parent line at the deadline."""
    if deadline is None:
        return None
    args = [
        "log",
        "--first-parent",
        f"--max-count={_MOST_LINE}",
        "--format=%H %cd",
        "--date=raw",
        "--no-show-signature",
    ]
    lines = objects.run([*args, head, "--"]).decode().splitlines()
    dated = (line.partition(" ") for line in lines)
    return next((sha for sha, _, date in dated if read_moment(date) <= deadline), None)


def _read_names(objects: Objects, entries: list[Entry]) -> frozenset[str]:
    """The names of pictures that Markdown files have, as `_last_word` gives them."""
    files = [entry for entry in entries if entry.path.lower().endswith((".md", ".qmd"))]
    near = sorted(files, key=lambda entry: (not _in_reports(entry.path), entry.path.count("/"), entry.path))
    sizes = objects.sizes(entry.oid for entry in near[:_MOST_TEXTS])
    wanted, left = [], _MOST_TEXT
    for oid in dict.fromkeys(entry.oid for entry in near[:_MOST_TEXTS]):
        found = sizes[oid]
        if found and found[1] <= min(left, TEXT_LIMIT):
            wanted.append(oid)
            left -= found[1]
    texts = objects.contents(wanted).values()
    return frozenset(name for data in texts for name in _names_in(decode(data or b"") or ""))


def _names_in(text: str) -> Iterator[str]:
    for suffix in islice(_SUFFIX.finditer(text), _MOST_NAMES):
        start = max(suffix.start() - _LONGEST_NAME, 0)
        yield _last_word(_BREAK.split(text[start : suffix.end()])[-1])


def _last_word(name: str) -> str:
    """A name as it is compared: written `my%20plot.png` or `my plot.png`, it is `plot.png`."""
    return (unquote(name).split() or [""])[-1].lower()


def _rank(path: str, named: Collection[str] = ()) -> int | None:
    """How likely a report shows a picture (0 is most); None where nothing speaks for it but maybe its name."""
    folders = path.lower().split("/")[:-1]
    if _last_word(path.rsplit("/", 1)[-1]) in named:
        return 0
    if _DATA_FOLDERS & set(folders):
        return None
    if _in_reports(path):
        return 1
    return 2 if not folders or _SHOWN_FOLDERS & set(folders) else None


def _in_reports(path: str) -> bool:
    return bool({"report", "reports"} & set(path.lower().split("/")[:-1]))
