"""A call beside the block: in another process where that helps, and never lost with that process."""

import os

import pytest

from harvester.engine import run_aside


def die_unless(pid: int) -> int:
    """The process's id; the process ends where it is another one."""
    if os.getpid() != pid:
        os._exit(9)
    return os.getpid()


def refuse() -> None:
    raise ValueError("of its own")


def test_a_call_runs_beside_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    with run_aside(10, os.getpid) as result:
        assert result() != os.getpid()


@pytest.mark.parametrize(("cores", "groups"), [(1, 10), (4, 1)])
def test_a_small_run_has_one_process(monkeypatch: pytest.MonkeyPatch, cores: int, groups: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    with run_aside(groups, os.getpid) as result:
        assert result() == os.getpid()


def test_a_call_whose_process_dies_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    with run_aside(10, die_unless, os.getpid()) as result:
        assert result() == os.getpid()


def test_what_the_call_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    with run_aside(10, refuse) as result, pytest.raises(ValueError, match="of its own"):
        result()
