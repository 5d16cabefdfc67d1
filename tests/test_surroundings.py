"""Odd surroundings: standard streams that are closed, full or narrow, and ends that are no Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.doctor import diagnose
from harvester.errors import INTERRUPTED, UserError
from harvester.harvest import RunOptions, run_course
from harvester.opened import open_course
from harvester.processes import check_git
from harvester.progress import RunProgress

HARVESTER = f"{sys.executable} -m harvester"
COURSE = "name: Night\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [git, file]\n"


def shell(command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Have a shell run a command; what it says is read as Latin-1, which takes every byte."""
    env = os.environ | {"COLUMNS": "500"} | environment
    return subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, encoding="latin-1", env=env, timeout=60, check=False
    )


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one group whose address git refuses, so that nothing is asked."""
    (tmp_path / "roster.csv").write_text("group_nb,repo_url\n1,ext::sh -c true\n")
    path = tmp_path / "course.yaml"
    path.write_text(COURSE)
    return path


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"git://127.0.0.1:{listener.getsockname()[1]}/group"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(closed: str, course: Path) -> None:
    """A service or a cron job may begin without any; no file of the run takes their place."""
    done = shell(f"{HARVESTER} harvest '{course}' {closed}")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (course.parent / "out" / "index.html").is_file()


def test_a_full_disk_under_the_progress_does_not_end_the_run(course: Path) -> None:
    """`2>> sync.log` is no reason to lose a night."""
    done = shell(f"{HARVESTER} harvest '{course}' 2> /dev/full")

    assert done.returncode == 1
    assert "1 group in" in done.stdout
    assert (course.parent / "out" / "index.html").is_file()


@pytest.mark.parametrize("lost", ["> /dev/full 2>&1", "2>&1 | true"])
def test_a_watch_outlives_whoever_reads_it(lost: str, course: Path) -> None:
    """The terminal it was started in is gone, or the disk of its log is full."""
    until = int(time.time()) + 5
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until))

    shell(f"{HARVESTER} watch '{course}' --until {moment} {lost}")

    assert (course.parent / "out" / "harvester.log").stat().st_mtime >= until, "the last sync was the one at the end"


def test_what_a_disk_has_no_room_for_is_said() -> None:
    """Of what is written at the very end, too."""
    done = shell(f"{HARVESTER} --version > /dev/full")

    assert done.returncode == 4
    assert done.stderr.startswith("Error: ")
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_has_no_letter_for_is_shown_by_its_number(encoding: str) -> None:
    """Danish computers of old say `LANG=da_DK`, which is Latin-1."""
    done = shell(f"{HARVESTER} reference", PYTHONIOENCODING=encoding)

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u201c" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_the_end_of_a_job_or_a_terminal_is_as_orderly_as_an_interrupt(
    number: signal.Signals, course: Path, silent: str
) -> None:
    """No git stays behind, nothing half-fetched either; the signal may come twice, as `timeout` sends it."""
    (course.parent / "roster.csv").write_text(f"group_nb,repo_url\n1,{silent}\n2,{silent}\n3,{silent}\n")
    run = subprocess.Popen(
        [sys.executable, "-m", "harvester", "harvest", str(course)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # these tests may run under nohup
    )
    deadline = time.monotonic() + 30
    while not [*course.parent.glob("mirrors/*/.part-*")]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.send_signal(number)
    os.killpg(run.pid, number)
    _, said = run.communicate(timeout=30)

    assert said == f"Error: {INTERRUPTED}\n"
    assert run.returncode == 130
    assert [*course.parent.rglob(".part-*")] == []
    assert _commands_with(silent) == []


def test_nohup_is_heeded(course: Path, silent: str) -> None:
    """What was told to go on when the terminal closes goes on."""
    (course.parent / "roster.csv").write_text(f"group_nb,repo_url\n1,{silent}\n")
    course.write_text(COURSE + "timeout: 3\n")
    run = subprocess.Popen(
        ["nohup", sys.executable, "-m", "harvester", "sync", str(course)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(2)
    run.send_signal(signal.SIGHUP)
    said, _ = run.communicate(timeout=30)

    assert run.returncode == 1
    assert b"did not finish within 3 seconds" in said


def fake_git(folder: Path, script: str) -> str:
    """A search path on which git is a script."""
    folder.mkdir()
    git = folder / "git"
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("command", ["harvest", "sync"])
def test_an_old_git_is_refused_before_it_gets_a_token_it_does_not_understand(command: str, course: Path) -> None:
    """It would take none of our settings, and say that private repositories are gone."""
    path = fake_git(course.parent / "old", "echo git version 2.20.1")

    done = shell(f"{HARVESTER} {command} '{course}'", PATH=path)

    assert done.returncode == 2
    assert done.stderr == "Error: git 2.20.1 is too old. Install git 2.31 or newer.\n"


@pytest.mark.parametrize("said", ["git version 2.47.3 (Apple Git-146)", "git version 2.50-rc1", "git version unknown"])
def test_a_git_of_an_odd_version_is_taken(said: str, course: Path) -> None:
    """Only what is known to be too old is refused."""
    path = fake_git(course.parent / "odd", f"echo '{said}'")

    assert shell(f"{HARVESTER} sync '{course}'", PATH=path).returncode == 1


def test_a_git_that_never_answers_is_said(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lie on a disk that is away."""
    monkeypatch.setenv("PATH", fake_git(course.parent / "hung", "exec sleep 60"))
    monkeypatch.setattr("harvester.processes._ANSWER", 0.5)

    with pytest.raises(UserError, match="git did not answer"):
        check_git()
    assert not next(one for one in diagnose(output=course, mirrors=course, has_token=False) if one.name == "git").well


def test_a_demo_without_git_is_a_sentence(tmp_path: Path) -> None:
    """Not a bug."""
    done = shell(f"PATH={tmp_path}; {HARVESTER} demo '{tmp_path}/demo'")

    assert done.returncode == 2
    assert done.stderr.startswith("Error: git was not found on this machine.")


def test_without_ruff_nothing_is_graded(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that is broken says nothing about any group; the doctor sees it."""
    monkeypatch.setattr("ruff.find_ruff_bin", _find_nothing)

    with pytest.raises(UserError, match="ruff, which looks at the style of code, is not there"):
        run_course(open_course(course), RunOptions(sync=False), RunProgress(quiet=True))
    assert not (course.parent / "out").exists()
    assert not next(one for one in diagnose(output=course, mirrors=course, has_token=False) if one.name == "ruff").well


def _find_nothing() -> str:
    raise FileNotFoundError("/nowhere/ruff")


def _commands_with(text: str) -> list[bytes]:
    """The processes of this machine that have a text on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:  # it has ended
            continue
        if text.encode() in line:
            found.append(line)
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
@pytest.mark.parametrize(("set_by_user", "threads"), [("", 1), ("OPENBLAS_NUM_THREADS=2", min(2, os.cpu_count() or 1))])
def test_numpy_starts_no_threads_that_nobody_asked_for(set_by_user: str, threads: int) -> None:
    code = "import os, harvester.cli as cli; cli.main = lambda: None; from harvester.__main__ import main; main(); "
    code += "import numpy; print(len(os.listdir('/proc/self/task')))"
    said = shell(f'env -u OPENBLAS_NUM_THREADS {set_by_user} {sys.executable} -c "{code}"')
    assert (said.stdout.strip(), said.returncode) == (str(threads), 0), said.stderr
