"""Mirrors after the roster has changed: what was seen of a repository is not lost to a typo, a swap or a new number."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harvester.beside import load_beside
from harvester.errors import OutputError
from harvester.mirrors import SyncOptions, load_state, settle_mirrors, sync_mirror
from harvester.mirrors.github_sync import unknown_facts
from harvester.mirrors.state import save_state, write_whole
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.syncing import stored_state
from tests.support.courses import make_rules
from tests.support.repos import Commit, Repo, build_repo, run_git

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def repos(tmp_path: Path) -> dict[str, Repo]:
    """Two groups' repositories."""
    return {name: build_repo(tmp_path / f"{name}.git", [Commit({"a.txt": name})]) for name in ("ash", "oak")}


def run(tmp_path: Path, hours: int, **urls: str) -> tuple[tuple[str, ...], dict[str, MirrorState]]:
    """A sync of a roster (`g7=url`) so many hours after noon; returns what was said of mirrors, and the states."""
    options = SyncOptions(allow_protocols=("file",), timeout=60, now=lambda: NOON + timedelta(hours=hours))
    groups = [Group(id=name[1:], repo_url=url) for name, url in urls.items()]
    said = settle_mirrors(groups, tmp_path / "mirrors")
    return said, {one.id: sync_mirror(one.repo_url or "", tmp_path / "mirrors" / one.folder, options) for one in groups}


def begun(state: MirrorState) -> list[datetime]:
    """When the syncs first saw each head."""
    return [seen.first for seen in state.heads]


def test_a_typo_loses_nothing(repos: dict[str, Repo], tmp_path: Path) -> None:
    """While the address is wrong the group has none of the old work; with the address it all comes back."""
    url = repos["ash"].url
    run(tmp_path, 0, g7=url)

    said, states = run(tmp_path, 1, g7=url.replace("ash", "ahs"))
    assert (states["7"].head, states["7"].heads) == (None, ())
    assert len(said) == 1
    assert "Group 7 has another address" in said[0]
    assert url in said[0]

    said, states = run(tmp_path, 2, g7=url)
    assert begun(states["7"]) == [NOON]
    assert states["7"].first_seen == {repos["ash"].head: NOON}
    assert said == (f"Group 7 goes on with the mirror of {url} that was there before.",)
    assert run(tmp_path, 3, g7=url)[0] == ()


def test_groups_that_change_places_keep_what_was_seen(repos: dict[str, Repo], tmp_path: Path) -> None:
    """Each address takes its mirror along."""
    run(tmp_path, 0, g4=repos["ash"].url, g6=repos["oak"].url)
    _, states = run(tmp_path, 1, g4=repos["oak"].url, g6=repos["ash"].url)

    assert [(states[group].head, begun(states[group])) for group in ("4", "6")] == [
        (repos["oak"].head, [NOON]),
        (repos["ash"].head, [NOON]),
    ]


def test_a_group_with_a_new_number_takes_its_mirror_along(repos: dict[str, Repo], tmp_path: Path) -> None:
    """The old folder belongs to no group any more; without a network the work is there, too."""
    url = repos["ash"].url
    run(tmp_path, 0, g7=url)

    assert settle_mirrors([Group(id="70", repo_url=url)], tmp_path / "mirrors")
    state = stored_state(Group(id="70", repo_url=url), make_rules(tmp_path).course)
    assert state is not None
    assert begun(state) == [NOON]
    assert not (tmp_path / "mirrors" / "7").exists()


def test_two_groups_with_one_repository_have_each_their_own(repos: dict[str, Repo], tmp_path: Path) -> None:
    """A mirror that a group needs is not taken from it."""
    url = repos["ash"].url
    run(tmp_path, 0, g7=url)
    said, states = run(tmp_path, 1, g7=url, g8=url)

    assert said == ()
    assert (begun(states["7"]), begun(states["8"])) == ([NOON], [NOON + timedelta(hours=1)])


def test_an_address_in_another_case_or_after_a_renaming_is_the_same(repos: dict[str, Repo], tmp_path: Path) -> None:
    """Forges do not tell cases apart, and a roster may be corrected to where the server redirects."""
    folder = tmp_path / "mirrors" / "7"
    _, states = run(tmp_path, 0, g7=repos["ash"].url)
    urls = "https://github.com/Ash/Tree", "https://github.com/ash/renamed"
    save_state(folder, states["7"].model_copy(update={"repo_url": urls[0], "redirected_to": urls[1]}))
    write_whole(folder, "github.json", unknown_facts(urls[0], "why", NOON).model_dump_json().encode())

    for url in ("https://github.com/ash/tree", "https://github.com/ash/renamed"):
        assert settle_mirrors([Group(id="7", repo_url=url)], tmp_path / "mirrors") == ()
        assert stored_state(Group(id="7", repo_url=url), make_rules(tmp_path).course) is not None
    assert load_beside(folder, "https://github.com/ash/tree").github is not None
    assert load_beside(folder, "https://github.com/ash/other").github is None


def test_a_mirror_that_is_made_again_keeps_what_was_seen(repos: dict[str, Repo], tmp_path: Path) -> None:
    """A damaged disk takes objects; when a commit was there is still known."""
    run(tmp_path, 0, g7=repos["ash"].url)
    shutil.rmtree(tmp_path / "mirrors" / "7" / "repo.git" / "objects" / "pack")
    run_git(repos["ash"].path, "update-ref", "refs/heads/more", "main")
    _, states = run(tmp_path, 1, g7=repos["ash"].url)

    assert (states["7"].problem, begun(states["7"])) == (None, [NOON])


def test_a_run_that_was_ended_in_between_loses_nothing(repos: dict[str, Repo], tmp_path: Path) -> None:
    """Set aside, and then killed before the new address was asked."""
    url = repos["ash"].url
    run(tmp_path, 0, g7=url)
    settle_mirrors([Group(id="7", repo_url=repos["oak"].url)], tmp_path / "mirrors")
    (tmp_path / "mirrors" / "7").mkdir()

    assert begun(run(tmp_path, 1, g7=url)[1]["7"]) == [NOON]


def test_an_address_that_came_twice_keeps_the_older(repos: dict[str, Repo], tmp_path: Path) -> None:
    """What was seen first says more."""
    url, other = repos["ash"].url, repos["oak"].url
    run(tmp_path, 0, g7=url)
    run(tmp_path, 1, g7=other, g8=url)  # 8 takes over what 7 leaves
    run(tmp_path, 2, g7=url, g8=url)  # 7 begins anew
    run(tmp_path, 3, g9=other)

    assert begun(run(tmp_path, 4, g10=url)[1]["10"]) == [NOON]


def test_a_folder_that_cannot_be_made_is_one_sentence(repos: dict[str, Repo], tmp_path: Path) -> None:
    """Nothing is moved then."""
    run(tmp_path, 0, g7=repos["ash"].url)
    (tmp_path / "mirrors" / ".former").write_text("")

    with pytest.raises(OutputError, match="could not be moved"):
        settle_mirrors([Group(id="7", repo_url=repos["oak"].url)], tmp_path / "mirrors")
    assert load_state(tmp_path / "mirrors" / "7") is not None
