"""A commit in memory: what is chosen, what is read, and what is never done."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harvester.errors import SnapshotError
from harvester.mirrors import SyncOptions, load_state, sync_mirror
from harvester.models.mirror import MirrorState
from harvester.models.snapshot import Commit as LogEntry
from harvester.models.snapshot import EntryKind, Person, Snapshot
from harvester.models.status import Status
from harvester.snapshot import KeptSnapshot, cat, history, reader_kept, take_snapshot, take_working_copy, trees
from harvester.snapshot.branches import find_stand
from harvester.snapshot.history import LoggedCommit
from harvester.snapshot.lines import is_counted
from harvester.snapshot.objects import Objects
from harvester.snapshot.text import read_coauthors, read_moment, show_name, show_path
from tests.support.repos import Commit, Content, Fork, Link, Repo, Script, Submodule, build_repo, run_git

BIG = bytes(range(256)) * 200
KEPT = TypeAdapter(KeptSnapshot)
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def state_of(repo: Repo, branch: str = "main") -> MirrorState:
    """The state that a sync of a repository would leave."""
    lines = (
        run_git(repo.path, "for-each-ref", "--format=%(objectname) %(refname)").decode(errors="replace").splitlines()
    )
    refs = {name: sha for sha, _, name in (line.partition(" ") for line in lines)}
    head = refs.get(f"refs/heads/{branch}")
    status = Status.OK if head else Status.EMPTY
    return MirrorState(repo_url=repo.url, status=status, default_branch=branch, head=head, refs=refs)


def snap(repo: Repo, **options: object) -> Snapshot:
    """A snapshot of a repository where it stands, as if it were a whole mirror."""
    folder = repo.path.parent / f"mirror-of-{repo.path.name}"
    folder.mkdir(exist_ok=True)
    if not (folder / "repo.git").exists():
        (folder / "repo.git").symlink_to(repo.path)
    return take_snapshot(folder, state_of(repo), remember=written_and_read, **options)  # type: ignore[arg-type]


def written_and_read(look: Callable[[], KeptSnapshot]) -> KeptSnapshot:
    """What was seen of a mirror, as it comes back from where it is kept: nothing of it may get lost."""
    seen = look()
    kept = KEPT.validate_json(KEPT.dump_json(seen))
    assert kept == seen
    return kept


def test_late_commits_that_many_branches_share_are_walked_once() -> None:
    """As many steps as there are commits, not as many for each branch; every branch stands where it stood."""
    count, tips = 300, 200
    made = [logged(n, NOON + timedelta(hours=n - 10)) for n in range(count)]
    asked: list[str] = []

    class Counted(dict[str, LoggedCommit]):
        def get(self, sha: str, default: object = None) -> LoggedCommit | None:  # type: ignore[override]
            asked.append(sha)
            return super().get(sha)

    log = Counted({entry.commit.sha: entry for entry in made})
    known: dict[str, LoggedCommit | None] = {}
    for n in range(count - tips, count):
        found = find_stand(log, f"{n:040}", NOON, known)
        assert found is made[10]
    assert find_stand(log, f"{3:040}", NOON, known) is made[3]
    assert find_stand(log, f"{3:040}", NOON - timedelta(days=9), {}) is None
    assert len(asked) < 2 * count


def logged(number: int, when: datetime) -> LoggedCommit:
    """A commit whose parent is the one before."""
    parents = (f"{number - 1:040}",) if number else ()
    person = Person("Ada Sample", "ada@example.org")
    commit = LogEntry(f"{number:040}", parents, person, when, when, "x")
    return LoggedCommit(commit, "", ())


def test_a_snapshot_is_the_tip_with_all_its_files(tmp_path: Path) -> None:
    """Texts, kinds, sizes and the commit."""
    files = {
        "src/train.py": "print()\n",
        "run.sh": Script("true\n"),
        "to": Link("../../etc/passwd"),
        "sub": Submodule(),
        "blob": b"\0\1",
    }
    repo = build_repo(tmp_path / "r.git", [Commit(files, date="2026-01-10T12:00:00+01:00")], tags={"v1": 0})

    snapshot = snap(repo, web_url="https://example.org/a/b")

    assert (snapshot.sha, snapshot.branch, snapshot.method) == (repo.head, "main", "head")
    assert snapshot.committed_at == datetime.fromisoformat("2026-01-10T12:00:00+01:00")
    assert list(snapshot.tree.entries) == sorted(files)
    kinds = {path: (entry.kind, entry.size, entry.executable) for path, entry in snapshot.tree.entries.items()}
    assert kinds == {
        "src/train.py": (EntryKind.FILE, 8, False),
        "run.sh": (EntryKind.FILE, 5, True),
        "to": (EntryKind.LINK, 16, False),
        "sub": (EntryKind.SUBMODULE, None, False),
        "blob": (EntryKind.FILE, 2, False),
    }
    assert snapshot.tree.text("src/train.py") == "print()\n"
    assert (snapshot.tree.read("to"), snapshot.tree.read("sub"), snapshot.tree.text("blob")) == (None, None, None)
    assert snapshot.history.tags == (("v1", repo.head),)
    assert snapshot.web_url == "https://example.org/a/b"


def test_missing_blobs_are_named_and_never_fetched(tmp_path: Path) -> None:
    """With hundreds of blobs missing and the remote gone, a snapshot is as quick, and says what it could not read."""
    files = {f"data/{number}.bin": BIG + bytes([number % 256, number // 256]) for number in range(300)}
    repo = build_repo(
        tmp_path / "r.git", [Commit({**files, "a.py": "a\n"}), Commit({"big.py": BIG + b"\n", "b.py": "b\n"})]
    )
    options = SyncOptions(allow_protocols=("file",), blob_limit=10_000)
    state = sync_mirror(repo.url, tmp_path / "m", options)
    repo.path.rename(tmp_path / "away.git")

    start = time.monotonic()
    snapshot = take_snapshot(tmp_path / "m", state)

    assert time.monotonic() - start < 5
    assert [path for path, entry in snapshot.tree.entries.items() if entry.size is not None] == ["a.py", "b.py"]
    assert snapshot.tree.unread("data/7.bin") == "too large to be in the mirror"
    assert snapshot.tree.read("data/7.bin") is None
    assert snapshot.tree.text("a.py") == "a\n"
    assert snapshot.history.commits[0].changes == (("b.py", 1, 0),)
    assert snapshot.history.counted
    assert not list((tmp_path / "m" / "repo.git").rglob("tmp_*"))


def test_a_snapshot_needs_few_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four, whatever the number of files and branches."""
    branches = {f"b{number}": [Commit({f"new{number}.py": "x\n"})] for number in range(12)}
    repo = build_repo(tmp_path / "r.git", [Commit({f"{n}.py": f"{n}\n"}) for n in range(30)], branches=branches)
    calls: list[str] = []
    run = Objects.run

    def counted(self: Objects, args: list[str], **options: object) -> bytes:
        calls.append(args[0])
        return run(self, args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Objects, "run", counted)
    assert len(snap(repo).branches) == 12
    assert len(calls) <= 4


def test_a_branch_with_the_graded_tree_differs_in_nothing(tmp_path: Path) -> None:
    """A commit of no change, one that takes everything away, and folders, links and submodules that stay listed."""
    files: dict[str, Content] = {"a/b.py": "b\n", "z.md": "z\n", "a.py": Script("x\n"), "lib": Submodule("1" * 40)}
    gone = dict.fromkeys(files)
    branches = {"same": [Commit({"new": "n"}), Commit({"new": None})], "none": [Commit({**gone, "new": "n"})]}
    snapshot = snap(build_repo(tmp_path / "r.git", [Commit({**files, "to": Link("z.md")})], branches=branches))
    assert list(snapshot.tree.entries) == ["a.py", "a/b.py", "lib", "to", "z.md"]
    kinds = [entry.kind.value for entry in snapshot.tree.entries.values()]
    assert kinds == ["file", "file", "submodule", "link", "file"] and snapshot.tree.entries["a.py"].executable
    assert {branch.name: list(branch.tree.entries) for branch in snapshot.branches} == {
        "same": list(snapshot.tree.entries),
        "none": ["new", "to"],
    }


def test_the_last_commit_before_the_deadline_is_graded(tmp_path: Path) -> None:
    """To the second, in any zone; how many came later is counted."""
    dates = [
        "2026-01-23T22:00:00+00:00",
        "2026-01-23T23:59:00+01:00",
        "2026-01-23T23:59:01+01:00",
        "2026-01-25T08:00:00+01:00",
    ]
    repo = build_repo(tmp_path / "r.git", [Commit({"a": str(n)}, date=date) for n, date in enumerate(dates)])
    deadline = datetime.fromisoformat("2026-01-23T23:59:00+01:00")

    snapshot = snap(repo, deadline=deadline)

    assert (snapshot.sha, snapshot.method) == (repo.shas[1], "committer_date")
    assert snapshot.commits_after_deadline == 2
    assert snapshot.tree.text("a") == "1"
    assert [commit.sha for commit in snapshot.history.commits] == [repo.shas[1], repo.shas[0]]
    assert snap(repo).commits_after_deadline == 0


def test_what_was_merged_after_the_deadline_is_not_graded(tmp_path: Path) -> None:
    """The default branch's own line counts: work that lay on another branch was not handed in."""
    repo = build_repo(
        tmp_path / "r.git",
        [
            Commit({"a": "a"}, date="2026-01-20T12:00:00+01:00"),
            Commit({"late": "x"}, merge="dev", date="2026-01-25T12:00:00+01:00"),
        ],
        branches={"dev": Fork([Commit({"late": "x"}, date="2026-01-22T12:00:00+01:00")], at=0)},
    )

    snapshot = snap(repo, deadline=datetime.fromisoformat("2026-01-23T12:00:00+01:00"))

    assert (snapshot.sha, snapshot.commits_after_deadline) == (repo.shas[0], 2)
    assert [branch.name for branch in snapshot.branches] == ["dev"]


def test_no_commit_before_the_deadline_is_said(tmp_path: Path) -> None:
    """With the time of the first one, and as the status `empty`."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"}, date="2026-01-25T12:00:00+01:00")])

    with pytest.raises(SnapshotError, match="the first is of 2026-01-25 12:00:00 \\+01:00") as caught:
        snap(repo, deadline=datetime.fromisoformat("2026-01-23T12:00:00+01:00"))
    assert caught.value.status is Status.EMPTY


def test_a_default_branch_that_leads_to_no_commit_is_said(tmp_path: Path) -> None:
    """A server can have a branch lead anywhere."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"})])
    tree = run_git(repo.path, "rev-parse", "main^{tree}").decode()
    (repo.path / "refs" / "heads" / "main").write_text(tree)

    with pytest.raises(SnapshotError, match="leads to no commit"):
        snap(repo)


def test_an_empty_repository_is_said(tmp_path: Path) -> None:
    """A mirror without a head has no snapshot."""
    with pytest.raises(SnapshotError) as caught:
        snap(build_repo(tmp_path / "r.git"))
    assert caught.value.status is Status.EMPTY


def test_another_commit_can_be_chosen(tmp_path: Path) -> None:
    """By the beginning of its sha, also one that no branch leads to; what is no commit is refused."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "1"}), Commit({"a": "2"})])
    lost = run_git(repo.path, "commit-tree", f"{repo.head}^{{tree}}", "-m", "lost").decode().strip()

    assert snap(repo, choose=repo.shas[0][:10].upper()).tree.text("a") == "1"
    chosen = snap(repo, choose=lost)
    assert (chosen.sha, chosen.method) == (lost, "chosen")
    for text in ("0" * 40, "--all", "main", "", "zz"):
        if text:
            with pytest.raises(SnapshotError, match="no commit"):
                snap(repo, choose=text)


def test_history_counts_what_people_write(tmp_path: Path) -> None:
    """Lines by path, moves and other line ends as no work, data and libraries left out, merges empty."""
    code = "".join(f"line {number}\n" for number in range(50))
    repo = build_repo(
        tmp_path / "r.git",
        [
            Commit(
                {
                    "old.py": code,
                    "data.csv": "1\n" * 500,
                    ".venv/lib/x.py": code,
                    "n.ipynb": "{}\n",
                    "poetry.lock": "x\n",
                }
            ),
            Commit({"old.py": None, "src/new.py": code + "more\n"}),
            Commit({"src/new.py": (code + "more\n").replace("\n", "\r\n")}),
            Commit({"b.py": "b\n"}, merge="dev"),
        ],
        branches={"dev": Fork([Commit({"b.py": "b\n"})], at=0)},
    )

    snapshot = snap(repo)

    changes = {commit.sha: commit.changes for commit in snapshot.history.commits}
    assert changes == {
        repo.shas[0]: (("old.py", 50, 0),),
        repo.shas[1]: (("src/new.py", 1, 0),),
        repo.shas[2]: (),
        repo.branches["dev"][0]: (("b.py", 1, 0),),
        repo.shas[3]: (),
    }
    assert snapshot.history.deleted == {"old.py": repo.shas[1]}


def test_a_move_is_no_deletion_and_what_came_back_is_not_deleted(tmp_path: Path) -> None:
    """Only what is gone is listed, with the newest commit that removed it."""
    repo = build_repo(
        tmp_path / "r.git",
        [
            Commit({"a": "a", "b": "b", "c": "c"}),
            Commit({"a": None, "moved": "a", "b": None, "c": None}),
            Commit({"b": "b again", "c": "c again"}),
            Commit({"c": None}),
        ],
    )

    assert snap(repo).history.deleted == {"c": repo.shas[3]}


def test_history_agrees_with_git(tmp_path: Path) -> None:
    """The same commits, authors and times, newest first; co-authors out of the message."""
    message = "Fit the model\n\nCo-authored-by: Bo Øster <bo@example.org>\nco-authored-by: bad\n"
    commits = [Commit({"a": str(n)}, author=(f"P{n} Æ", "p@example.org"), message=message) for n in range(9)]
    repo = build_repo(tmp_path / "r.git", commits, branches={"dev": [Commit({"z": "z"})]})

    found = snap(repo).history.commits

    log = run_git(repo.path, "log", "--format=%H|%an|%aI|%P", "main").decode().splitlines()
    assert [f"{c.sha}|{c.author.name}|{c.authored_at.isoformat()}|{' '.join(c.parents)}" for c in found] == log
    assert [person.name for person in found[0].coauthors] == ["Bo Øster"]


def test_unmerged_branches_have_paths_of_their_own(tmp_path: Path) -> None:
    """What only a branch has ever had; merged branches and what the graded history once had are not among it."""
    repo = build_repo(
        tmp_path / "r.git",
        [Commit({"a.py": "1", "gone.py": "g"}), Commit({"gone.py": None}), Commit({"b.py": "b"}, merge="done")],
        branches={
            "done": Fork([Commit({"b.py": "b"})], at=0),
            "idea": Fork([Commit({"a.py": "2", "new.py": "n", "sub/deep.py": "d"}), Commit({"a.py": "3"})], at=0),
            "stale": Fork([], at=1),
        },
    )

    snapshot = snap(repo)

    assert snapshot.branch_names == ("done", "idea", "main", "stale")
    [idea] = snapshot.branches
    assert (idea.name, idea.sha) == ("idea", repo.branches["idea"][-1])
    assert idea.own == {"new.py", "sub/deep.py"}
    assert list(idea.tree.entries) == ["a.py", "gone.py", "new.py", "sub/deep.py"]
    assert len(idea.tree.entries) == 4
    assert {path: idea.tree.text(path) for path in idea.tree.entries} == {
        "a.py": "3",
        "gone.py": "g",
        "new.py": "n",
        "sub/deep.py": "d",
    }
    assert "b.py" not in idea.tree.entries
    assert snapshot.tree.text("a.py") == "1"


def test_lines_are_counted_whatever_the_case_of_a_name(tmp_path: Path) -> None:
    """Git is asked for the sorts of files that there are, and for no other."""
    files = {"A.PY": "a\n", "docs/README.MD": "b\n", "api/Dockerfile.Api": "c\n", "Makefile": "d\n", "x.csv": "e\n"}
    commits = [Commit({**files, "move.sh": "1\n2\n3\n4\n5\n"}), Commit({"move.sh": None, "go.R": "1\n2\n3\n4\n5\n"})]

    newest, first = snap(build_repo(tmp_path / "r.git", commits)).history.commits

    assert sorted(first.changes) == [
        ("A.PY", 1, 0),
        ("Makefile", 1, 0),
        ("api/Dockerfile.Api", 1, 0),
        ("docs/README.MD", 1, 0),
        ("move.sh", 5, 0),
    ]
    assert newest.changes == (("go.R", 0, 0),)


def test_later_work_on_a_branch_does_not_count(tmp_path: Path) -> None:
    """A branch is read as it stood at the deadline."""
    repo = build_repo(
        tmp_path / "r.git",
        [Commit({"a": "a"}, date="2026-01-20T12:00:00+01:00")],
        branches={
            "dev": [
                Commit({"b": "b"}, date="2026-01-21T12:00:00+01:00"),
                Commit({"c": "c"}, date="2026-01-25T12:00:00+01:00"),
            ],
            "late": [Commit({"d": "d"}, date="2026-01-25T12:00:00+01:00")],
        },
    )

    [dev] = snap(repo, deadline=datetime.fromisoformat("2026-01-23T12:00:00+01:00")).branches

    assert (dev.name, dev.own) == ("dev", {"b"})


def test_hostile_names_are_safe_to_show(tmp_path: Path) -> None:
    """Line ends, marks that turn text round, bytes that are no text: each path is printable, and can be read."""
    names = [
        "line\nend.py",
        "tab\t.py",
        "\udce6\udcf8.py",
        "turn\u202eyp.py",
        "bell\x07",
        '"quoted".py',
        "--option",
        "-n",
    ]
    repo = build_repo(tmp_path / "r.git", [Commit(dict.fromkeys(names, "text\n"))])
    tree = snap(repo).tree

    assert len(tree.entries) == len(names)
    assert all(path.isprintable() and tree.text(path) == "text\n" for path in tree.entries)
    assert {"line%0Aend.py", "%E6%F8.py", '"quoted".py', "--option"} <= tree.entries.keys()


def test_a_tree_that_leads_out_stays_inside(tmp_path: Path) -> None:
    """`..` in a tree is a name like any other, and nothing is ever written by it."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"})])
    blob = bytes.fromhex(run_git(repo.path, "rev-parse", "main:a").decode())
    inner = b"100644 evil\0" + blob
    inner_sha = run_git(repo.path, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=inner).strip()
    outer = b"40000 ..\0" + bytes.fromhex(inner_sha.decode())
    tree = run_git(repo.path, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=outer).decode().strip()
    sha = run_git(repo.path, "commit-tree", tree, "-m", "evil").decode().strip()
    run_git(repo.path, "update-ref", "refs/heads/main", sha)

    snapshot = snap(repo)

    assert list(snapshot.tree.entries) == ["%2E%2E/evil"]
    assert snapshot.tree.text("%2E%2E/evil") == "a"


@pytest.mark.parametrize("date", ["0 +0000", "1 -1200", "4102444800 +1400", "99999999999999 +0000", "1767600000 +9959"])
def test_impossible_times_are_read(tmp_path: Path, date: str) -> None:
    """Commits of 1970, of 2099 and of no year at all."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"}, date=date)])

    [commit] = snap(repo).history.commits

    assert 1969 <= commit.authored_at.year <= 9999
    assert commit.committed_at.isoformat()


def test_odd_branches_are_branches(tmp_path: Path) -> None:
    """A branch called HEAD, or like an option, takes nobody else's place."""
    branches = {"HEAD": [Commit({"x": "x"})], "-rf": [Commit({"y": "y"})], "refs/heads/main": [Commit({"z": "z"})]}
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"})], branches=branches)

    snapshot = snap(repo)

    assert snapshot.sha == repo.head
    assert {branch.name for branch in snapshot.branches} == set(branches)


def test_too_much_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More commits or files than can be read is said of the group, and stops nothing else."""
    repo = build_repo(tmp_path / "r.git", [Commit({f"{n}": "x" for n in range(20)}), Commit({"a": "a"})])
    monkeypatch.setattr(history, "MOST_COMMITS", 1)
    with pytest.raises(SnapshotError, match="more than 1 commits"):
        snap(repo)
    monkeypatch.setattr(history, "MOST_COMMITS", 10)
    monkeypatch.setattr(trees, "MOST_ENTRIES", 20)
    with pytest.raises(SnapshotError, match="more than 20 files"):
        snap(repo)


@pytest.mark.parametrize(("signal", "said"), [("SEGV", "thousands deep"), ("KILL", "memory")])
def test_a_git_that_dies_is_no_damaged_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str, said: str
) -> None:
    """To sync again would not help; what a teacher can do is said."""
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\nkill -{signal} $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SnapshotError) as caught:
        Objects(tmp_path).run(["log"])
    assert said in str(caught.value) and "git log" in str(caught.value)
    assert "damaged" not in str(caught.value) and "sync again" not in str(caught.value)


def test_a_damaged_mirror_is_said(tmp_path: Path) -> None:
    """What to do about it, too."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "a"})])
    state = sync_mirror(repo.url, tmp_path / "m", SyncOptions(allow_protocols=("file",)))
    for pack in (tmp_path / "m" / "repo.git" / "objects" / "pack").iterdir():
        pack.unlink()

    with pytest.raises(SnapshotError, match="damaged") as caught:
        take_snapshot(tmp_path / "m", state)
    assert "sync again" in caught.value.hint


def test_a_sync_under_way_changes_nothing(tmp_path: Path) -> None:
    """Only what the state says is read, whatever the mirror's refs are."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "1"})])
    sync_mirror(repo.url, tmp_path / "m", SyncOptions(allow_protocols=("file",)))
    mirror = tmp_path / "m" / "repo.git"
    other = run_git(mirror, "commit-tree", "main^{tree}", "-p", "main", "-m", "half fetched").decode().strip()
    run_git(mirror, "update-ref", "refs/heads/main", other)

    state = load_state(tmp_path / "m")
    assert state is not None
    assert take_snapshot(tmp_path / "m", state).sha == repo.head


def test_nothing_of_the_groups_decides_how_it_is_read(tmp_path: Path) -> None:
    """A .mailmap renames nobody, and .gitattributes hides no lines."""
    files = {
        ".mailmap": "Nobody <nobody@example.org> <ada@example.org>\n",
        ".gitattributes": "*.py binary -diff\n",
        "a.py": "1\n2\n",
    }
    repo = build_repo(tmp_path / "r.git", [Commit(files)])

    [commit] = snap(repo).history.commits

    assert commit.author.name == "Ada Sample"
    assert commit.changes == (("a.py", 2, 0),)


@given(st.binary(max_size=60).filter(lambda raw: b"\0" not in raw))
@example(b"/ ")
def test_any_bytes_as_a_path_are_printable(raw: bytes) -> None:
    """And never lead out of a folder."""
    shown = show_path(raw)

    assert shown.isprintable()
    assert not {"..", ".", ""} & set(shown.split("/"))


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N")) | st.sampled_from("._-/ ")))
def test_usual_paths_stay_as_they_are(path: str) -> None:
    """Ordinary names are shown letter for letter."""
    if not {"..", ".", ""} & set(path.split("/")):
        assert show_path(path.encode()) == path


@given(st.text())
def test_any_text_as_a_name_is_one_line(text: str) -> None:
    """And bounded."""
    assert show_name(text).isprintable()
    assert len(show_name(text)) <= 200


@given(st.text() | st.integers().map(lambda number: f"{number} +0100"))
def test_any_text_is_a_moment(text: str) -> None:
    """A time that a calendar holds, in a zone."""
    moment = read_moment(text)

    assert moment.tzinfo is not None
    assert moment.isoformat()
    assert moment.astimezone(UTC) - timedelta(days=1) if moment.year > 1970 else True


@given(st.text() | st.lists(st.just("Co-authored-by: Ada <ada@example.org>")).map("\n".join))
def test_any_message_has_bounded_coauthors(message: str) -> None:
    """Each once."""
    people = read_coauthors(message)

    assert len(people) == len(set(people)) <= 50


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("src/a.py", True),
        ("Makefile", True),
        ("docker/Dockerfile.api", True),
        ("README.MD", True),
        ("data.csv", False),
        ("a.ipynb", False),
        ("uv.lock", False),
        ("app/node_modules/x/y.js", False),
        ("env/lib/a.py", False),
        ("environment/a.py", True),
        ("x.min.js", False),
    ],
)
def test_lines_are_counted_of_what_people_write(path: str, counted: bool) -> None:
    """Code and prose, not data, notebooks, locks or libraries."""
    assert is_counted(path.encode()) is counted


def test_a_working_copy_is_read_from_disk(tmp_path: Path) -> None:
    """Changed, new and deleted files are there as they are, and said to be uncommitted; ignored ones are not."""
    folder = tmp_path / "w"
    repo = build_repo(
        folder, [Commit({"a.py": "1\n", "b.py": "b\n", "c.py": "c\n", ".gitignore": "*.log\n"})], work_tree=True
    )
    (folder / "a.py").write_text("2\n")
    (folder / "b.py").unlink()
    (folder / "c.py").write_bytes(b"c\r\n")
    (folder / "new.py").write_text("new\n")
    (folder / "x.log").write_text("ignored")
    (folder / "out").symlink_to("/etc")

    snapshot = take_working_copy(folder)

    assert list(snapshot.tree.entries) == [".gitignore", "a.py", "c.py", "new.py", "out"]
    assert (snapshot.tree.text("a.py"), snapshot.tree.text("new.py")) == ("2\n", "new\n")
    assert snapshot.tree.entries["out"].kind is EntryKind.LINK
    assert snapshot.uncommitted == ("a.py", "b.py", "new.py", "out")
    assert (snapshot.sha, snapshot.branch, snapshot.method) == (repo.head, "main", "working_copy")
    assert [commit.sha for commit in snapshot.history.commits] == [repo.head]
    assert snapshot.tree.entries[".gitignore"].oid == run_git(folder, "rev-parse", "main:.gitignore").decode().strip()


def test_a_working_copy_is_taken_from_below_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder inside the repository means the repository; one that it ignores means itself."""
    build_repo(tmp_path / "w", [Commit({"reports/README.md": "r\n", ".gitignore": "own/\n"})], work_tree=True)
    (tmp_path / "w" / "own").mkdir()
    (tmp_path / "w" / "own" / "x.py").write_text("x")

    assert "reports/README.md" in take_working_copy(tmp_path / "w" / "reports").tree.entries
    assert list(take_working_copy(tmp_path / "w" / "own").tree.entries) == ["x.py"]
    monkeypatch.chdir(tmp_path / "w" / "reports")
    below = take_working_copy(Path())
    assert (list(below.tree.entries), below.uncommitted) == ([".gitignore", "reports/README.md"], ())


def test_a_folder_without_git_is_a_working_copy(tmp_path: Path) -> None:
    """All its files, but for environments; no history, and that is not taken for an empty one."""
    for name in ("a.py", ".venv/lib/x.py", "src/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "loop").symlink_to(tmp_path)

    snapshot = take_working_copy(tmp_path)

    assert list(snapshot.tree.entries) == ["a.py", "loop", "src/b.py"]
    assert snapshot.tree.text("src/b.py") == "src/b.py"
    assert snapshot.history.shallow
    with pytest.raises(SnapshotError, match="no folder"):
        take_working_copy(tmp_path / "nowhere")


def test_a_working_copy_before_its_first_commit(tmp_path: Path) -> None:
    """`git init` and a file."""
    build_repo(tmp_path / "w", work_tree=True)
    (tmp_path / "w" / "a.py").write_text("a")

    snapshot = take_working_copy(tmp_path / "w")

    assert (list(snapshot.tree.entries), snapshot.uncommitted) == (["a.py"], ("a.py",))


def test_a_working_copys_config_runs_nothing(tmp_path: Path) -> None:
    """Filters, hooks and monitors that a folder's own config names are never started."""
    folder = tmp_path / "w"
    build_repo(folder, [Commit({".gitattributes": "* filter=evil diff=evil\n", "a.py": "1\n"})], work_tree=True)
    evil = f"touch {tmp_path}/ran"
    keys = ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor"]
    for key in [*keys, "core.pager", "diff.external", "core.sshCommand", "log.showSignature"]:
        run_git(folder, "config", key, "true" if key.startswith("log") else evil)
    (folder / "a.py").write_text("2\n")
    os.utime(folder / ".gitattributes")

    assert take_working_copy(folder).uncommitted == ("a.py",)
    assert not (tmp_path / "ran").exists()


def test_a_shallow_working_copy_says_so(tmp_path: Path) -> None:
    """A clone of depth one knows that older commits are missing."""
    repo = build_repo(tmp_path / "r.git", [Commit({"a": "1"}), Commit({"a": "2"})])
    run_git(tmp_path, "clone", "--quiet", "--depth=1", repo.url, "w")

    history = take_working_copy(tmp_path / "w").history

    assert (len(history.commits), history.shallow) == (1, True)


def test_files_are_read_in_few_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, from the graded tree and a branch's: small texts come along with the first of them."""
    files: dict[str, Content] = {f"src/part{number}.py": f"x = {number}\n" for number in range(30)}
    repo = build_repo(tmp_path / "r.git", [Commit(files)], branches={"dev": [Commit({"src/new.py": "y = 1\n"})]})
    snapshot = snap(repo)
    asked: list[int] = []
    real = Objects.contents

    def contents(self: Objects, oids: Iterable[str]) -> dict[str, bytes | None]:
        wanted = list(oids)
        asked.append(len(wanted))
        return real(self, wanted)

    monkeypatch.setattr(Objects, "contents", contents)
    texts = [snapshot.tree.text(path) for path in files]
    branch = snapshot.branches[0].tree

    assert texts == list(files.values())
    assert [branch.text("src/new.py"), branch.text("src/part0.py")] == ["y = 1\n", "x = 0\n"]
    assert asked == [31]


def test_a_group_s_blobs_are_read_by_one_process_that_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked for one after the other; one process each where nobody says that more will be asked."""
    files: dict[str, Content] = {f"{number}.png": b"\n%d blob 7\n" % number * 40_000 for number in range(70)}
    tree = snap(build_repo(tmp_path / "r.git", [Commit({**files, "empty.png": ""})])).tree
    started: list[subprocess.Popen[bytes]] = []
    real = Objects.start

    def start(self: Objects, *args: Any) -> "subprocess.Popen[bytes]":
        started.append(real(self, *args))
        return started[-1]

    monkeypatch.setattr(Objects, "start", start)
    oids = [entry.oid for entry in tree.entries.values()]
    with reader_kept():
        assert {path: tree.figure(path) for path in files} == files
        assert tree.reader([*oids, "0" * 40]) == {
            **{entry.oid: files.get(path, b"") for path, entry in tree.entries.items()},
            "0" * 40: None,
        }
        assert len(started) == 1 and started[0].poll() is None
    assert started[0].poll() is not None
    replace(tree, _cache={}).load(files)
    assert len(started) == 2 and started[1].poll() is not None


def test_a_git_older_than_2_36_is_asked_by_two_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is the same."""
    files: dict[str, Content] = {f"src/{n}.py": f"x = {n}\n" for n in range(120)}
    repo = build_repo(tmp_path / "r.git", [Commit(files)], branches={"dev": [Commit({"dev.py": "y = 1\n"})]})
    started: list[list[str]] = []
    real = Objects.start

    def start(self: Objects, args: list[str], *more: Any) -> "subprocess.Popen[bytes]":
        started.append(args)
        return real(self, args, *more)

    monkeypatch.setattr(Objects, "start", start)
    found = []
    for both in (True, False):
        monkeypatch.setattr(cat, "one_for_both", lambda both=both: both)
        started.clear()
        with reader_kept():
            snapshot = snap(repo)
            texts = {path: snapshot.tree.text(path) for path in snapshot.tree.entries}
            sizes = Objects(tmp_path / "mirror-of-r.git" / "repo.git").sizes([repo.head, "0" * 40])
        asked = [args[1:] for args in started if args[0] == "cat-file"]
        assert asked == ([["--batch-command", "--buffer"]] if both else [["--batch"], ["--batch-check"]])
        found.append((snapshot.history, snapshot.tree.entries, snapshot.branches[0].own, texts, sizes))
    assert found[0] == found[1]
    assert found[0][3] == files


@pytest.mark.parametrize(
    ("script", "bound", "said"),
    [
        ("kill -KILL $$", {}, "memory"),
        ("echo 'fatal: no such pack' >&2; exit 128", {}, "damaged: fatal: no such pack"),
        ("read command it; echo $it blob 5; printf abc; exit 0", {}, "damaged"),
        ("sleep 60", {"TIMEOUT": 0.3}, "within"),
        ("read command it; echo $it blob 6; sleep 60", {"MOST_OUTPUT": 5}, "more than can be read"),
        ("while :; do printf aaaaaaaaaaaaaaaaaaaaaaaaa; done", {}, "more than can be read"),
    ],
)
def test_a_git_that_stops_answering_is_said_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, bound: dict[str, float], said: str
) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name, value in bound.items():
        monkeypatch.setattr(f"harvester.snapshot.cat.{name}", value)
    for keeping in (reader_kept, contextlib.nullcontext):
        begun = time.monotonic()
        with keeping(), pytest.raises(SnapshotError) as caught:
            Objects(tmp_path).contents(["a" * 40])
        assert said in str(caught.value) and "git cat-file" in str(caught.value)
        assert time.monotonic() - begun < 10


def test_a_git_that_never_ends_a_line_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nwhile :; do printf aaaaaaaaaaaaaaaaaaaaaaaaa; done\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SnapshotError, match="more than can be read"):
        Objects(tmp_path).sizes(["a" * 40])


def test_large_pictures_and_texts_have_bounds_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was read of one kind, the other can be read; beyond its bound, nothing is."""
    monkeypatch.setattr("harvester.snapshot.reading._MOST_LARGE_READ", 3_000_000)
    big = {f"{name}.png": name.encode() * 1_200_000 for name in "abc"}
    tree = snap(build_repo(tmp_path / "r.git", [Commit({**big, "a.txt": "text"})])).tree

    assert [tree.figure(path) is not None for path in big] == [True, True, False]
    assert tree.text("a.txt") == "text"


def test_an_empty_file_is_read_as_empty_each_time(tmp_path: Path) -> None:
    """An empty file is text without characters; it is never taken for one that could not be read."""
    repo = build_repo(tmp_path / "repo", [Commit({"pkg/__init__.py": "", "pkg/a.py": "x = 1\n"})])
    snapshot = snap(repo)

    for tree in (snapshot.tree, replace(snapshot.tree, _cache={}), replace(snapshot.tree, _cache={})):
        assert tree.text("pkg/__init__.py") == ""
        assert tree.unread("pkg/__init__.py") is None


def test_a_line_that_only_an_unmerged_branch_has_is_told_from_old_ones(tmp_path: Path) -> None:
    """A branch's change of a known file is told from a version that the graded history once had."""
    repo = build_repo(
        tmp_path / "repo",
        [Commit({"a.py": "one\n", "b.py": "old\n"}), Commit({"b.py": "new\n"})],
        branches={"more": Fork([Commit({"a.py": "one\ntwo\n"})]), "stale": Fork([Commit({"c.py": "three\n"})], at=0)},
    )
    snapshot = snap(repo)

    changed = {branch.name: set(branch.changed) for branch in snapshot.branches}
    assert changed == {"more": {"a.py"}, "stale": set()}
