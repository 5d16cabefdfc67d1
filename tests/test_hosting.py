"""What a record says of CI, of GitHub and of the commit that staff chose."""

import html
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from harvester.console import show_group
from harvester.errors import UserError
from harvester.harvest import RunOptions, run_course
from harvester.hosting import count_reviews, describe_ci, summarise_github
from harvester.mirrors.github_reading import read_pull, read_reviewers, read_run
from harvester.mirrors.github_sync import FILE, unknown_facts
from harvester.mirrors.state import save_state
from harvester.models.github import GitHubFacts, Pull, PullLog, Push, PushLog, RunLog
from harvester.models.group import Group, Roster
from harvester.models.hosting import CiFacts, CiWord
from harvester.models.mirror import MirrorState
from harvester.models.record import Contribution, GroupInfo, GroupMember, GroupRecord
from harvester.models.status import Status
from harvester.opened import OpenedCourse, load_record
from harvester.regrade import choose_for
from harvester.release import release_groups
from tests.support.courses import make_rules
from tests.support.github import pull, run
from tests.support.records import make_record
from tests.support.repos import Commit, Repo, build_repo
from tests.support.snapshots import SHA, make_snapshot

NOW = datetime(2026, 1, 23, 23, 0, tzinfo=UTC)
WORKFLOW = {".github/workflows/tests.yml": "on: push\n", ".github/dependabot.yml": "x\n"}


def facts_with(repo_url: str = "https://github.com/a/b", **facts: object) -> GitHubFacts:
    """Facts of which only these are known."""
    known = {name: {"value": value, "taken_at": NOW} for name, value in facts.items()}
    return GitHubFacts.model_validate(dict(unknown_facts(repo_url, "No token.", NOW)) | known)


def ci_of(*runs: dict[str, object], files: dict[str, str] | None = None, **log: object) -> CiFacts:
    """The CI facts of a commit with these runs."""
    known = {"total": len(runs), "runs": tuple(map(read_run, runs)), "commits": (SHA,), "complete": True} | log
    return describe_ci(make_snapshot(WORKFLOW if files is None else files), facts_with(runs=RunLog(**known)))


@pytest.mark.parametrize(
    "conclusions, word",
    [
        ([], CiWord.NO_RUNS),
        (["success"], CiWord.PASSING),
        (["success", "success"], CiWord.PASSING),
        (["success", "skipped"], CiWord.PASSING),
        (["skipped", "cancelled", "action_required"], CiWord.UNDECIDED),
        (["failure"], CiWord.FAILING),
        (["timed_out", "skipped"], CiWord.FAILING),
        (["success", "startup_failure"], CiWord.MIXED),
        (["success", None], CiWord.UNFINISHED),
        (["failure", None], CiWord.FAILING),
    ],
)
def test_how_ci_ended(conclusions: list[str | None], word: CiWord) -> None:
    """All workflows together; without runs it is never passing, and what is under way is not passing either."""
    runs = [run(n, SHA, one, path=f".github/workflows/{n}.yml") for n, one in enumerate(conclusions)]
    ci = ci_of(*runs)
    assert (ci.conclusion, ci.on_commit, ci.exists) == (word, bool(runs), True)
    assert len(ci.runs) == len(runs)


def test_four_facts_are_four() -> None:
    """A workflow can be there and never run, run elsewhere and not here, and run without being there any more."""
    never = ci_of()
    assert (never.exists, never.ran, never.on_commit, never.conclusion) == (True, False, False, CiWord.NO_RUNS)
    elsewhere = ci_of(run(1, "b" * 40))
    assert (elsewhere.exists, elsewhere.ran, elsewhere.on_commit, elsewhere.conclusion) == (
        True,
        True,
        False,
        CiWord.NO_RUNS,
    )
    gone = ci_of(run(1, SHA), files={"README.md": "x"})
    assert (gone.exists, gone.ran, gone.on_commit, gone.conclusion) == (False, True, True, CiWord.PASSING)


def test_the_newest_run_of_a_workflow_counts() -> None:
    """A run that was started again replaces the one before."""
    ci = ci_of(run(2, SHA), run(1, SHA, "failure"), run(7, "b" * 40, "failure"))
    assert ci.conclusion is CiWord.PASSING and len(ci.runs) == 1


def test_what_was_not_asked_is_unknown() -> None:
    """No token, or runs of another commit only: unknown with the reason, never no runs."""
    snapshot = make_snapshot(WORKFLOW)
    for facts in (None, facts_with()):
        ci = describe_ci(snapshot, facts)
        assert (ci.exists, ci.ran, ci.on_commit, ci.conclusion) == (True, None, None, CiWord.UNKNOWN) and ci.reason
    partly = ci_of(run(1, "b" * 40), commits=("b" * 40,), complete=False, total=900)
    assert (partly.ran, partly.on_commit, partly.conclusion) == (True, None, CiWord.UNKNOWN) and partly.reason


def test_githubs_own_runs_are_no_ci() -> None:
    """A Pages build that succeeds says nothing of the tests."""
    ci = ci_of(run(1, SHA, path="dynamic/pages/pages-build-deployment", event="dynamic"))
    assert (ci.ran, ci.on_commit, ci.conclusion) == (False, False, CiWord.NO_RUNS)


def test_a_summary_counts_and_gives_reasons() -> None:
    """Numbers where they are known, None and the reason where they are not."""
    reviewed = read_pull(pull(1)).model_copy(update={"reviewers": ("bo",)})
    unasked: Pull = read_pull(pull(2))
    alone = read_pull(pull(3)).model_copy(update={"reviewers": ()})
    summary = summarise_github(
        facts_with(pulls=PullLog(pulls=(reviewed, unasked, alone, read_pull(pull(4, merged=False)))))
    )
    assert summary is not None
    assert (summary.pulls, summary.pulls_merged, summary.pulls_reviewed, summary.pulls_asked) == (4, 3, 1, 2)
    assert summary.writers is None and summary.unknown["collaborators"] == "No token."
    assert summarise_github(None) is None


def test_nobody_reviews_alone() -> None:
    """Authors, bots and drafts of reviews do not count."""
    reviews = [
        {"user": {"login": "Ada-Sample", "type": "User"}, "state": "COMMENTED"},
        {"user": {"login": "helper[bot]", "type": "Bot"}, "state": "APPROVED"},
        {"user": {"login": "bo", "type": "User"}, "state": "PENDING"},
        {"user": None, "state": "APPROVED"},
    ]
    assert read_reviewers(reviews, "ada-sample") == ()
    assert read_reviewers([{"user": {"login": "bo", "type": "User"}, "state": "APPROVED"}], "ada-sample") == ("bo",)


def person(member: str | None, name: str, *emails: str) -> Contribution:
    """Someone with commits."""
    return Contribution(member=member, names=(name,), emails=emails, commits=3, added=1, removed=0)


def test_reviews_go_to_who_made_them() -> None:
    """By the login of the roster, of a noreply mail or of a signature; nobody reviews their own."""
    record = make_record("1", items=0, questions=0).model_copy(
        update={
            "group": GroupInfo(
                id="1",
                name="",
                repo_url="",
                members=(
                    GroupMember(id="s000001", github="Ada-Sample"),
                    GroupMember(id="s000002"),
                    GroupMember(id="s000003", github="cy-only-reviews"),
                    GroupMember(id="s000004", github="dan-does-nothing"),
                ),
            ),
            "contributions": (
                person("s000001", "Ada Sample", "ada@example.org"),
                person("s000002", "Bo Sample", "7+bo-sample@users.noreply.github.com"),
                person(None, "eve-handle"),
            ),
        }
    )
    reviews = [
        ("bo-sample", ("ada-sample", "cy-only-reviews")),
        ("ada-sample", ("bo-sample", "eve-handle", "stranger")),
        ("bo-sample", ("ADA-SAMPLE",)),
        ("eve-handle", ()),
    ]
    pulls = [
        read_pull(pull(number, author=author)).model_copy(update={"reviewers": names})
        for number, (author, names) in enumerate(reviews)
    ]
    log = PullLog(pulls=(*pulls, read_pull(pull(9))))

    counted = count_reviews(record, facts_with(pulls=log))

    assert [(one.member, one.reviews, one.commits) for one in counted] == [
        ("s000001", 2, 3),
        ("s000002", 1, 3),
        (None, 1, 3),
        ("s000003", 1, 0),
    ]


@pytest.mark.parametrize("pulls", [None, PullLog(pulls=(read_pull(pull(1)),)), PullLog()])
def test_reviews_that_were_not_asked_for_are_not_known(pulls: PullLog | None) -> None:
    """Not none: None. Without a merged pull request there are none for sure."""
    record = make_record("1", items=0, questions=0)
    facts = facts_with(pulls=pulls) if pulls else None
    known = {one.reviews for one in count_reviews(record, facts)}
    assert known == ({0} if pulls == PullLog() else {None})


class Quiet:
    """Watches a run without a word."""

    def begin(self, total: int) -> None:
        """So many groups."""

    def started(self, group: str, stage: str) -> None:
        """One begins."""

    def finished(self, group: str) -> None:
        """One is through."""

    def waiting(self, seconds: float, why: str) -> None:
        """A limit."""


class Class:
    """A course of one group with a real repository."""

    def __init__(self, folder: Path) -> None:
        commits = [
            Commit({"tests/test_a.py": f"{day}\n"}, date=f"2026-01-{day}T12:00:00+01:00") for day in (20, 22, 25)
        ]
        self.repo: Repo = build_repo(folder / "r.git", commits)
        rules = make_rules(folder)
        course = rules.course.model_copy(update={"deadline": datetime.fromisoformat("2026-01-23T12:00:00+01:00")})
        group = Group(id="7", repo_url=self.repo.url, written_url=self.repo.url)
        self.opened = OpenedCourse(folder / "course.yaml", replace(rules, course=course), Roster((group,)))
        self.mirror = course.mirrors / "7"

    def run(self, *, sync: bool = False) -> GroupRecord:
        """Harvest or grade, and read the record."""
        run_course(self.opened, RunOptions(sync=sync), Quiet())
        return load_record(self.opened, "7")


@pytest.fixture
def course(tmp_path: Path) -> Class:
    """The course, harvested once."""
    made = Class(tmp_path)
    made.run(sync=True)
    return made


def graded(record: GroupRecord) -> tuple[str, str]:
    """What was graded, and by which method."""
    assert record.snapshot is not None
    return record.snapshot.sha, record.snapshot.method


def codes(record: GroupRecord) -> set[str]:
    """The codes of what is odd."""
    return {problem.code for problem in record.problems}


def test_staff_choose_and_take_it_back(course: Class) -> None:
    """By the beginning of a sha or by a time; the record says so, and everything else stays as it is."""
    shas = course.repo.shas
    before = course.run()
    assert graded(before) == (shas[1], "committer_date")
    choose_for(course.opened, "7", commit=shas[0][:8])
    chosen = course.run()
    assert graded(chosen) == (shas[0], "chosen") and "chosen_commit" in codes(chosen)
    choose_for(course.opened, "7", at="2026-01-26T00:00:00")
    later = course.run()
    assert graded(later) == (shas[2], "chosen") and "2026-01-26" in later.problems[0].message
    assert later.snapshot and before.snapshot and later.snapshot.deadline == before.snapshot.deadline
    choose_for(course.opened, "7", undo=True)
    assert course.run() == before


def test_a_choice_is_said_everywhere(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    """On the pages, in both workbooks, in the table, on the released page, in the terminal; and no more once undone."""
    out = course.opened.course.output
    pages = ("index.html", "groups/7/handin.html", "groups.csv")
    books = ("grading.xlsx", "groups/7/grading.xlsx")

    def told() -> list[bool]:
        course.run()
        release_groups(course.opened, course.opened.roster.groups, ["evidence"])
        show_group(load_record(course.opened, "7"))
        texts = [html.unescape((out / name).read_text("utf-8")) for name in pages]
        texts += [sheet_text(out / name) for name in books]
        with zipfile.ZipFile(out / "released" / "7.zip") as packed:
            texts += [packed.read("7/feedback.html").decode(), capsys.readouterr().out]
        words = re.compile("staff chose|,chosen,|chosen by the course staff|another commit is graded", re.IGNORECASE)
        return [words.search(text) is not None for text in texts]

    choose_for(course.opened, "7", at="2026-01-26T00:00:00")
    assert told() == [True] * 7
    choose_for(course.opened, "7", undo=True)
    assert told() == [False] * 7


def sheet_text(path: Path) -> str:
    """What stands in a workbook's cells, without its pages of help."""
    book = load_workbook(path)
    sheets = [sheet for sheet in book.worksheets if sheet.title != "Help"]
    return " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def test_a_choice_that_cannot_be_read_grades_nothing(course: Class) -> None:
    """Rather no grade than one of another commit than staff chose."""
    (course.mirror / "chosen.json").write_text("{")
    record = course.run()
    assert record.snapshot is None and "regrade" in (record.problem or "")


@pytest.mark.parametrize(
    "group, options, word",
    [
        ("7", {}, "one of"),
        ("7", {"commit": "abcd", "undo": True}, "one of"),
        ("8", {"undo": True}, "no group"),
        ("7", {"commit": "0" * 40}, "no commit"),
        ("7", {"commit": "--all"}, "no commit"),
        ("7", {"at": "tomorrow"}, "no time|not a time"),
    ],
)
def test_what_cannot_be_chosen(course: Class, group: str, options: dict[str, object], word: str) -> None:
    """One sentence each, and nothing is kept."""
    with pytest.raises(UserError, match=word):
        choose_for(course.opened, group, **options)  # type: ignore[arg-type]
    assert not (course.mirror / "chosen.json").exists()


def test_an_empty_repository_has_nothing_to_choose(course: Class) -> None:
    """It was synced, and syncing again helps nobody."""
    save_state(course.mirror, MirrorState(repo_url=course.repo.url, status=Status.EMPTY, problem="It is empty."))
    with pytest.raises(UserError, match=r"^Group 7 has no commit to grade. It is empty.$"):
        choose_for(course.opened, "7", commit="abcd")


def test_stored_facts_reach_the_record_offline(course: Class) -> None:
    """The push log decides the commit, CI is that of the commit, and only what changed is graded again."""
    shas = course.repo.shas
    pushes = PushLog(
        branch="main",
        pushes=(
            Push(at=datetime(2026, 1, 25, tzinfo=UTC), before=shas[0], after=shas[2], ref="x", kind="push"),
            Push(at=datetime(2026, 1, 20, tzinfo=UTC), before="0" * 40, after=shas[0], ref="x", kind="branch_creation"),
        ),
    )
    runs = RunLog(total=1, runs=(read_run(run(1, shas[0])),), complete=True)
    facts = facts_with(course.repo.url, push_log=pushes, runs=runs)
    (course.mirror / FILE).write_text(facts.model_dump_json())

    record = course.run()

    assert graded(record) == (shas[0], "push_log") and "late_push" in codes(record)
    assert record.ci and record.ci.conclusion is CiWord.PASSING and record.github and record.github.pushes == 2
    file = course.opened.course.output / "groups" / "7" / "harvest.json"
    written = file.stat().st_mtime_ns
    same = facts.model_copy(update={"asked_at": datetime(2026, 1, 24, tzinfo=UTC)})
    (course.mirror / FILE).write_text(same.model_dump_json())
    course.run()
    assert file.stat().st_mtime_ns == written
    (course.mirror / FILE).write_text(facts_with("https://github.com/another/one", push_log=pushes).model_dump_json())
    assert graded(course.run()) == (shas[1], "committer_date")
