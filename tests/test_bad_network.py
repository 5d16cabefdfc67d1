"""Networks that drop, stall and trickle, and servers that send damage: a sentence, and the next sync repairs."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvester.mirrors import SyncOptions, sync_mirror
from harvester.models.mirror import MirrorState
from harvester.models.status import Status
from tests.support.network import bad_network, drop_after, serve_git, trickle
from tests.support.repos import Commit, Repo, build_repo, run_git

OPTIONS = SyncOptions(allow_protocols=("git", "file"), timeout=60, sleep=lambda seconds: None)


@pytest.fixture
def remote(tmp_path: Path) -> Repo:
    """A repository whose pack is larger than what comes before it."""
    return build_repo(tmp_path / "served" / "remote.git", [Commit({"a.bin": os.urandom(100_000), "b.py": "x = 1\n"})])


@pytest.fixture
def port(remote: Repo) -> Iterator[int]:
    """Where it is served."""
    with serve_git(remote.path.parent) as served:
        yield served


def sync(port: int, folder: Path, **changes: float) -> MirrorState:
    """Sync over a port."""
    return sync_mirror(f"git://127.0.0.1:{port}/remote.git", folder, replace(OPTIONS, **changes))  # type: ignore[arg-type]


def check_repaired(remote: Repo, folder: Path) -> None:
    """Once the network is well again, the mirror is whole, and nothing half-made is left."""
    with serve_git(remote.path.parent) as port:
        state = sync(port, folder)
    assert (state.status, state.head) == (Status.OK, remote.head)
    run_git(folder / "repo.git", "fsck", "--connectivity-only")
    assert [*folder.rglob(".part-*"), *folder.rglob("tmp_*"), *folder.rglob("*.lock")] == []


@pytest.mark.parametrize("size", [0, 10, 300, 2_000, 60_000])
def test_a_connection_that_drops_is_made_again(size: int, port: int, remote: Repo, tmp_path: Path) -> None:
    """Wherever it broke off."""
    with bad_network(port, drop_after(size, range(1))) as bad:
        state = sync(bad, tmp_path / "m")

    assert (state.status, state.head) == (Status.OK, remote.head)
    check_repaired(remote, tmp_path / "m")


@pytest.mark.parametrize("size", [0, 60_000])
def test_a_connection_that_always_drops_is_a_sentence(size: int, port: int, remote: Repo, tmp_path: Path) -> None:
    """And no mirror."""
    with bad_network(port, drop_after(size, range(1_000))) as bad:
        state = sync(bad, tmp_path / "m")

    assert (state.status, state.head) == (Status.UNREACHABLE, None)
    assert "connection" in (state.problem or "")
    check_repaired(remote, tmp_path / "m")


@pytest.mark.parametrize(("size", "seconds"), [(0, 60.0), (60_000, 60.0), (0, 0.05), (60_000, 0.05)])
def test_a_connection_that_stalls_or_trickles_is_ended(
    size: int, seconds: float, port: int, remote: Repo, tmp_path: Path
) -> None:
    """After the course's time, with a sentence that names it."""
    begun = time.monotonic()
    with bad_network(port, trickle(size, seconds)) as bad:
        state = sync(bad, tmp_path / "m", timeout=1.5)

    assert time.monotonic() - begun < 20
    assert state.status is Status.UNREACHABLE
    assert "1.5 seconds" in (state.problem or "")
    check_repaired(remote, tmp_path / "m")


def test_a_mirror_outlives_a_network_that_drops(port: int, remote: Repo, tmp_path: Path) -> None:
    """The last good state stays, with what was wrong since."""
    good = sync(port, tmp_path / "m")
    with bad_network(port, drop_after(10, range(1_000))) as bad:
        mirror = tmp_path / "m" / "state.json"
        before = mirror.read_text().replace(f":{port}/", f":{bad}/")
        mirror.write_text(before)
        state = sync(bad, tmp_path / "m")

    assert (state.status, state.refs) == (Status.OK, good.refs)
    assert "connection" in (state.problem or "")
    assert run_git(tmp_path / "m" / "repo.git", "cat-file", "-t", remote.head) == b"commit\n"


@pytest.mark.parametrize("at", [-30, -1_000, -50_000])
def test_a_server_with_a_damaged_pack_is_a_sentence(at: int, port: int, remote: Repo, tmp_path: Path) -> None:
    """Theirs is broken, not ours; once it is mended, ours is whole."""
    run_git(remote.path, "repack", "-adq")
    (pack,) = (remote.path / "objects" / "pack").glob("*.pack")
    whole = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(whole[:at] + bytes(20) + whole[at + 20 :])
    state = sync(port, tmp_path / "m")

    assert state.status in (Status.FAILED, Status.UNREACHABLE)
    assert 10 < len(state.problem or "") < 400
    pack.write_bytes(whole)
    check_repaired(remote, tmp_path / "m")
