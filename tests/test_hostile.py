"""Whatever a repository holds, it ends with a status and a sentence, within bounds; the others never notice."""

import json
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook

from harvester.classroom import ClassRun, run_class
from harvester.config import load_checks, load_templates
from harvester.engine import run_alone
from harvester.jobs import PAGE, RECORD, WORKBOOK, GradeJob, GradeResult, Rules
from harvester.models.group import Group
from harvester.models.marks import GroupMarks
from harvester.models.mirror import MirrorState
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.record_file import read_record
from harvester.pipeline import grade_group
from harvester.syncing import sync_group
from tests.support.courses import make_rules
from tests.support.hostile import CASES, FORMULA, REPORT, write_report
from tests.support.repos import Commit, Repo, build_repo, run_git

FAMILY = "dtu-02476"
SECONDS = 30.0
"""CPU time that a case may take: many times what it takes, since machines differ."""
MEGABYTES = 500.0


@cache
def _family() -> Rules:
    rules = make_rules(Path("nowhere"))
    return replace(rules, templates=load_templates(FAMILY), checks=load_checks(FAMILY))


def rules_in(folder: Path) -> Rules:
    """The built-in rules for a course in a folder."""
    return replace(_family(), course=make_rules(folder).course)


def job_of(rules: Rules, group: Group, state: MirrorState | None) -> GradeJob:
    """What grades a group."""
    return GradeJob(rules, group, state, GroupMarks(group_id=group.id), key="key")


def sync(rules: Rules, group: Group) -> MirrorState:
    """A group's mirror, brought up to date."""
    return sync_group(group, rules.course, None, lambda: False)


@dataclass(frozen=True)
class Graded:
    """A result, and what it took."""

    result: GradeResult
    seconds: float
    megabytes: float


def _measure(job: GradeJob) -> Graded:
    begun = time.process_time()
    result = grade_group(job)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Graded(result, time.process_time() - begun, peak)


@pytest.fixture(scope="module")
def report() -> str:
    """A whole report."""
    return write_report(load_templates(FAMILY)[-1])


def _check_outputs(folder: Path) -> GroupRecord:
    """All that is written of a group can be read again, and nothing in it is alive."""
    record = read_record(folder / RECORD)
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert page.lower().count("<script") == 1
    assert "onerror=" not in page.replace("onerror=alert(1)&gt;", "")
    assert len(page) < 15_000_000
    book = load_workbook(folder / WORKBOOK)
    formulas = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert [text for text in formulas if "evil" in text] == []
    assert [path for path in Path.cwd().iterdir() if path.name == "evil"] == []
    return record


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_repository_ends_well(name: str, report: str, tmp_path: Path) -> None:
    """With a status, a sentence where it is not well, and all files; within seconds and half a gigabyte."""
    rules = rules_in(tmp_path)
    group = Group(id="1", repo_url=CASES[name](tmp_path / "remote.git", report).url)
    begun = time.monotonic()
    state = sync(rules, group)
    synced = time.monotonic() - begun
    graded = run_alone(_measure, job_of(rules, group, state))

    assert graded.result.status in (Status.OK, Status.NO_REPORT), graded.result.problem
    assert bool(graded.result.problem) == (graded.result.status is not Status.OK)
    assert synced < SECONDS
    assert graded.seconds < SECONDS
    assert graded.megabytes < MEGABYTES
    record = _check_outputs(tmp_path / "out" / "groups" / "1")
    assert not [item for item in record.checklist if "itself stopped" in item.why]


def test_hostile_people_are_shown_as_they_are(report: str, tmp_path: Path) -> None:
    """Formulas and tags are text, in the record and wherever it goes."""
    rules = rules_in(tmp_path)
    group = Group(id="1", repo_url=CASES["people"](tmp_path / "remote.git", report).url)
    grade_group(job_of(rules, group, sync(rules, group)))
    record = read_record(tmp_path / "out" / "groups" / "1" / RECORD)

    names = [name for one in record.contributions for name in one.names]
    assert FORMULA in names
    assert all(len(name) <= 200 and name.isprintable() for name in names)
    assert any(FORMULA in answer.text for answer in record.questions)


@pytest.mark.parametrize("part", ["pack", "idx", "HEAD", "all"])
def test_a_damaged_mirror_is_a_sentence(part: str, report: str, tmp_path: Path) -> None:
    """Whatever of it is cut off: no record says `absent` then, and the sentence says what to do."""
    rules = rules_in(tmp_path)
    group = Group(id="1", repo_url=build_repo(tmp_path / "remote.git", [Commit({REPORT: report})]).url)
    state = sync(rules, group)
    repository = tmp_path / "mirrors" / "1" / "repo.git"
    if part == "all":
        for path in (repository / "objects" / "pack").iterdir():
            path.unlink()
    for path in [repository / "HEAD"] if part == "HEAD" else (repository / "objects" / "pack").glob(f"*.{part}"):
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-200])
    result = run_alone(grade_group, job_of(rules, group, state))

    assert result.status in (Status.FAILED, Status.OK)
    record = read_record(tmp_path / "out" / "groups" / "1" / RECORD)
    if result.status is Status.FAILED:
        assert "damaged" in (result.problem or "")
        assert {item.evidence.value for item in record.checklist} == {"unknown"}
    else:  # git can do without
        assert any(item.evidence.value == "found" for item in record.checklist)


def test_a_history_that_was_rewritten_is_graded_as_it_is_now(report: str, tmp_path: Path) -> None:
    """Between two runs: the old commits stay in the mirror, the record is of the new ones and says so."""
    rules = rules_in(tmp_path)
    remote = tmp_path / "remote.git"
    repo = build_repo(remote, [Commit({REPORT: report, "src/old.py": "x = 1\n"})])
    group = Group(id="1", repo_url=repo.url)
    first = sync(rules, group)
    other = build_repo(tmp_path / "other.git", [Commit({REPORT: report, "src/new.py": "y = 1\n"}, message="rewritten")])
    run_git(remote, "fetch", "--quiet", other.url, "+refs/heads/main:refs/heads/main")
    second = sync(rules, group)
    result = grade_group(job_of(rules, group, second))

    assert (first.head, second.head) == (repo.head, other.head)
    assert (result.status, result.sha) == (Status.OK, other.head)
    assert len(second.forced) == 1
    mirror = tmp_path / "mirrors" / "1" / "repo.git"
    assert run_git(mirror, "cat-file", "-t", repo.head) == b"commit\n"


class _Nobody:
    def started(self, group: str, stage: str) -> None:
        """Nothing to see."""

    def finished(self, group: str) -> None:
        """Nothing to see."""


def _run(rules: Rules, groups: Sequence[Group], seconds: float = 120.0) -> dict[str, GradeResult]:
    return run_class(
        ClassRun(
            groups=groups,
            jobs=4,
            engine="local",
            sync=lambda group: sync(rules, group),
            job=lambda group, state: replace(job_of(rules, group, state), seconds=seconds),
            watcher=_Nobody(),
            stop=lambda: None,
        )
    )


def test_the_others_never_notice(report: str, tmp_path: Path) -> None:
    """A plain group's record is the same, byte for byte, whoever is graded beside it."""
    plain = build_repo(tmp_path / "plain.git", [Commit({REPORT: report, "src/train.py": "import torch\n"})])
    alone, among = rules_in(tmp_path / "alone"), rules_in(tmp_path / "among")
    _run(alone, [Group(id="plain", repo_url=plain.url)])
    names = ("names", "people", "YAML bombs", "deep configurations", "refs", "links and submodules")
    hostile = [CASES[name](tmp_path / f"{name}.git", report) for name in names]
    results = _run(
        among,
        [Group(id="plain", repo_url=plain.url), *(Group(id=repo.path.stem, repo_url=repo.url) for repo in hostile)],
    )

    assert {result.status for result in results.values()} == {Status.OK}
    records = [(rules.course.output / "groups" / "plain" / RECORD).read_bytes() for rules in (alone, among)]
    assert records[0] == records[1]


def test_a_group_that_takes_too_long_is_ended(report: str, tmp_path: Path) -> None:
    """The others are graded as ever; the sentence says what happened, and the next run tries again."""
    slow: Repo = CASES["a long history"](tmp_path / "slow.git", report)
    rules = rules_in(tmp_path)
    results = _run(rules, [Group(id="slow", repo_url=slow.url)], seconds=0.05)

    assert results["slow"].status is Status.FAILED
    assert "longer than 0.05 seconds" in (results["slow"].problem or "")
    record = json.loads((tmp_path / "out" / "groups" / "slow" / RECORD).read_bytes())
    assert {item["evidence"] for item in record["checklist"]} == {"unknown"}
    assert results["slow"].key == ""
