"""What the terminal shows while a run is at work."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
from rich.console import Console

from harvester import progress as shown
from harvester.console import Terminal, show_group, show_left, show_self_check
from harvester.errors import UserError
from harvester.logs import set_up_logs
from harvester.models.evidence import Place
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord
from harvester.models.status import Verdict
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


ATTACK = "\x1b]0;owned\x07 \x1b[8m \x9b2J turned\u202egnp back\rover \ud800 [/bold] [link=x]y[/link]"
"""Text that sets a terminal's title, hides what follows, clears the screen, turns its direction, and is markup."""
UNSEEMLY = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def hostile_record() -> GroupRecord:
    """A record in which every text of a group's is an attack."""
    place = Place(path=f"src/{ATTACK}.py", line=3, what=ATTACK, url=f"https://example.org/{ATTACK}")
    record = make_record("7", hostile=True, name=ATTACK)
    items = (
        record.checklist[0].model_copy(
            update={"text": ATTACK, "why": ATTACK, "where": (place,), "hints": (place,), "verdict": Verdict.WEAK}
        ),
    )
    problem = Problem(code="unreadable", message=ATTACK, path=ATTACK, line=2)
    answers = (record.questions[0].model_copy(update={"problems": (problem,)}),)
    snapshot = record.snapshot and record.snapshot.model_copy(update={"report_path": "reports/[/bold]x/README.md"})
    changes = {"problem": ATTACK, "checklist": items, "problems": (problem,), "questions": answers}
    return record.model_copy(update={**changes, "snapshot": snapshot})


def test_a_terminal_gets_no_command_of_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences, marks of direction and markup in a group's text are shown, and do nothing."""
    record = hostile_record()
    item = record.checklist[0]
    show_group(record)
    show_group(record, item.id)
    show_self_check(record, [ATTACK], Path(ATTACK))
    show_left([Path(ATTACK)])
    with RunProgress() as progress:
        progress.waiting(3, ATTACK)
    shown = "".join(capsys.readouterr())
    assert not UNSEEMLY.search(shown)
    assert "owned" in shown and "[/bold]" in shown and "[link=x]y[/link]" in shown
    assert "reports/[/bold]x/README.md:" in shown


def test_colours_and_progress_stay_on_a_terminal() -> None:
    """Only what is text is mended."""
    screen = io.StringIO()
    console = Terminal(file=screen, force_terminal=True, width=80, color_system="standard", highlight=False)
    console.print("[bold red]Error:[/] x\x1b[2J y\nz")
    assert screen.getvalue() == "\x1b[1;31mError:\x1b[0m x\ufffd[2J y\nz\n"


def test_log_lines_on_a_terminal_hold_no_command_either(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nor those of the file, which is read in a terminal, too."""
    file = tmp_path / "log"
    set_up_logs(verbose=True, file=file)
    logging.getLogger("harvester").warning("group 7: %s\nnext", ATTACK.replace("\ud800", ""))
    for handler in logging.getLogger("harvester").handlers:
        handler.close()
    set_up_logs(verbose=False, file=None)
    assert not UNSEEMLY.search(capsys.readouterr().err)
    assert not UNSEEMLY.search(file.read_text("utf-8"))
    assert "turned\u202egnp" in json.loads(file.read_text("utf-8"))["message"]


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
