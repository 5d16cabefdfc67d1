"""One group's sync: whatever happens is a state with a sentence, and what was good before is still used."""

import shutil
from pathlib import Path

import pytest

from harvester.errors import UserError
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.status import Status
from harvester.syncing import stored_state, sync_group
from tests.support.courses import make_rules
from tests.support.repos import Commit, Repo, build_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A group's repository."""
    return build_repo(tmp_path / "remote.git", [Commit({"a.txt": "one\n"})])


def sync(repo: Repo, folder: Path) -> MirrorState:
    """Sync it as group 1."""
    group = Group(id="1", repo_url=repo.url)
    return sync_group(group, make_rules(folder).course, None, lambda: False)


def test_a_state_that_cannot_be_written_keeps_the_mirror(repo: Repo, tmp_path: Path) -> None:
    """The last good state is used, and the problem says what to do."""
    first = sync(repo, tmp_path)
    (tmp_path / "mirrors" / "1" / ".state.json.part").mkdir()
    second = sync(repo, tmp_path)

    assert (second.status, second.head) == (Status.OK, first.head)
    assert "could not be written" in (second.problem or "")


def test_a_mirrors_folder_that_is_none_is_a_sentence(repo: Repo, tmp_path: Path) -> None:
    """A file lies in its place."""
    (tmp_path / "mirrors").write_text("")
    state = sync(repo, tmp_path)

    assert (state.status, state.head) == (Status.FAILED, None)
    assert "cannot be used" in (state.problem or "")


def test_a_bug_while_syncing_is_a_sentence(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mirror that is there is used."""
    first = sync(repo, tmp_path)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("harvester.mirrors.sync_mirror", fail)
    second = sync(repo, tmp_path)

    assert second.head == first.head
    assert "ZeroDivisionError" in (second.problem or "")


def test_another_urls_mirror_is_not_used(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another repository left in the group's folder is nobody's last good state."""
    sync(repo, tmp_path)
    other = build_repo(tmp_path / "other.git", [Commit({"b.txt": "two\n"})])

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("harvester.mirrors.sync_mirror", fail)
    assert sync(other, tmp_path).head is None


def test_a_machine_without_git_stops_the_run(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no group's fault."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to(shutil.which("env") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    with pytest.raises(UserError, match="git was not found"):
        sync(repo, tmp_path)


def test_an_offline_run_never_grades_another_groups_mirror(repo: Repo, tmp_path: Path) -> None:
    """Two groups that changed their numbers, or an address that changed: it was never synced from there."""
    sync(repo, tmp_path)
    course = make_rules(tmp_path).course

    assert stored_state(Group(id="1", repo_url=repo.url), course) is not None
    assert stored_state(Group(id="1", repo_url=repo.url + "-other"), course) is None
