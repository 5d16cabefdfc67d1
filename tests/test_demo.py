"""The demo course: real repositories, the same each time, one of every sort."""

import csv
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from harvester.config import load_course
from harvester.demo import build_demo
from harvester.demo.plans import DemoGroup, GroupPlan, load_groups, matches
from harvester.demo.reports import render_report
from harvester.errors import OutputError
from harvester.models.template import Item, Limits, Question, Section, Template
from harvester.processes import git_environment

SORTS = {
    "broken figures",
    "co-authors",
    "CRLF",
    "empty repository",
    "exemplary",
    "hostile text",
    "huge file",
    "late commits",
    "no report",
    "refused URL",
    "renamed report",
    "rewritten history",
    "sloppy",
    "template 2023",
    "template 2025",
    "template 2026",
    "unclaimed",
    "unmerged branch",
    "unreachable",
    "wrong members",
}

TEMPLATE = Template(
    id="tiny",
    family="tiny",
    title="A report",
    year="2026",
    sections=(Section(title="Week 1", items=(Item(check="a", text="Do a"), Item(check="b", text="Do b (M2)"))),),
    questions=(
        Question(number=1, id="one", title="One", section="Group", prompt="Which group?"),
        Question(
            number=2,
            id="two",
            title="Two",
            section="Code",
            prompt="Why so?",
            limits=Limits(max_words=50),
            examples=("So",),
        ),
    ),
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_demo(tmp_path_factory.mktemp("demo")).parent


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", path, *arguments], check=True, capture_output=True, env=git_environment())
    return done.stdout.decode()


def refs(folder: Path) -> dict[str, str]:
    return {path.name: git(path, "for-each-ref") for path in sorted((folder / "remotes").iterdir()) if path.is_dir()}


def files(folder: Path, group: str, commit: str = "main") -> list[str]:
    return git(folder / "remotes" / group, "ls-tree", "-rz", "--name-only", commit).split("\0")[:-1]


def test_a_copy_is_built_again_with_the_same_commits(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, ignore=shutil.ignore_patterns("objects"))
    course = copy / "course.yaml"
    course.write_text(course.read_text() + "jobs: 2\n")
    (copy / "out").mkdir()
    (copy / "out" / "grading.xlsx").write_text("marks")
    build_demo(copy)
    assert refs(copy) == refs(demo)
    assert len(refs(demo)) == 10
    assert copy.as_uri() in (copy / "roster.csv").read_text(), "the URLs follow the folder"
    assert "jobs: 2" in course.read_text(), "what a teacher changed stays"
    assert (copy / "out" / "grading.xlsx").read_text() == "marks"


def test_a_second_build_does_nothing(demo: Path) -> None:
    roster = demo / "roster.csv"
    before, start = roster.stat().st_mtime_ns, time.monotonic()
    assert build_demo(demo) == demo / "course.yaml"
    assert roster.stat().st_mtime_ns == before
    assert time.monotonic() - start < 1


def test_a_real_course_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text("name: Mine\n")
    with pytest.raises(OutputError, match="not the demo's"):
        build_demo(tmp_path)
    assert (tmp_path / "course.yaml").read_text() == "name: Mine\n"


def test_every_sort_of_group_is_there() -> None:
    groups = load_groups()
    shown = {sort for group in groups for sort in group.plan.shows}
    assert shown >= SORTS
    assert {group.plan.expected for group in groups} == {"ok", "no_report", "empty", "unreachable", "refused"}
    assert [group.plan.id for group in groups] == [str(number) for number in range(1, 13)]


def test_the_course_expects_the_failures_on_purpose(demo: Path) -> None:
    course = load_course(demo / "course.yaml")
    failing = [group.plan.id for group in load_groups() if group.plan.expected != "ok"]
    assert list(course.expected_problems) == failing
    assert course.deadline is not None
    assert "file" in course.allow_protocols
    assert course.roster == demo / "roster.csv"


def test_the_roster_names_every_group_and_where_it_is(demo: Path) -> None:
    with (demo / "roster.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert rows[0]["student 1"] == "s000101"
    here = [row["group_nb"] for row in rows if Path(row["repo_url"].removeprefix("file://")).exists()]
    assert here == ["1", "2", "3", "4", "5", "7", "8", "9", "10", "11"]


@pytest.mark.parametrize("group", load_groups(), ids=lambda group: group.folder)
def test_every_file_of_a_group_is_committed(group: DemoGroup) -> None:
    added = tuple(glob for step in group.plan.history for glob in step.add)
    assert [path for path in group.files if not matches(path, added)] == []
    unused = [glob for glob in added if not any(matches(path, (glob,)) for path in [*group.files, "reports/README.md"])]
    assert unused in ([], ["reports/*"])


def test_the_repositories_are_sound(demo: Path) -> None:
    for path in (demo / "remotes").iterdir():
        if path.is_dir():
            git(path, "fsck", "--strict", "--no-dangling")


def test_the_groups_are_what_they_are_said_to_be(demo: Path) -> None:
    remotes = demo / "remotes"
    assert git(remotes / "cyclists", "for-each-ref") == ""
    assert not [path for path in files(demo, "bakery") if path.startswith("reports/")]
    assert "reports/README.md" not in files(demo, "tramway")
    report = git(remotes / "tramway", "show", "main:reports/report.md")
    assert report.count("\r\n") == report.count("\n")
    assert "- [x] " in report
    assert int(git(remotes / "beech", "cat-file", "-s", "main:data/trunks.tar")) > 60_000_000
    assert sum(file.stat().st_size for file in (remotes / "beech").rglob("*")) < 2_000_000, "cheap to keep"
    assert "[x]" not in git(remotes / "glacier", "show", "main:reports/README.md")
    assert "fill here ---" in git(remotes / "windmill", "show", "main:reports/README.md")
    assert "fill here ---" not in git(remotes / "harbour", "show", "main:reports/README.md")
    assert any("\n" in path for path in files(demo, "hostile"))
    assert any("<img" in path for path in files(demo, "hostile"))


def test_the_exemplary_group_works_together(demo: Path) -> None:
    path = demo / "remotes" / "harbour"
    assert len(set(git(path, "log", "--format=%ae", "main").split())) == 4
    assert "Co-authored-by: Signe Østerlund" in git(path, "log", "main")
    assert git(path, "branch", "--no-merged", "main").split() == ["distributed-training"]
    assert git(path, "rev-list", "--merges", "--count", "main") == "1\n"
    assert git(path, "tag").split() == ["hand-in", "v0.1.0"]


def test_the_late_group_committed_after_the_deadline(demo: Path) -> None:
    path = demo / "remotes" / "ferry"
    late = git(path, "log", "--since=2026-01-23T23:59:00+01:00", "--format=%s", "main").splitlines()
    assert late == ["Tasks and hooks", "Image and API", "Tests"]
    assert "train.dockerfile" not in files(demo, "ferry", "main~3")
    authored, committed = git(path, "log", "-1", "--format=%at %ct", "main~2").split()
    assert authored < committed


def test_a_report_keeps_what_was_not_answered() -> None:
    text = render_report(TEMPLATE, {"b"}, {1: "7"}).decode()
    assert "* [ ] Do a\n* [x] Do b (M2)\n" in text
    assert "### Question 1\n> **Which group?**\n>\n> Answer:\n\n7\n" in text
    assert "## Code\n" in text
    assert "> Recommended answer length: 0-50 words.\n>\n> Example:\n> *So*\n>\n> Answer:\n" in text
    assert text.rstrip().endswith("--- question 2 fill here ---")


def test_a_formatter_leaves_its_marks() -> None:
    text = render_report(TEMPLATE, {"b"}, {1: "7\nof 9"}, "formatted").decode()
    assert "- [ ] Do a\r\n- [x] Do b (M2)\r\n" in text
    assert "> __Which group?__\r\n" in text
    assert "7\r\nof 9\r\n" in text
    assert "\n" not in text.replace("\r\n", "")


def test_a_misspelt_key_of_a_group_is_an_error() -> None:
    with pytest.raises(ValueError, match="membres"):
        GroupPlan.model_validate({"id": "1", "name": "x", "shows": [], "membres": []})
