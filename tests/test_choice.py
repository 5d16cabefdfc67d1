"""The graded commit, by the best method there is, and what is odd about the times of a history."""

import errno
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from harvester.errors import SnapshotError
from harvester.mirrors import SyncOptions, sync_mirror
from harvester.mirrors.lost import fetch_lost
from harvester.models.github import Push, PushLog
from harvester.models.mirror import HeadSeen, MirrorState
from harvester.models.snapshot import Snapshot
from harvester.models.status import Status
from harvester.snapshot import take_snapshot
from tests.support.repos import Commit, Repo, build_repo, run_git

DEADLINE = datetime.fromisoformat("2026-01-23T12:00:00+01:00")
HOUR = timedelta(hours=1)
EARLY, SOON, LATE = (DEADLINE + HOUR * hours for hours in (-20, -1, 5))

NULL_SHA = "0" * 40
"""What GitHub gives as the commit of a branch that is not there: before its first push."""


def build(path: Path, *moments: datetime) -> Repo:
    """A repository whose commits carry these dates."""
    return build_repo(
        path / "r.git", [Commit({"a": str(n)}, date=moment.isoformat()) for n, moment in enumerate(moments)]
    )


def snap(repo: Repo, *, heads: tuple[HeadSeen, ...] = (), forced: tuple[str, ...] = (), **options: object) -> Snapshot:
    """The snapshot at the deadline, of a mirror that saw these heads."""
    folder = repo.path.parent / "mirror"
    folder.mkdir(exist_ok=True)
    if not (folder / "repo.git").exists():
        (folder / "repo.git").symlink_to(repo.path)
    state = MirrorState(
        repo_url=repo.url,
        status=Status.OK,
        default_branch="main",
        head=repo.head,
        refs={f"refs/heads/{name}": shas[-1] for name, shas in repo.branches.items()},
        heads=heads,
        forced=forced,
    )
    return take_snapshot(folder, state, **({"deadline": DEADLINE} | options))  # type: ignore[arg-type]


def log_of(*pushes: tuple[datetime, str, str, str], complete: bool = True) -> PushLog:
    """A push log of (time, before, after, kind)."""
    found = [Push(at=at, before=old, after=new, ref="refs/heads/main", kind=kind) for at, old, new, kind in pushes]
    return PushLog(branch="main", pushes=tuple(found), complete=complete)


def codes(snapshot: Snapshot) -> list[str]:
    """The codes of what is odd."""
    return [problem.code for problem in snapshot.problems]


@pytest.mark.parametrize(("options", "named"), [({}, "the deadline"), ({"at": EARLY}, "the time that staff chose")])
def test_no_commit_is_early_enough(tmp_path: Path, options: dict[str, object], named: str) -> None:
    """What is said names the time that counted."""
    repo = build(tmp_path, LATE)
    with pytest.raises(SnapshotError, match=f"There is no commit before {named} "):
        snap(repo, **options)


def test_the_push_log_goes_before_dates(tmp_path: Path) -> None:
    """A commit dated before the deadline and pushed after it is not graded, and said."""
    repo = build(tmp_path, EARLY, SOON, SOON)
    pushes = log_of((EARLY, NULL_SHA, repo.shas[0], "branch_creation"), (LATE, repo.shas[0], repo.shas[2], "push"))

    snapshot = snap(repo, pushes=pushes)

    assert (snapshot.sha, snapshot.method) == (repo.shas[0], "push_log")
    assert codes(snapshot) == ["late_push"] and "2 commits are" in snapshot.problems[0].message


def test_a_date_of_after_the_deadline_is_no_fault_of_what_was_pushed_before(tmp_path: Path) -> None:
    """A clock that runs ahead costs nothing where the server's clock is known."""
    repo = build(tmp_path, EARLY, LATE)
    pushes = log_of((EARLY, NULL_SHA, repo.shas[0], "branch_creation"), (SOON, repo.shas[0], repo.shas[1], "push"))

    snapshot = snap(repo, pushes=pushes)

    assert (snapshot.sha, snapshot.method, codes(snapshot)) == (repo.shas[1], "push_log", [])


def test_an_unknown_log_falls_back(tmp_path: Path) -> None:
    """Without entries, and before the log begins, dates decide; the second is said."""
    repo = build(tmp_path, EARLY, SOON, LATE)
    assert snap(repo, pushes=log_of()).method == "committer_date"
    moved = snap(repo, pushes=log_of((LATE, NULL_SHA, repo.shas[2], "branch_creation")))
    assert (moved.sha, moved.method, codes(moved)) == (repo.shas[1], "committer_date", ["late_push_log"])
    cut = snap(repo, pushes=log_of((LATE, repo.shas[1], repo.shas[2], "push"), complete=False))
    assert (cut.method, codes(cut)) == ("committer_date", [])


def test_a_head_that_was_forced_away_is_graded_where_the_mirror_has_it(tmp_path: Path) -> None:
    """A rewritten branch does not hide what was handed in; that it was rewritten is said."""
    repo = build(tmp_path, EARLY, SOON, LATE)
    lost = run_git(repo.path, "commit-tree", f"{repo.shas[0]}^{{tree}}", "-p", repo.shas[0], "-m", "x").decode().strip()
    pushes = log_of((SOON, repo.shas[0], lost, "push"), (LATE, lost, repo.head, "force_push"))

    snapshot = snap(repo, pushes=pushes)

    assert (snapshot.sha, snapshot.method) == (lost, "push_log")
    assert "force_push" in codes(snapshot) and "17:00:00 +01:00" in snapshot.problems[0].message


def test_a_head_that_nobody_has_is_said(tmp_path: Path) -> None:
    """Dates decide then, and the teacher is told what the log says."""
    repo = build(tmp_path, EARLY, SOON, LATE)
    pushes = log_of((SOON, repo.shas[0], "b" * 40, "push"), (LATE, "b" * 40, repo.head, "force_push"))

    snapshot = snap(repo, pushes=pushes)

    assert (snapshot.sha, snapshot.method) == (repo.shas[1], "committer_date")
    assert codes(snapshot) == ["graded_commit_gone", "force_push"]


@pytest.mark.parametrize(
    "seen, number, method",
    [
        ([(0, EARLY, LATE)], 0, "first_seen"),
        ([(0, EARLY, SOON), (2, LATE, LATE)], 1, "committer_date"),
        ([(1, SOON, SOON), (2, LATE, LATE)], 1, "first_seen"),
        ([(2, SOON, LATE)], 2, "first_seen"),
        ([(1, LATE, LATE)], 1, "committer_date"),
        ([(0, SOON, SOON)], 0, "first_seen"),
    ],
)
def test_what_the_syncs_saw_bounds_the_choice(
    tmp_path: Path, seen: list[tuple[int, datetime, datetime]], number: int, method: str
) -> None:
    """A head seen on both sides of the deadline is it; between two heads, dates decide; later heads never count."""
    repo = build(tmp_path, EARLY, SOON, LATE)
    heads = tuple(HeadSeen(sha=repo.shas[n], first=first, last=last) for n, first, last in seen)

    snapshot = snap(repo, heads=heads)

    assert (snapshot.sha, snapshot.method) == (repo.shas[number], method)


def test_back_dated_commits_do_not_pass_a_watch(tmp_path: Path) -> None:
    """What came after a sync at the deadline was pushed after it, whatever date it carries."""
    repo = build(tmp_path, EARLY, SOON, SOON)

    snapshot = snap(repo, heads=(HeadSeen(sha=repo.shas[0], first=SOON, last=DEADLINE),))

    assert (snapshot.sha, codes(snapshot)) == (repo.shas[0], ["late_push"])


def test_back_dated_commits_do_not_pass_the_first_sync_after_the_deadline(tmp_path: Path) -> None:
    """What the first sync of all did not see yet was pushed after the deadline, if that sync was later."""
    repo = build(tmp_path, EARLY, SOON, SOON)
    late = (
        HeadSeen(sha=repo.shas[1], first=LATE, last=LATE),
        HeadSeen(sha=repo.shas[2], first=LATE + HOUR, last=LATE + HOUR),
    )

    snapshot = snap(repo, heads=late)

    assert (snapshot.sha, snapshot.method, codes(snapshot)) == (repo.shas[1], "committer_date", ["late_push"])
    assert repo.shas[2][:10] in snapshot.problems[0].message
    assert codes(snap(repo, heads=late[:1])) == ["late_push"]
    assert codes(snap(repo, heads=late[1:])) == []


@pytest.mark.parametrize(("options", "late"), [({"choose": 0}, 1), ({"at": EARLY}, 1), ({"choose": 2}, 1), ({}, 1)])
def test_what_staff_choose_makes_no_commit_late(tmp_path: Path, options: dict[str, object], late: int) -> None:
    """Late is what came after the deadline, whichever commit is graded."""
    repo = build(tmp_path, EARLY, SOON, LATE)
    if "choose" in options:
        options = {"choose": repo.shas[options["choose"]]}  # type: ignore[index]

    assert snap(repo, **options).commits_after_deadline == late
    assert snap(repo, **(options | {"deadline": None})).commits_after_deadline == 0
    assert snap(repo, **({"deadline": EARLY - HOUR} | {"choose": repo.shas[0]})).commits_after_deadline == 3


def test_dates_that_cannot_be_are_said(tmp_path: Path) -> None:
    """A commit is not older than its parent; clocks that differ a little are not worth a word."""
    odd = build(tmp_path / "odd", SOON, EARLY)
    assert codes(snap(odd)) == ["back_dated"]
    message = snap(odd).problems[0].message
    assert odd.shas[1][:10] in message and "2026-01-22 16:00:00 +01:00" in message
    fine = build(tmp_path / "fine", SOON, SOON - timedelta(minutes=50))
    assert codes(snap(fine)) == []
    over = build(tmp_path / "over", DEADLINE + timedelta(seconds=9), DEADLINE)
    assert codes(snap(over)) == ["back_dated"]


def test_a_sync_that_saw_a_commit_before_its_date_is_said(tmp_path: Path) -> None:
    """This machine's clock was behind, or the group's ahead: what was there at the deadline is then no fact."""
    repo = build(tmp_path, EARLY, LATE)

    snapshot = snap(repo, heads=(HeadSeen(sha=repo.head, first=SOON, last=LATE),))

    assert (snapshot.method, codes(snapshot)) == ("first_seen", ["wrong_clock"])
    assert repo.head[:10] in snapshot.problems[0].message
    near = build(tmp_path / "near", SOON)
    seen = SOON - timedelta(minutes=10)
    assert codes(snap(near, heads=(HeadSeen(sha=near.head, first=seen, last=LATE),))) == []
    pushes = log_of((SOON, repo.shas[0], repo.head, "push"))
    assert codes(snap(repo, heads=(HeadSeen(sha=repo.head, first=SOON, last=LATE),), pushes=pushes)) == []


@pytest.mark.parametrize(
    "seen", [[(0, EARLY, LATE), (1, SOON, SOON)], [(0, LATE, EARLY)], [(0, LATE, LATE), (1, SOON, LATE)]]
)
def test_syncs_whose_times_go_back_are_said(tmp_path: Path, seen: list[tuple[int, datetime, datetime]]) -> None:
    """A clock that was ahead for a sync makes an old head one that was seen after the deadline."""
    repo = build(tmp_path, EARLY, EARLY)
    heads = tuple(HeadSeen(sha=repo.shas[n], first=first, last=last) for n, first, last in seen)

    assert "wrong_clock" in codes(snap(repo, heads=heads))


def test_the_mirror_sees_force_pushes_without_a_log(tmp_path: Path) -> None:
    """Only of the default branch, and only after the deadline."""
    repo = build(tmp_path, EARLY)
    lines = [f"main {'a' * 40}..{'b' * 40} {moment.isoformat()}" for moment in (SOON, LATE, LATE)]
    assert "2 times" in snap(repo, forced=tuple(lines)).problems[0].message
    assert codes(snap(repo, forced=(lines[0], lines[1].replace("main", "dev")))) == []


def test_staff_choose_a_time(tmp_path: Path) -> None:
    """The same methods at another time; the deadline stays what it is, and the method says that staff chose."""
    repo = build(tmp_path, EARLY, SOON, LATE)

    snapshot = snap(repo, at=LATE)

    assert (snapshot.sha, snapshot.method, snapshot.deadline) == (repo.shas[2], "chosen", DEADLINE)


def test_without_a_deadline_the_head_is_graded(tmp_path: Path) -> None:
    """And nothing is late."""
    repo = build(tmp_path, EARLY, LATE)
    heads = (HeadSeen(sha=repo.shas[0], first=EARLY, last=EARLY),)
    snapshot = snap(repo, deadline=None, heads=heads, pushes=log_of((EARLY, NULL_SHA, repo.shas[0], "push")))
    assert (snapshot.sha, snapshot.method, codes(snapshot)) == (repo.shas[1], "head", [])


def test_why_a_lost_commit_was_not_fetched_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The group is then graded by the next best method; nobody would know why."""
    repo = build(tmp_path, EARLY)
    options = SyncOptions(allow_protocols=("file",))
    state = sync_mirror(repo.url, tmp_path / "m", options)

    def fail(*args: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with caplog.at_level(logging.WARNING, "harvester.mirrors.lost"):
        assert not fetch_lost(tmp_path / "m", state, "c" * 40, options)
        monkeypatch.setattr("harvester.mirrors.lost.Remote.fetch", fail)
        assert not fetch_lost(tmp_path / "m", state, "d" * 40, options)
    refused, full = (record.getMessage() for record in caplog.records)
    assert refused.startswith(f"{tmp_path / 'm'}: commit {'c' * 40}, which was handed in, is not in the mirror. ")
    assert full.startswith(f"{tmp_path / 'm'}: commit {'d' * 40}") and full.endswith("The disk is full.")


def test_a_commit_that_was_forced_away_is_fetched_by_its_sha(tmp_path: Path) -> None:
    """Where the server still has it; it stays in the mirror, and is graded. One that nobody has is no fault."""
    repo = build(tmp_path, EARLY, SOON)
    lost = run_git(repo.path, "commit-tree", f"{repo.head}^{{tree}}", "-p", repo.shas[0], "-m", "x").decode().strip()
    options = SyncOptions(allow_protocols=("file",))
    folder = tmp_path / "m"
    state = sync_mirror(repo.url, folder, options)
    pushes = log_of((EARLY, NULL_SHA, lost, "push"), (LATE, lost, repo.head, "force_push"))
    assert take_snapshot(folder, state, deadline=DEADLINE, pushes=pushes).method != "push_log"

    assert fetch_lost(folder, state, lost, options) and fetch_lost(folder, state, repo.head, options)
    assert not fetch_lost(folder, state, "c" * 40, options) and not fetch_lost(
        folder, state, "--upload-pack=x", options
    )

    state = sync_mirror(repo.url, folder, options)
    snapshot = take_snapshot(folder, state, deadline=DEADLINE, pushes=pushes)
    assert (snapshot.sha, snapshot.method, codes(snapshot)[:1]) == (lost, "push_log", ["force_push"])
