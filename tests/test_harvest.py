"""The whole line, on the demo course: every stage real, through the command line."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from harvester.harvest import RunOptions, run_course
from harvester.models.evidence import Evidence
from harvester.models.facts import Facts
from harvester.opened import open_course
from harvester.probes import Check, engine
from harvester.progress import RunProgress
from tests.support.grader import shown, type_into

HARVESTER = [sys.executable, "-m", "harvester"]
STATUSES = {
    "1": "ok",
    "2": "ok",
    "3": "empty",
    "4": "no_report",
    "5": "ok",
    "6": "unreachable",
    "7": "ok",
    "8": "ok",
    "9": "ok",
    "10": "ok",
    "11": "ok",
    "12": "refused",
}


def run(*args: str | Path, cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line as a person would."""
    return subprocess.run(
        [*HARVESTER, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=110,
        env={**os.environ, "NO_COLOR": "1", **env},
        check=False,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo course, harvested once; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    done = run("demo", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """A copy of the harvested demo course that a test may change."""
    folder = tmp_path / "course"
    shutil.copytree(demo, folder, symlinks=True)
    for path in (folder / "roster.csv", *folder.glob("mirrors/*/state.json")):
        path.write_text(path.read_text(encoding="utf-8").replace(str(demo), str(folder)), encoding="utf-8")
    return folder


def _records(folder: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in (folder / "out" / "groups").glob("*/harvest.json")}


def _record(folder: Path, group: str) -> dict[str, object]:
    loaded = json.loads((folder / "out" / "groups" / group / "harvest.json").read_bytes())
    assert isinstance(loaded, dict)
    return loaded


def test_every_group_has_its_status(demo: Path) -> None:
    """Whatever became of a group is in its record, with a sentence where it is not well."""
    records = {group: _record(demo, group) for group in STATUSES}

    assert {group: record["status"] for group, record in records.items()} == STATUSES
    assert all(bool(record["problem"]) == (record["status"] != "ok") for record in records.values())


def test_a_group_that_can_no_longer_be_fetched_is_said(own_demo: Path) -> None:
    """Its mirror of before is graded, and whoever runs it sees that, also where nothing else has changed."""
    roster = (own_demo / "roster.csv").read_text(encoding="utf-8")
    url = next(
        part for line in roster.splitlines() if line.startswith("1,") for part in line.split(",") if "://" in part
    )
    remote = Path(url.removeprefix("file://"))
    remote.rename(remote.with_name("away.git"))

    done = run("harvest", own_demo / "course.yaml")

    told = next(line for line in done.stdout.splitlines() if line.strip().startswith("1: "))
    assert "Not synced" in told
    assert done.returncode == 1
    groups = json.loads((own_demo / "out" / "run.json").read_text())["groups"]
    assert [one["status"] for one in groups if one["group"] == "1"] == ["ok"]
    assert run("grade", own_demo / "course.yaml").returncode == 0


def test_every_group_has_exactly_one_row_everywhere(demo: Path) -> None:
    """Class sheet, tables, class page and run file name each rostered group once."""
    out = demo / "out"
    groups = sorted(STATUSES)

    with (out / "groups.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["group"] for row in csv.DictReader(file)) == groups
    assert sorted(one["group"] for one in json.loads((out / "run.json").read_text())["groups"]) == groups
    sheet = load_workbook(out / "grading.xlsx").worksheets[0]
    assert sorted(str(row[1].value) for row in sheet.iter_rows(min_row=2) if row[1].value in STATUSES) == groups
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(page.count(f'href="groups/{group}/handin.html"') >= 1 for group in groups)


def test_demo_shows_every_verdict(demo: Path) -> None:
    """A teacher who tries the demo sees each verdict at least once, with evidence."""
    items = [item for group in STATUSES for item in _record(demo, group)["checklist"]]  # type: ignore[attr-defined]

    verdicts = {item["verdict"] for item in items}
    assert verdicts == {"confirmed", "weak", "unsupported", "ask", "unclaimed", "not_claimed"}
    assert all(item["where"] for item in items if item["evidence"] in ("found", "partial"))


def test_exemplary_group_is_not_accused(demo: Path) -> None:
    """The group that did it all has nothing unsupported."""
    items = _record(demo, "1")["checklist"]

    assert [item["id"] for item in items if item["verdict"] == "unsupported"] == []  # type: ignore[attr-defined]


def test_what_a_run_writes_is_private(demo: Path) -> None:
    """Records, sheets, pages, mirrors and facts: readable by their owner alone."""
    shown = [path for name in ("out", "mirrors") for path in (demo / name, *(demo / name).rglob("*"))]

    assert len(shown) > 100
    assert [path for path in shown if path.stat().st_mode & 0o077] == []


def test_second_run_says_that_nothing_changed(own_demo: Path) -> None:
    """A run without changes rewrites nothing and says so."""
    run("harvest", own_demo / "course.yaml")
    own = {".lock", "harvester.log", "run.json", "marks.json", "marks.json.bak"}
    files = (path for path in (own_demo / "out").rglob("*.*") if path.name not in own)
    before = {path: path.stat().st_mtime_ns for path in files}
    again = run("harvest", own_demo / "course.yaml")

    assert again.returncode == 0, again.stderr
    assert "Nothing has changed" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_run_without_changes_loads_nothing_heavy(own_demo: Path) -> None:
    run("harvest", own_demo / "course.yaml")
    command = [sys.executable, "-X", "importtime", *HARVESTER[1:], "harvest", str(own_demo / "course.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}

    assert "Nothing has changed" in done.stdout
    assert "harvester.harvest" in loaded
    assert not loaded & {"openpyxl", "pandas", "numpy", "markdown_it", "tree_sitter", "PIL", "jinja2", "httpx"}


def test_a_run_over_some_groups_leaves_the_classes_sheets_where_nothing_changed(own_demo: Path) -> None:
    """And so does the next run over all of them."""
    course = own_demo / "course.yaml"
    run("harvest", course)
    before = _written(own_demo)

    assert "Nothing has changed" in run("harvest", course, "--groups", "1,2").stdout
    assert "Nothing has changed" in run("harvest", course).stdout
    assert _written(own_demo) == before


def test_a_run_that_rewrites_the_classes_sheets_does_not_say_that_nothing_changed(own_demo: Path) -> None:
    """Though no group's own sheets changed."""
    run("harvest", own_demo / "course.yaml")
    roster, course = own_demo / "roster.csv", own_demo / "course.yaml"
    rows = roster.read_text(encoding="utf-8").splitlines(keepends=True)
    roster.write_text("".join(row for row in rows if not row.startswith("2,")), encoding="utf-8")

    assert "Nothing has changed" not in run("harvest", course).stdout
    assert "Nothing has changed" in run("harvest", course).stdout


def test_grading_again_gives_the_same_bytes(own_demo: Path) -> None:
    """Same commit, facts and rules: byte-identical records, with the network (here: the remotes) gone."""
    run("harvest", own_demo / "course.yaml")
    before = _records(own_demo)
    shutil.rmtree(own_demo / "remotes")
    graded = run("grade", own_demo / "course.yaml", "--force")

    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert _records(own_demo) == before


@pytest.fixture
def one_check(own_demo: Path) -> Path:
    """A demo course that was harvested, and then given a check of its own in place of one of the built-in ones."""
    run("harvest", own_demo / "course.yaml")
    (own_demo / "checks").mkdir()
    rule = {"file_exists": {"paths": ["no.such"]}}
    check = {"id": "ci_lint", "title": "A linter in CI", "trace": "always", "found": rule}
    (own_demo / "checks" / "one.yaml").write_text(json.dumps({"checks": [check]}), encoding="utf-8")
    with (own_demo / "course.yaml").open("a", encoding="utf-8") as file:
        file.write("checks: checks\n")
    return own_demo


def test_an_own_check_that_cannot_be_asked_ends_a_run_before_it_begins(own_demo: Path) -> None:
    (own_demo / "checks").mkdir()
    check = {"id": "ci_lint", "title": "A linter in CI", "trace": "always", "found": {"file_exists": {"folders": 1}}}
    (own_demo / "checks" / "one.yaml").write_text(json.dumps({"checks": [check]}), encoding="utf-8")
    with (own_demo / "course.yaml").open("a", encoding="utf-8") as file:
        file.write("checks: checks\n")
    done = run("harvest", own_demo / "course.yaml")

    assert done.returncode == 2
    assert "ci_lint" in done.stderr


def _grade(folder: Path, monkeypatch: pytest.MonkeyPatch, *, force: bool = False) -> list[str]:
    """Grade in this process; the checks that were asked of groups, but for those that cannot look and try each time."""
    asked: list[str] = []
    ask = engine._run

    def count(check: Check, facts: Facts) -> Evidence:
        evidence = ask(check, facts)
        asked.extend([check.spec.id] if evidence.word != "unknown" else [])
        return evidence

    with monkeypatch.context() as patched:
        patched.setattr(engine, "_run", count)
        run_course(
            open_course(folder / "course.yaml"), RunOptions(sync=False, jobs=1, force=force), RunProgress(quiet=True)
        )
    return asked


def test_only_a_changed_check_is_asked_again(one_check: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what comes of it is what grading everything anew gives."""
    before = _records(one_check)
    graded = [group for group, status in STATUSES.items() if status in ("ok", "no_report")]

    assert _grade(one_check, monkeypatch) == ["ci_lint"] * len(graded)
    after = _records(one_check)
    assert [item["evidence"] for item in json.loads(after["1"])["checklist"] if item["id"] == "ci_lint"] == ["absent"]
    assert after["1"] != before["1"]
    assert len(_grade(one_check, monkeypatch, force=True)) > 50 * len(graded)
    assert _records(one_check) == after


def test_what_no_check_changes_is_neither_read_nor_written_again(
    one_check: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that reads otherwise and says the same: no mirror is looked into, and each sheet and page stays."""
    _grade(one_check, monkeypatch)
    before = _written(one_check)

    def refuse(*_: object) -> None:
        raise AssertionError("a mirror was looked into")

    monkeypatch.setattr("harvester.snapshot.take._look", refuse)
    text = (one_check / "checks" / "one.yaml").read_text(encoding="utf-8")
    (one_check / "checks" / "one.yaml").write_text(text.replace("no.such", "none.such"), encoding="utf-8")

    assert set(_grade(one_check, monkeypatch)) == {"ci_lint"}
    assert _written(one_check) == before


def test_only_groups_whose_verdicts_change_are_written_again(one_check: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And their sheets and pages are those that grading everything anew gives."""
    _grade(one_check, monkeypatch)
    before, records = _written(one_check), _records(one_check)
    text = (one_check / "checks" / "one.yaml").read_text(encoding="utf-8")
    (one_check / "checks" / "one.yaml").write_text(text.replace("no.such", "tasks.py"), encoding="utf-8")
    _grade(one_check, monkeypatch)
    after = _written(one_check)
    pages = {path: path.read_bytes() for path in (one_check / "out").rglob("*.html")}

    words = {group: json.loads(record)["checklist"] for group, record in _records(one_check).items()}
    changed = {group for group, items in words.items() if items != json.loads(records[group])["checklist"]}
    assert 0 < len(changed) < len(records)
    for path, time in after.items():
        assert (time != before[path]) == (path.parent.name in {*changed, "out"}), path
    _grade(one_check, monkeypatch, force=True)
    assert pages == {path: path.read_bytes() for path in (one_check / "out").rglob("*.html")}


def _written(folder: Path) -> dict[Path, int]:
    """When each sheet and page for people was written; `likeness.html` goes with the class's."""
    names = ("grading.xlsx", "handin.html", "index.html", "likeness.html")
    return {path: path.stat().st_mtime_ns for name in names for path in (folder / "out").rglob(name)}


def test_what_a_forced_run_found_counts_from_then_on(one_check: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was kept before it, and nothing of it where a check could not look."""
    for kept in (one_check / "mirrors").glob("*/facts.sqlite"):
        with closing(sqlite3.connect(kept)) as database, database:
            database.execute("""UPDATE made SET value = replace(value, '"why":"', '"why":"Stale. ')""")
    _grade(one_check, monkeypatch, force=True)
    forced = _records(one_check)
    (one_check / "checks" / "one.yaml").write_text('{"checks": []}', encoding="utf-8")
    _grade(one_check, monkeypatch)

    assert not any(b"Stale" in record for record in (*forced.values(), *_records(one_check).values()))


def test_what_could_not_look_is_asked_again(one_check: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (one_check / "mirrors" / "1" / "facts.sqlite").unlink()
    monkeypatch.setattr("harvester.facts.collect.measure_style", lambda _: None)
    _grade(one_check, monkeypatch)
    assert any(item["evidence"] == "unknown" for item in json.loads(_records(one_check)["1"])["checklist"])
    monkeypatch.undo()
    (one_check / "checks" / "one.yaml").write_text('{"checks": []}', encoding="utf-8")
    asked = _grade(one_check, monkeypatch)

    assert "pep8" in asked
    assert not any(item["evidence"] == "unknown" for item in json.loads(_records(one_check)["1"])["checklist"])


def test_the_log_tells_of_every_group_and_holds_no_answer(own_demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "night.jsonl"
    done = run("--verbose", "--log-file", file, "harvest", own_demo / "course.yaml", "--force")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    groups = {line["group"]: line for line in lines if line.get("event") == "group"}
    assert {group: line["status"] for group, line in groups.items()} == STATUSES
    assert groups["1"]["sync"] >= 0
    assert groups["6"]["level"] == "warning"
    assert groups["6"]["problem"]
    assert [line["event"] for line in lines if line.get("event") != "group"] == ["begin", "class", "end"]
    assert "group 1: ok" in done.stderr
    own = (own_demo / "out" / "harvester.log").read_text(encoding="utf-8")
    assert len(own.splitlines()) == len(lines)
    record = json.loads(_records(own_demo)["1"])
    answers = [question["text"][:40] for question in record["questions"] if len(question["text"]) > 40]
    assert answers
    assert not [answer for answer in answers if answer in file.read_text(encoding="utf-8")]


def test_one_dead_repository_leaves_the_others_alone(own_demo: Path) -> None:
    """A group whose repository vanished keeps its last good state, and says so; the others are untouched."""
    run("harvest", own_demo / "course.yaml")
    before = _records(own_demo)
    remote = next(path for path in (own_demo / "remotes").iterdir() if path.is_dir())
    vanished = remote.rename(own_demo / "gone")
    after = run("harvest", own_demo / "course.yaml")

    assert vanished.is_dir()
    assert after.returncode in (0, 1)
    changed = {group for group, record in _records(own_demo).items() if record != before[group]}
    assert len(changed) == 1


def test_some_groups_only(own_demo: Path) -> None:
    """--groups works on some; every group has its row, and those that no harvest came to are accused of nothing."""
    shutil.rmtree(own_demo / "out")
    done = run("harvest", own_demo / "course.yaml", "--groups", "1,9-10")

    assert done.returncode == 0, done.stderr
    assert set(_records(own_demo)) == {"1", "9", "10"}
    with (own_demo / "out" / "groups.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["group"]: row["status"] for row in csv.DictReader(file)}
    assert rows["9"] == "ok"
    assert rows["2"] == ""
    page = (own_demo / "out" / "index.html").read_text(encoding="utf-8")
    assert "<strong>9</strong> not harvested yet" in page
    assert "not reachable" not in page
    assert set(re.findall(r'href="groups/(\d+)/', page)) == {"1", "9", "10"}
    sheet = load_workbook(own_demo / "out" / "grading.xlsx").worksheets[0]
    shown = {str(cells[1].value): (cells[3].value, cells[6].hyperlink) for cells in sheet.iter_rows(min_row=2)}
    assert shown["2"] == ("– not harvested yet", None)


@pytest.mark.parametrize("command", ["harvest", "sync", "grade", "release"])
def test_no_groups_are_not_all_groups(demo: Path, command: str) -> None:
    """`--groups "$GROUPS"` with an empty variable must not run over the whole class."""
    done = run(command, demo / "course.yaml", "--groups", "")

    assert (done.returncode, done.stdout) == (2, "")
    assert "No group is named." in done.stderr


def test_an_expected_group_that_the_roster_lacks_is_named(own_demo: Path) -> None:
    """A mistyped id must not hide that a group is not expected to fail."""
    course = own_demo / "course.yaml"
    course.write_text(course.read_text().replace("expected_problems: [3,", "expected_problems: [33,"))
    done = run("grade", course)

    assert "group 33, which the roster does not have" in done.stdout + done.stderr
    assert done.returncode == 1


def test_marks_survive_a_forced_run(own_demo: Path) -> None:
    """What a grader typed is there after everything was graded again."""
    path = own_demo / "out" / "groups" / "1" / "grading.xlsx"
    book = load_workbook(path)
    sheet = book["Checklist"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Comment" for cell in row))
    column = next(cell.column for cell in header if cell.value == "Comment")
    row = next(one[0].row for one in sheet.iter_rows() if one[0].value == "hydra")
    sheet.cell(row, column).value = "seen in the oral exam"
    book.save(path)
    done = run("harvest", own_demo / "course.yaml", "--force")

    assert done.returncode == 0, done.stderr
    cells = [cell.value for line in load_workbook(path)["Checklist"].iter_rows() for cell in line]
    assert "seen in the oral exam" in cells


def test_the_class_page_follows_the_grading(own_demo: Path) -> None:
    """A mark alone has it written again; a run that finds nothing new leaves its bytes."""
    index, workbook = own_demo / "out" / "index.html", own_demo / "out" / "groups" / "1" / "grading.xlsx"
    run("harvest", own_demo / "course.yaml")
    before = _settled(index)
    type_into(workbook, "q:tests", {"decision": "full"})
    run("harvest", own_demo / "course.yaml")
    after, page = _settled(index), index.read_bytes()
    run("harvest", own_demo / "course.yaml")

    assert after == before | {"1": before["1"] + 1}
    assert index.read_bytes() == page


def _settled(index: Path) -> dict[str, int]:
    """Group -> its settled rows, as the class page has them; the tile has their sum."""
    page = index.read_text(encoding="utf-8")
    table = page.split('data-table="groups"')[1].split("</table>")[0]
    found = re.findall(r'<tr data-g="(\d+)".*?<td class="num">(\d+) of \d+</td></tr>', table, re.DOTALL)
    settled = {group: int(rows) for group, rows in found}
    assert re.findall(r"<strong>([\d,]+)</strong> of [\d,]+ rows settled", page) == [f"{sum(settled.values()):,}"]
    return settled


def test_marks_follow_when_blind_grading_begins_and_ends(own_demo: Path) -> None:
    """Grade with names, then blind, then reveal and export: the marks are the group's all the way."""
    course, out = own_demo / "course.yaml", own_demo / "out"
    named = course.read_text(encoding="utf-8")
    run("harvest", course)
    type_into(out / "groups" / "1" / "grading.xlsx", "hydra", {"points": 0.25})
    type_into(out / "groups" / "1" / "grading.xlsx", "m:s000101", {"points": -1})

    course.write_text(named + "\nanonymous: true\n", encoding="utf-8")
    blind = run("grade", course)
    (workbook,) = (path for path in out.glob("groups/anon-*/grading.xlsx") if ("hydra", "points") in shown(path))
    status, exported = run("marks", "status", course), run("export", course)
    type_into(workbook, "git_repo", {"decision": "found"})
    course.write_text(named, encoding="utf-8")
    revealed = run("grade", course)

    assert "the marks of 1 group follow" in " ".join(revealed.stdout.split()), revealed.stdout + revealed.stderr
    marks = {("hydra", "points"): 0.25, ("git_repo", "decision"): "found", ("m:s000101", "points"): -1}
    assert shown(out / "groups" / "1" / "grading.xlsx") == marks
    for said in (exported.stdout, run("export", course).stdout):
        first, second = (next(line for line in said.splitlines() if f"s00010{n}:" in line) for n in (1, 2))
        assert float(first.split()[-1]) == float(second.split()[-1]) - 1, said
    assert workbook.parent.name in status.stdout
    assert blind.returncode == revealed.returncode == 0, blind.stderr + revealed.stderr


def test_marks_of_a_group_that_was_given_another_number_are_named(own_demo: Path) -> None:
    """They stay where they are, and each run says so, and which group it seems to be now."""
    course, roster = own_demo / "course.yaml", own_demo / "roster.csv"
    type_into(own_demo / "out" / "groups" / "2" / "grading.xlsx", "hydra", {"points": 0.25})
    assert "no longer" not in run("grade", course, "--groups", "2").stdout
    roster.write_text(roster.read_text(encoding="utf-8").replace("\n2,", "\n22,"), encoding="utf-8")

    said = [run(*command).stdout for command in (("grade", course, "-g", "3"), ("marks", "status", course))]
    said.append(run("export", course).stdout)

    sentence = (
        "Group 2 is no longer in the roster and has 1 mark (in marks.json); group 22 has the same repository: "
        f"`harvester marks move {course} 2 22` takes them there."
    )
    assert all(sentence in " ".join(text.split()) for text in said), said

    moved = run("marks", "move", course, "2", "22")
    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert "no longer in the roster" not in moved.stdout
    assert shown(own_demo / "out" / "groups" / "22" / "grading.xlsx")["hydra", "points"] == 0.25


def test_marks_that_cannot_be_counted_are_told_wherever_marks_are_used(own_demo: Path) -> None:
    course = own_demo / "course.yaml"
    type_into(own_demo / "out" / "groups" / "1" / "grading.xlsx", "hydra", {"points": "a lot", "decision": "enig"})

    said = [run("grade", course, "-g", "1").stdout, run("marks", "status", course).stdout, run("export", course).stdout]

    sentence = "2 marks cannot be counted: 1 hydra points “a lot”, 1 hydra decision “enig”."
    assert all(sentence in " ".join(text.split()) for text in said), said
    assert "Group 1 is left out: 2 marks cannot be counted" in said[2]


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ("name: X\nroster: roster.csv\n", "template"),
        ("name: X\nroster: none.csv\ntemplate: dtu-02476\n", "none.csv"),
        ("name: X\nroster: roster.csv\ntemplate: dtu-02467\n", "dtu-02476"),
        ("name: X\nroster: roster.csv\ntemplate: dtu-02476\ndeadlin: 2026\n", "deadline"),
        ("name: [\n", "course.yaml"),
    ],
)
def test_bad_course_gets_one_sentence(tmp_path: Path, yaml: str, words: str) -> None:
    """What is wrong is said once, with the file or key, and no traceback; exit code 2."""
    (tmp_path / "course.yaml").write_text(yaml)
    (tmp_path / "roster.csv").write_text("group_nb,repo_url\n1,https://github.com/a/b\n")
    done = run("harvest", "course.yaml", cwd=tmp_path)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_show_and_explain(demo: Path) -> None:
    """The trail of one check, and the rule behind it."""
    trail = run("show", demo / "course.yaml", "1", "hydra")
    rule = run("explain", "hydra")
    wrong = run("explain", "hidra")

    assert "confirmed" in trail.stdout
    assert "hydra" in rule.stdout
    assert wrong.returncode == 2
    assert "Did you mean hydra" in wrong.stderr
    unknown = run("show", demo / "course.yaml", "1", "nope")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    said = " ".join(unknown.stderr.split())
    assert "The checklist of group 1 has no item 'nope'. `harvester show COURSE 1` lists them." in said
    for wrong in (run("explain", "--family", "nope", "hydra"), run("explain", "--family", "nope")):
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert "'nope' is no family of report templates" in wrong.stderr


def test_check_in_a_working_copy(demo: Path, tmp_path: Path) -> None:
    """A student sees what the harvest will see; exit code 1 where something is wrong."""
    remote = str(_record(demo, "2")["group"]["repo_url"])  # type: ignore[index]
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", remote, str(copy)], check=True, capture_output=True)
    done = run("check", copy, "--html", tmp_path / "page.html")

    assert done.returncode == 1, done.stderr
    assert "unsupported" in done.stdout
    assert "reports/README.md:" in done.stdout
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!")
    first, _, rest = run("check", cwd=copy / "src").stdout.partition("\n")
    assert first == f"This is a folder of the repository {copy}, which is checked as a whole."
    assert rest == done.stdout


def test_init_writes_a_course_that_loads(tmp_path: Path) -> None:
    """The commented example is a course, and is never overwritten."""
    first = run("init", tmp_path / "course.yaml")
    again = run("init", tmp_path / "course.yaml")

    assert first.returncode == 0, first.stderr
    assert again.returncode == 4
    assert "is there already" in again.stderr


@pytest.mark.parametrize("kind", ["course", "template", "checks", "family"])
def test_schemas_can_be_printed(kind: str) -> None:
    """Each YAML file has a JSON Schema for editors."""
    assert "properties" in json.loads(run("schema", kind).stdout)
