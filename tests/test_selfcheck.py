"""`harvester check`: what a student is told of a working copy."""

from pathlib import Path

from harvester.config import load_family
from harvester.selfcheck import check_working_copy
from tests.support.hostile import REPORT, write_report


def test_no_roster_is_invented(tmp_path: Path) -> None:
    """A folder's name is no group number that the report could contradict."""
    family = load_family("dtu-02476")
    folder = tmp_path / "wc 99"
    (folder / "reports").mkdir(parents=True)
    (folder / REPORT).write_text(write_report(family.templates[-1], "7"), encoding="utf-8")
    seen = check_working_copy(folder, family)

    assert seen.record.snapshot is not None
    assert seen.record.snapshot.report_path == REPORT
    assert not [problem for problem in seen.record.problems if "roster" in problem.message]
