"""Trees read as objects: the same as git lists and compares them, and bounded whatever they hold."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import SnapshotError
from harvester.models.snapshot import Entry, EntryKind
from harvester.snapshot.objects import Objects
from harvester.snapshot.text import show_path
from harvester.snapshot.trees import read_trees
from tests.support.repos import run_git

EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
BLOBS = {text: hashlib.sha1(f"blob 1\0{text}".encode(), usedforsecurity=False).hexdigest() for text in "xy"}
Leaf = tuple[str, str]
"""Mode and content."""
Folder = Mapping[str, "Leaf | Folder"]
NAMES = st.sampled_from(["a", "a.b", "a-b", "a0", "B", "é", "two\nlines", "-r", ".git"])
LEAVES = st.tuples(st.sampled_from(["100644", "100755", "100664", "120000", "160000"]), st.sampled_from(["x", "y"]))
FOLDERS = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=3),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner), max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository without anything."""
    folder = tmp_path_factory.mktemp("trees") / "r.git"
    folder.mkdir()
    run_git(folder, "init", "-q", "--bare", ".")
    for content in BLOBS:
        run_git(folder, "hash-object", "-w", "--stdin", data=content.encode())
    return folder


def write(bare: Path, folder: Folder) -> str:
    """Store a folder, and return its tree's id."""
    lines = []
    for name, value in folder.items():
        if isinstance(value, Mapping):
            lines.append(f"040000 tree {write(bare, value)}\t{name}")
        elif value[0] == "160000":
            lines.append(f"160000 commit {'12'[value[1] == 'x'] * 40}\t{name}")
        else:
            lines.append(f"{value[0]} blob {BLOBS[value[1]]}\t{name}")
    return run_git(bare, "mktree", "-z", data="".join(f"{line}\0" for line in lines).encode()).decode().strip()


def ask_git(bare: Path, base: str, other: str) -> dict[str, Entry | None]:
    """What git itself says that a tree has instead."""
    out = run_git(bare, "diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", base, other).split(b"\0")
    found = {}
    for meta, path in zip(out[::2], out[1::2], strict=False):
        _, mode, _, oid, status = meta.decode().split(" ")
        kind = {"120000": EntryKind.LINK, "160000": EntryKind.SUBMODULE}.get(mode, EntryKind.FILE)
        shown = show_path(path)
        found[shown] = None if status == "D" else Entry(shown, oid, None, kind, mode == "100755")
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=FOLDERS, others=st.lists(FOLDERS, max_size=2))
def test_trees_are_what_git_says_they_are(bare: Path, base: Folder, others: list[Folder]) -> None:
    trees = [write(bare, folder) for folder in (base, *others)]
    whole, differences = read_trees(Objects(bare), trees[0], trees[1:])
    assert whole == ask_git(bare, EMPTY, trees[0])
    assert list(whole) == sorted(whole)
    assert differences == [ask_git(bare, trees[0], other) for other in trees[1:]]


def test_a_file_that_becomes_a_folder_and_back(bare: Path) -> None:
    file, folder = write(bare, {"a": ("100644", "x")}), write(bare, {"a": {"b": ("100644", "x")}})
    (onwards, back) = (read_trees(Objects(bare), *pair)[1][0] for pair in ((file, [folder]), (folder, [file])))
    assert {path: entry and entry.path for path, entry in onwards.items()} == {"a": None, "a/b": "a/b"}
    assert {path: entry and entry.path for path, entry in back.items()} == {"a": "a", "a/b": None}


@pytest.mark.parametrize("leaf", [{}, {"x": ("100644", "x")}])
def test_folders_that_hold_each_other_many_times_are_bounded(bare: Path, leaf: Folder) -> None:
    tree = write(bare, leaf)
    for _ in range(12):
        lines = "".join(f"040000 tree {tree}\tf{number}\0" for number in range(10))
        tree = run_git(bare, "mktree", "-z", data=lines.encode()).decode().strip()
    with pytest.raises(SnapshotError, match="more"):
        read_trees(Objects(bare), tree, [])


@pytest.mark.parametrize(
    "data", [b"100644 a\0too short", b"no mode\0" + b"1" * 20, b"100644 a" + b"1" * 30, b"100644 \0" + b"1" * 20]
)
def test_a_tree_that_is_none_is_a_damaged_mirror(bare: Path, data: bytes) -> None:
    tree = run_git(bare, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=data).decode().strip()
    with pytest.raises(SnapshotError, match=f"damaged: tree {tree} cannot be read"):
        read_trees(Objects(bare), tree, [])


def test_a_tree_that_is_missing_is_a_damaged_mirror(bare: Path) -> None:
    lines = f"040000 tree {'a' * 40}\tgone\0".encode()
    tree = run_git(bare, "mktree", "-z", "--missing", data=lines).decode().strip()
    with pytest.raises(SnapshotError, match=f"damaged: tree {'a' * 40} is not there"):
        read_trees(Objects(bare), tree, [])


def test_ids_of_sha256_are_read_too(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", ".")
    oid = run_git(tmp_path, "hash-object", "-w", "--stdin", data=b"x").decode().strip()
    inner = run_git(tmp_path, "mktree", "-z", data=f"100755 blob {oid}\tb\0".encode()).decode().strip()
    tree = run_git(tmp_path, "mktree", "-z", data=f"040000 tree {inner}\ta\0".encode()).decode().strip()
    assert read_trees(Objects(tmp_path), tree, [])[0] == {"a/b": Entry("a/b", oid, None, executable=True)}
