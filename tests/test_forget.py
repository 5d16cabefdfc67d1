"""What is removed of a course, and what stays."""

import shutil
from pathlib import Path

import pytest

from harvester.errors import OutputError, UserError
from harvester.forget import forget_course
from harvester.lock import hold_lock
from harvester.opened import OpenedCourse, open_course


@pytest.fixture
def opened(tmp_path: Path) -> OpenedCourse:
    """A course of group 1, with what runs have left; group 9 was in the roster once."""
    (tmp_path / "roster.csv").write_text("group_nb,repo_url\n1,https://example.org/a/b\n")
    course = "name: Small\nroster: roster.csv\ntemplate: dtu-02476\nmirrors: mirrors\noutput: out\n"
    (tmp_path / "course.yaml").write_text(course)
    _write(tmp_path / "mirrors" / ".homes", tmp_path / "mirrors" / ".former" / "1-1" / "repo.git" / "objects" / "x")
    for group in ("1", "9"):
        _write(
            tmp_path / "mirrors" / group / "repo.git" / "objects" / "x", tmp_path / "mirrors" / group / "facts.sqlite"
        )
        _write(
            *(tmp_path / "out" / "groups" / group / name for name in ("harvest.json", "handin.html", "grading.xlsx"))
        )
    _write(
        *(tmp_path / "out" / name for name in ("index.html", "run.json", "grading.xlsx", "marks.json", ".class-key"))
    )
    return open_course(tmp_path / "course.yaml")


def _write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_all_but_the_marks_is_removed(opened: OpenedCourse, tmp_path: Path) -> None:
    _write(tmp_path / "out" / "anonymous-key.json")
    left = forget_course(opened, marks_too=False)

    names = {"groups/1/grading.xlsx", "groups/9/grading.xlsx", "grading.xlsx", "marks.json", "anonymous-key.json"}
    assert {str(path.relative_to(tmp_path / "out")) for path in left} == names
    assert _files(tmp_path) == {"roster.csv", "course.yaml", "out/.lock", *(f"out/{name}" for name in names)}


def test_the_marks_go_when_asked_for(opened: OpenedCourse, tmp_path: Path) -> None:
    assert forget_course(opened, marks_too=True) == ()
    assert {path.name for path in tmp_path.iterdir()} == {"roster.csv", "course.yaml"}


def test_what_harvester_has_not_written_stays_and_is_said(opened: OpenedCourse, tmp_path: Path) -> None:
    own = [tmp_path / "out" / name for name in ("all.zip", "exam/index.html", "exam/points.xlsx")]
    own += [tmp_path / "out" / "groups" / "1" / name for name in ("notes.docx", "backup.zip")]
    own += [tmp_path / "mirrors" / name for name in ("thesis/chapter.tex", "thesis/state.json", "9/my.txt")]
    _write(*own, tmp_path / "out" / "released" / "1.zip", tmp_path / "out" / "groups" / "1" / "Anna.XLSX")

    assert set(forget_course(opened, marks_too=True)) == set(own)
    assert all(path.is_file() for path in own)


def test_what_cannot_be_removed_is_an_error(opened: OpenedCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(OutputError, match=r"mirrors.1.repo.git could not be removed: Permission denied"):
        forget_course(opened, marks_too=False)


def test_not_while_a_run_is_at_work(opened: OpenedCourse, tmp_path: Path) -> None:
    with hold_lock(tmp_path / "out"), pytest.raises(UserError, match="Another run"):
        forget_course(opened, marks_too=False)
    assert (tmp_path / "mirrors" / "9" / "repo.git" / "objects" / "x").is_file()
