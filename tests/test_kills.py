"""Killed at any moment, again and again: nothing half-written is left, and the next run makes everything whole.

`HARVESTER_KILLS=100 pytest tests/test_kills.py` kills as often as the night of a deadline is long.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from openpyxl import load_workbook

from harvester.demo import build_demo
from harvester.outputs.placing import KEPT
from tests.support.grader import type_into
from tests.support.repos import run_git

KILLS = int(os.environ.get("HARVESTER_KILLS", "3"))
GROUPS = 20 if KILLS > 3 else 8
HARVEST = (sys.executable, "-m", "harvester", "harvest")
COURSE = "name: Night\nroster: ../roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\n"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d| UTC)?")


class Night:
    """Remotes that grow, and courses that harvest them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        built = build_demo(folder / "demo").parent / "remotes"
        kinds = sorted(path for path in built.iterdir() if (path / "HEAD").is_file())
        self.remotes = [folder / "remotes" / str(number) for number in range(1, GROUPS - 1)]
        for number, remote in enumerate(self.remotes):
            shutil.copytree(kinds[number % len(kinds)], remote)
        with (folder / "roster.csv").open("w", newline="") as file:
            rows = [(remote.name, remote.as_uri()) for remote in self.remotes]
            gone = (folder / "remotes" / "gone").as_uri()
            csv.writer(file).writerows([("group_nb", "repo_url"), *rows, (GROUPS - 1, gone), (GROUPS, "ext::sh -c id")])

    def grow(self, hour: int) -> dict[str, str]:
        """Every group pushes; group -> its newest commit."""
        heads = {}
        for remote in self.remotes:
            branch = (remote / "HEAD").read_text().removeprefix("ref: ").strip()
            text = f"print({hour})\n"
            begin = f"from {branch}^0\n" if run_git(remote, "for-each-ref", branch) else ""
            stream = (
                f"commit {branch}\ncommitter Ada Sample <ada@example.org> {1_768_000_000 + 3600 * hour} +0100\n"
                f"data 4\nWork\n{begin}M 100644 inline src/night.py\ndata {len(text)}\n{text}\n"
            )
            run_git(remote, "fast-import", "--quiet", data=stream.encode())
            heads[remote.name] = run_git(remote, "rev-parse", branch).decode().strip()
        return heads

    def course(self, name: str) -> Path:
        """A course's folder."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "course.yaml").write_text(COURSE)
        return folder


def start(course: Path) -> "subprocess.Popen[str]":
    """A harvest, under way."""
    command = [*HARVEST, course / "course.yaml"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def harvest(course: Path) -> float:
    """A harvest to its end; returns the seconds it took."""
    begun = time.monotonic()
    process = start(course)
    said, _ = process.communicate(timeout=300)
    assert process.returncode in (0, 1), said
    return time.monotonic() - begun


def kill(course: Path, seconds: float) -> bool:
    """Start a harvest and kill it after a while; False where it was faster."""
    process = start(course)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def check_whole(out: Path) -> None:
    """Whatever is there is whole."""
    for path in out.rglob("*"):
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".html":
            assert path.read_bytes().rstrip().endswith(b"</html>"), path
        elif path.suffix == ".xlsx":
            assert zipfile.ZipFile(path).testzip() is None


def read_outputs(out: Path) -> Iterator[tuple[str, object]]:
    """(file, what it says, less times) of all that a harvest leaves, but the workbooks of before."""
    for path in sorted(path for path in out.rglob("*") if path.parent.name != KEPT):
        name = str(path.relative_to(out))
        if path.suffix in (".html", ".csv") or path.name == "harvest.json":
            yield name, _TIME.sub("", path.read_text(encoding="utf-8"))
        elif path.suffix == ".xlsx":
            book = load_workbook(path)
            for sheet in (sheet for sheet in book if sheet.sheet_state == "visible"):
                cells = [[_TIME.sub("", str(value)) for value in row] for row in sheet.iter_rows(values_only=True)]
                yield f"{name}: {sheet.title}", cells


@pytest.mark.timeout(120 + 60 * KILLS)
def test_killed_at_any_moment_a_run_loses_nothing(tmp_path: Path) -> None:
    """After each kill whatever is there is whole; after each next run all is new; in the end nothing tells of it."""
    chance, night = Random(7), Night(tmp_path)
    course = night.course("disturbed")
    comments: dict[str, str] = {}
    seconds, kills, hour = harvest(course), 0, 0
    while kills < KILLS:
        hour += 1
        heads = night.grow(hour)
        group = night.remotes[hour % len(night.remotes)].name
        comments[group] = f"seen in hour {hour}"
        type_into(course / "out" / "groups" / group / "grading.xlsx", "git_repo", {"comment": comments[group]})
        if hour % 4 == 3:  # the mirrors are made anew
            shutil.rmtree(course / "mirrors")
        kills += kill(course, chance.uniform(0.1, seconds))
        check_whole(course / "out")
        seconds = harvest(course)
        groups = json.loads((course / "out" / "run.json").read_bytes())["groups"]
        assert {one["group"]: one["sha"] for one in groups if one["sha"]} == heads

    calm = night.course("calm")
    harvest(calm)
    for group, comment in comments.items():
        type_into(calm / "out" / "groups" / group / "grading.xlsx", "git_repo", {"comment": comment})
    harvest(calm)
    found, expected = dict(read_outputs(course / "out")), dict(read_outputs(calm / "out"))
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    left = [*course.rglob("*.part"), *course.rglob(".part-*"), *course.rglob("*.lock"), *course.rglob("tmp_*")]
    assert [path for path in left if path.name != ".lock"] == []
