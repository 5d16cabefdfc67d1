"""Where the per-group work runs."""

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harvester.engine import open_aside
from harvester.errors import INTERRUPTED
from tests.support.courses import make_rules

SCRIPT = """
from harvester.engine import open_executor
if __name__ == "__main__":
    with open_executor("local", workers=2) as executor:
        print(sum(executor.map(abs, [1, -2, 3])))
"""


@pytest.mark.parametrize("length", [1, 100])
def test_workers_start_wherever_temporary_files_go(tmp_path: Path, length: int) -> None:
    """A socket's name has some 100 bytes, a path as many as it likes."""
    folder = tmp_path / ("x" * length)
    folder.mkdir()
    (tmp_path / "run.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py"],
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        timeout=100,
    )
    assert done.stdout == b"6\n", done.stderr.decode()


INTERRUPTED_WORK = """
import sys, time
from harvester.engine import begin_loading, open_executor
if __name__ == "__main__":
    print("begun", flush=True)
    try:
        if len(sys.argv) > 1:
            begin_loading(3)
        with open_executor("local", workers=3) as executor:
            list(executor.map(time.sleep, [60] * 9))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("early", [[], ["early"]], ids=["", "early"])
@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.5, 1.0, 1.5, 2.5])
def test_interrupted_workers_end_without_a_word(tmp_path: Path, seconds: float, early: list[str]) -> None:
    """Ctrl-C in a terminal reaches all processes of a run, those that are just starting among them."""
    (tmp_path / "run.py").write_text(INTERRUPTED_WORK)
    with subprocess.Popen(
        [sys.executable, tmp_path / "run.py", *early],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as run:
        assert run.stdout and run.stdout.readline() == b"begun\n"
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=30)  # ends when the last process has let go of its output
    assert said == b""
    assert run.returncode == 130


def test_an_interrupted_start_is_a_sentence() -> None:
    """The program is still being loaded when Ctrl-C comes."""
    script = """
import sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "harvester.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from harvester.__main__ import main
main()
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stderr) == (130, f"Error: {INTERRUPTED}\n")


def test_rules_are_read_once_by_a_process(tmp_path: Path) -> None:
    rules = make_rules(tmp_path)
    first, second = (pickle.loads(pickle.dumps((number, rules)))[1] for number in range(2))
    assert first == rules
    assert first is second
    other = replace(rules, sha256="1" * 64)
    assert pickle.loads(pickle.dumps(other)) == other


def test_a_call_whose_process_dies_is_made_again_here() -> None:
    """It takes too much memory, say, where a worker may have less."""
    with open_aside(groups=9, calls=2) as aside:
        dying, living = aside.call(_die_unless, os.getpid()), aside.call(sum, [1, 2])
        assert (dying(), living()) == ("here", 3)


def _die_unless(parent: int) -> str:
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return "here"
