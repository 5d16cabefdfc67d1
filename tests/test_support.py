"""The builders of tests build what they say."""

from pathlib import Path

from tests.support.repos import Commit, Fork, Link, Script, Submodule, build_repo, run_git
from tests.support.snapshots import make_snapshot, make_tree


def test_build_repo_makes_what_git_reads(tmp_path: Path) -> None:
    """Commits, branches, merges, tags and modes come out as git shows them."""
    repo = build_repo(
        tmp_path / "r.git",
        [
            Commit({"a.txt": "one\n", "run.sh": Script("true\n"), "l": Link("a.txt"), "sub": Submodule()}),
            Commit({"b.txt": b"\x00"}, author=("Bo Øster", "bo@example.org"), date="2026-01-10T12:00:00+01:00"),
            Commit({"c.txt": "c"}, merge="dev"),
        ],
        branches={"dev": Fork([Commit({"c.txt": "c"})], at=0), "idea": [Commit({"a.txt": None})]},
        tags={"v1": 1},
    )

    log = run_git(repo.path, "log", "--format=%H %an %aI %p", "main").decode().splitlines()
    assert {line.split()[0] for line in log} == {*repo.shas, *repo.branches["dev"]}
    assert len(log[0].split()) == 6
    assert "Bo Øster 2026-01-10T12:00:00+01:00" in "\n".join(log)
    assert run_git(repo.path, "rev-parse", "v1", "dev").decode().split() == [repo.shas[1], repo.branches["dev"][0]]
    modes = {line.split()[0] for line in run_git(repo.path, "ls-tree", "main").decode().splitlines()}
    assert modes == {"100644", "100755", "120000", "160000"}
    assert run_git(repo.path, "ls-tree", "--name-only", "idea", "a.txt") == b""


def test_build_repo_can_check_out(tmp_path: Path) -> None:
    """A working copy is clean after it was built."""
    build_repo(tmp_path / "w", [Commit({"a.txt": "one\n"})], work_tree=True)

    assert (tmp_path / "w" / "a.txt").read_text() == "one\n"
    assert run_git(tmp_path / "w", "status", "--porcelain") == b""


def test_snapshots_agree_with_git(tmp_path: Path) -> None:
    """Blob ids of an in-memory tree are those of git."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a.txt": "one\n"})])
    tree = make_tree({"a.txt": "one\n", "big.bin": None})

    assert run_git(repo.path, "rev-parse", "main:a.txt").decode().strip() == tree.entries["a.txt"].oid
    assert tree.text("a.txt") == "one\n"
    assert tree.unread("big.bin") == "too large to be in the mirror"


def test_snapshot_branches_hold_their_own_paths() -> None:
    """An unmerged branch has the base's files and its own."""
    snapshot = make_snapshot({"a.txt": "a"}, branches={"dev": {"b.txt": "b"}})

    assert set(snapshot.branches[0].tree.entries) == {"a.txt", "b.txt"}
    assert snapshot.branches[0].own == {"b.txt"}
