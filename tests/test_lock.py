"""Two runs at once: one works, the other says so."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.errors import OutputError, UserError
from harvester.lock import hold_lock

_HOLDER = "import sys, time; from pathlib import Path; from harvester.lock import hold_lock\n" + (
    "with hold_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
)


def _start_holder(folder: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_second_run_says_who_holds_the_lock(tmp_path: Path) -> None:
    """The message names the process that is at work, and since when."""
    holder = _start_holder(tmp_path)
    try:
        with pytest.raises(UserError, match=rf"process {holder.pid} on .*, since 20\d\d-"), hold_lock(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_lock_does_not_outlive_its_owner(tmp_path: Path) -> None:
    """A killed run never locks out the next one."""
    holder = _start_holder(tmp_path)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    deadline = time.monotonic() + 5
    while True:
        try:
            with hold_lock(tmp_path):
                return
        except UserError:
            assert time.monotonic() < deadline


def test_lock_is_given_back(tmp_path: Path) -> None:
    """One run after the other works, in one process too."""
    for _ in range(2):
        with hold_lock(tmp_path):
            assert (tmp_path / ".lock").is_file()


def test_a_disk_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network disks have none: nobody has to look for another run that is not there."""

    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OutputError, match="cannot be locked: No locks available"), hold_lock(tmp_path):
        pass


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in the place of the output folder gives a sentence."""
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="Cannot write in"), hold_lock(tmp_path / "out"):
        pass
