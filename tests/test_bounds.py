"""A group that takes too long or too much is ended with a sentence; nothing else notices."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from harvester import bounds
from harvester.bounds import bounded, interrupts_held
from harvester.engine import open_executor, run_alone
from harvester.errors import GroupError


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def _forgive(seconds: float) -> None:
    """What a stage does that takes any exception for a broken file."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(Exception):
            _spin(seconds)


@pytest.mark.parametrize("work", [_spin, _forgive, time.sleep])
def test_what_takes_too_long_is_ended(work: Callable[[float], None]) -> None:
    """Also where every exception is forgiven, and in the middle of a wait."""
    begun = time.monotonic()
    with pytest.raises(GroupError, match=r"longer than 0\.2 seconds"), bounded(0.2):
        work(30)
    assert time.monotonic() - begun < 10


def test_threads_are_bounded_too() -> None:
    """A worker of a cluster grades in a thread, which no signal reaches."""
    caught: list[BaseException] = []

    def run() -> None:
        try:
            with bounded(0.2):
                _spin(30)
        except GroupError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert [type(error) for error in caught] == [GroupError]


def test_what_is_in_time_is_left_alone() -> None:
    """Nothing rings later, and whoever had the alarm has it again."""
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    left = signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with bounded(0.1):
            pass
        time.sleep(0.5)
        assert rung == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, before)


def test_out_of_memory_is_a_sentence() -> None:
    """Whoever raises it."""
    with pytest.raises(GroupError, match="more memory"), bounded(10):
        raise MemoryError


def _swallow_memory(size: int) -> int:
    return len(bytearray(size))


def test_a_worker_has_bounded_memory() -> None:
    """It fails to take what it may not have, and goes on."""
    with open_executor("local", workers=2) as executor:
        assert executor.submit(_swallow_memory, 50_000_000).result() == 50_000_000
        with pytest.raises(MemoryError):
            executor.submit(_swallow_memory, 2 * bounds.MEMORY).result()
        assert executor.submit(_swallow_memory, 50_000_000).result() == 50_000_000


@contextmanager
def _deaf() -> Iterator[None]:
    """As a C library is that never looks up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    yield


def _hang(seconds: float) -> None:
    with bounded(seconds), _deaf():
        time.sleep(60)


def test_a_worker_that_hears_nothing_ends_itself() -> None:
    """Its process dies, which the class loop knows to handle."""
    begun = time.monotonic()
    with pytest.raises(BrokenExecutor):
        run_alone(_hang, 0.2)
    assert time.monotonic() - begun < 20


_OWNER = """
import sys
from pathlib import Path
from harvester.engine import open_executor
from tests.test_bounds import note_and_wait
if __name__ == "__main__":
    with open_executor("local", workers=2) as executor:
        list(executor.map(note_and_wait, [Path(sys.argv[1])] * 4))
"""


def note_and_wait(folder: Path) -> None:
    """Say which process this is, and stay."""
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def test_workers_end_with_their_owner(tmp_path: Path) -> None:
    """Killed, it can tell them nothing; they neither work on nor stay."""
    (tmp_path / "owner.py").write_text(_OWNER)
    noted = tmp_path / "noted"
    noted.mkdir()
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    owner = subprocess.Popen([sys.executable, tmp_path / "owner.py", noted], env=env)
    _wait_until(lambda: len(list(noted.iterdir())) == 2)
    owner.kill()
    owner.wait()

    _wait_until(lambda: not any(_is_alive(int(path.name)) for path in noted.iterdir()))
    assert len(list(noted.iterdir())) == 2


def _is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _write(path: Path) -> int:
    (path / "folder").mkdir()
    (path / "folder" / "file").write_text("x")
    return sum(one.stat().st_mode & 0o077 for one in path.rglob("*"))


def test_what_a_worker_writes_is_private(tmp_path: Path) -> None:
    """Whichever library writes it."""
    assert run_alone(_write, tmp_path) == 0


def test_an_interrupt_is_not_lost_where_something_else_fails() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        os.kill(os.getpid(), signal.SIGINT)
        raise RuntimeError("a pool that broke")
