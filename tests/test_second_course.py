"""Another course, in YAML alone: a small software engineering course is harvested from a real repository."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harvester.config import load_family
from harvester.probes.table import GENERAL
from tests.support.repos import Commit, build_repo

FAMILY = "software-engineering"
REPORT = """\
# Project report

## Checklist

### The repository

* [x] Write a README that tells how to install and use your program
* [x] Choose a licence
* [x] Every member has committed code
* [x] List what your program depends on

### The program

* [x] Make a command line interface
* [x] Write automatic tests
* [x] Put the program into a container image

### The process

* [x] Run the tests on every push
* [ ] Run a linter on every push
* [x] Make a release with a version number
* [x] Record the decisions about your design
* [x] Review each other's work

## Who you are

### Question 1

> What is the number of your group?

Answer:

7

### Question 2

> What are the study numbers of your members?

Answer:

s000001, s000002

## What you made

### Question 3

> Which parts does your program have, and why these? Show them in one figure.

Answer:

A reader and a writer, because the two change at different times.

### Question 4

> What would you do in another way the next time?

Answer:
"""
FILES = {
    "REPORT.md": REPORT,
    "README.md": "# Ferry\n\n## Install\n\n`pip install .`\n\n## Usage\n\nAsk it for the next ferry.\n",
    "LICENSE": "MIT License\n",
    "pyproject.toml": "[project]\nname = 'ferry'\ndependencies = ['rich']\n\n[tool.ruff]\nline-length = 100\n",
    "ferry/main.py": "import argparse\n\nparser = argparse.ArgumentParser()\n",
    "tests/test_main.py": "def test_next():\n    print('assert nothing')\n",
    "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nRUN pip install .\nCMD ["python", "-m", "ferry.main"]\n',
    ".github/workflows/tests.yaml": (
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: pip install . pytest\n      - run: pytest\n"
    ),
}
EXPECTED = {
    "readme": ("ticked", "found", "confirmed"),
    "licence": ("ticked", "found", "confirmed"),
    "everyone": ("ticked", "found", "confirmed"),
    "dependencies": ("ticked", "found", "confirmed"),
    "command": ("ticked", "found", "confirmed"),
    "tests": ("ticked", "partial", "weak"),
    "container": ("ticked", "found", "confirmed"),
    "ci": ("ticked", "found", "confirmed"),
    "lint": ("unticked", "partial", "not_claimed"),
    "release": ("ticked", "found", "confirmed"),
    "decisions": ("ticked", "absent", "ask"),
    "reviews": ("ticked", "unverifiable", "ask"),
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The record of the course's one group."""
    folder = tmp_path_factory.mktemp("course")
    repo = build_repo(
        folder / "ferry.git",
        [
            Commit(FILES, author=("Ada Sample", "ada@example.org")),
            Commit({"ferry/__init__.py": ""}, "Merge pull request #1", author=("Bo Example", "bo@example.org")),
        ],
        tags={"v1.0.0": -1},
    )
    (folder / "roster.csv").write_text(
        f"group_nb,student 1,student 2,repo_url\n7,s000001,s000002,{repo.url}\n", encoding="utf-8"
    )
    (folder / "course.yaml").write_text(
        f"name: Software Engineering\nroster: roster.csv\ntemplate: {FAMILY}\nallow_protocols: [file]\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "harvester", "harvest", str(folder / "course.yaml"), "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded: dict[str, Any] = json.loads((folder / "out" / "groups" / "7" / "harvest.json").read_bytes())
    return loaded


def test_every_item_gets_its_verdict(record: dict[str, Any]) -> None:
    """Claims, evidence and verdicts of the 12 items are what the repository shows."""
    items = {item["id"]: (item["claim"], item["evidence"], item["verdict"]) for item in record["checklist"]}

    assert record["status"] == "ok"
    assert items == EXPECTED


def test_places_can_be_opened(record: dict[str, Any]) -> None:
    """Whatever was seen has a place, and what cannot be verified has a hint."""
    places = {item["id"]: [place["path"] for place in item["where"]] for item in record["checklist"]}

    assert places["ci"] == [".github/workflows/tests.yaml"]
    assert places["release"] == ["tag:v1.0.0"]
    assert all(places[item] for item, (_, word, _) in EXPECTED.items() if word in ("found", "partial"))


def test_the_report_is_read(record: dict[str, Any]) -> None:
    """Questions, answers and limits are the template's."""
    answers = {question["number"]: question for question in record["questions"]}

    assert record["template"] == f"{FAMILY}-2026"
    assert record["snapshot"]["report_path"] == "REPORT.md"
    assert [number for number, answer in answers.items() if answer["answered"]] == [1, 2, 3]
    assert {problem["code"] for problem in answers[3]["problems"]} >= {"too_short"}


def test_no_line_of_python_is_needed() -> None:
    """The course's rules are made of general probes alone."""
    general = {probe.__name__ for probe in GENERAL}
    used: set[str] = set()
    pending: list[Any] = [
        rule for check in load_family(FAMILY).checks for rule in (check.found, check.partial, check.hints) if rule
    ]
    while pending:
        ((name, value),) = pending.pop().items()
        if name in ("all", "any"):
            pending.extend(value)
        elif name in ("not", "because"):
            pending.append(value.get("rule", value) if name == "because" else value)
        else:
            used.add(name)

    assert used <= general


TEMPLATE = """\
id: knots-2031
family: knots
title: Knots
year: "31"
reports: [HANDIN.md]
sections:
  - title: Ropes
    items:
      - {check: changelog, text: Keep a changelog}
questions:
  - {number: 1, id: why, title: Why, prompt: Why knots}
"""
CHECKS = """\
checks:
  - id: changelog
    title: There is a changelog
    trace: always
    looked_for: a changelog with a section for each release
    found: {text_matches: {paths: ["CHANGELOG*"], pattern: '^## '}}
    blind_spots: A changelog under another name is not seen.
"""
HANDIN = "# Knots\n\n## Ropes\n\n* [x] Keep a changelog\n\n### Question 1\n\n> Why knots\n\nAnswer:\n\nThey hold.\n"


@pytest.fixture
def own_course(tmp_path: Path) -> Path:
    """A course with folders of its own; its roster is not there, as it is not on a student's machine."""
    for name, text in (
        ("templates/knots.yaml", TEMPLATE),
        ("checks/knots.yaml", CHECKS),
        ("course.yaml", "name: Knots\nroster: r.csv\ntemplate: knots\ntemplates: templates\nchecks: checks\n"),
        ("work/HANDIN.md", HANDIN),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "course.yaml"


def test_a_courses_own_checks_are_explained(own_course: Path) -> None:
    """With the course's file, and with a typo in a rule said as a run says it."""
    explained = run("explain", "changelog", "--course", str(own_course))
    listed = run("explain", "--course", str(own_course))
    wrong = run("explain", "changelogs", "--course", str(own_course))
    checks = own_course.parent / "checks" / "knots.yaml"
    checks.write_text(CHECKS.replace("text_matches", "text_match"), encoding="utf-8")
    typo = run("explain", "changelog", "--course", str(own_course))

    assert explained.returncode == 0, explained.stderr
    assert "Cannot see: A changelog under another name is not seen." in explained.stdout
    assert listed.stdout.split() == ["changelog", "There", "is", "a", "changelog"]
    assert "There is no check 'changelogs' in knots." in wrong.stderr
    assert typo.returncode == 2
    assert "there is no probe `text_match` (did you mean `text_matches`?)" in " ".join(typo.stderr.split())


def test_students_of_the_course_can_look_before_the_deadline(own_course: Path) -> None:
    """What a check says of their working copy is what the harvest will say."""
    work = own_course.parent / "work"
    before = run("check", str(work), "--course", str(own_course))
    (work / "CHANGELOG.md").write_text("# Changes\n\n## 1.0\n", encoding="utf-8")
    after = run("check", str(work), "--course", str(own_course))

    assert (before.returncode, after.returncode) == (1, 0), before.stdout + before.stderr + after.stdout + after.stderr
    assert "a changelog with a section for each release; no trace was found" in " ".join(before.stdout.split())


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harvester", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
