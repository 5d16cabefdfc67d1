"""What the terminal shows while a run is at work."""

import io
import re

import pytest
from rich.console import Console

from harvester import progress as shown
from harvester.console import show_group
from harvester.errors import UserError
from harvester.models.evidence import Place
from harvester.progress import RunProgress
from tests.support.records import make_record


def show(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 120 columns gets."""
    screen = io.StringIO()
    monkeypatch.setattr(shown, "err", Console(file=screen, force_terminal=True, width=120, color_system=None))
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
            text = screen.getvalue()
            assert ("1 (sync), 2 (sync)" in text) == (seconds == 0)
            assert (f"GitHub's hourly rate limit: {seconds} s to wait" in text) == (seconds > 0)


def test_a_log_has_a_line_for_each_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal, as under cron."""
    with RunProgress() as progress:
        progress.begin(8)
        for seconds in (3, 2, 1, 0, 2, 0):
            progress.waiting(seconds, "GitHub's hourly rate limit")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"GitHub's hourly rate limit: waiting {seconds} s" for seconds in (3, 2)]


def test_a_path_is_shown_whole_where_nobody_looks_at_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """What goes into a file or another program, however long."""
    path = "src/" + "deep/" * 40 + "train.py"
    record = make_record()
    item = record.checklist[0].model_copy(update={"where": (Place(path=path, line=7, what="x"),)})
    show_group(record.model_copy(update={"checklist": (item,)}))
    assert f"{path}:7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("check", "hint"), [("hydrra", "Did you mean hydra?"), ("HYDRA", "Did you mean hydra?"), ("x", "lists them")]
)
def test_a_check_that_is_mistyped_is_told_the_nearest(check: str, hint: str) -> None:
    with pytest.raises(UserError, match=re.escape(hint)):
        show_group(make_record(), check)
