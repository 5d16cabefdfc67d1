"""What the terminal shows while a run is at work."""

import io
from pathlib import Path

import pytest
from rich.console import Console

import harvester.console as console
from harvester.progress import RunProgress
from harvester.release import Released


def show(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 120 columns gets."""
    screen = io.StringIO()
    monkeypatch.setattr(
        "harvester.progress.err", Console(file=screen, force_terminal=True, width=120, color_system=None)
    )
    return screen


def test_a_wait_counts_down_whoever_else_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second by second, before the names of groups; they come back when it is over."""
    screen = show(monkeypatch)
    with RunProgress() as progress:
        progress.begin(8)
        for group in "12345678":
            progress.started(group, "sync")
        for seconds in (3, 2, 1, 0):
            progress.waiting(seconds, "GitHub's hourly rate limit")
            screen.truncate(0)
            progress._bar.refresh()  # type: ignore[union-attr]
            shown = screen.getvalue()
            assert ("1 (sync), 2 (sync)" in shown) == (seconds == 0)
            assert (f"GitHub's hourly rate limit: {seconds} s to wait" in shown) == (seconds > 0)


@pytest.mark.parametrize(("total", "words"), [(1, "1 of 1 group, "), (3, "1 of 3 groups, ")])
def test_one_group_is_no_groups(capsys: pytest.CaptureFixture[str], total: int, words: str) -> None:
    """Where there is no terminal."""
    with RunProgress() as progress:
        progress.begin(total)
        progress.finished("1")
    assert capsys.readouterr().err.startswith(words)


def test_one_page_is_no_pages(capsys: pytest.CaptureFixture[str]) -> None:
    """What was written for the groups."""
    console.show_release(Released(zips=(Path("released/1.zip"),), left_out=()))
    assert capsys.readouterr().out == "1 page in released\n"


def test_a_log_has_a_line_for_each_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal, as under cron."""
    with RunProgress() as progress:
        progress.begin(8)
        for seconds in (3, 2, 1, 0, 2, 0):
            progress.waiting(seconds, "GitHub's hourly rate limit")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"GitHub's hourly rate limit: waiting {seconds} s" for seconds in (3, 2)]
