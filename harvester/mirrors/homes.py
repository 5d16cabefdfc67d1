"""Which mirror is whose after the roster has changed: a typo, a swap or a new number loses none.

A mirror holds more than can be cloned again: what was there when, as the syncs saw it. One whose address the roster no
longer gives to its group waits in `.former` under `mirrors`, and comes back to the group that has that address.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harvester.errors import MirrorError, OutputError
from harvester.mirrors.state import load_state, sync_folder, write_whole
from harvester.mirrors.urls import same_repository
from harvester.models.group import Group, called
from harvester.models.mirror import MirrorState
from harvester.versions import digest, read_digest

HOMES = ".homes"
"""Under `mirrors`: a fingerprint of the addresses that it was last settled for."""
FORMER = ".former"
"""The folder, under `mirrors`, of mirrors whose address no group has."""


def settle_mirrors(groups: Iterable[Group], mirrors: Path) -> tuple[str, ...]:
    """Move mirrors to the groups that the roster gives their addresses. Returns what was moved, in sentences.

    One call at a time per folder, and none while a group is synced or graded.

    Raises
    ------
    OutputError
        A folder could not be moved; nothing is lost, and the next call goes on.
    """
    groups = tuple(groups)
    if is_settled(groups, mirrors):
        return ()
    wanted, names = _addresses(groups), {group.folder: group.id for group in groups}
    said = []
    try:
        for folder in list(_folders(mirrors)):
            url, state = wanted.get(folder.name), load_state(folder)
            if url is None or state is None or is_of(state, url):
                continue
            set_aside(folder)
            if state.heads:
                said.append(
                    f"{called(names[folder.name])} has another address than before: the mirror of {state.repo_url}, "
                    "and what syncs saw there, is kept aside and comes back with that address."
                )
        for group in groups:
            home = mirrors / group.folder
            free = not home.exists() or (home.is_dir() and not any(home.iterdir()))
            if group.repo_url and free and (found := _find(mirrors, group.repo_url, wanted)):
                found.rename(home)
                sync_folder(mirrors)
                said.append(f"{called(group.id)} goes on with the mirror of {group.repo_url} that was there before.")
        write_whole(mirrors, HOMES, _key(wanted).encode())
    except OSError as error:
        raise OutputError(f"{error.filename} could not be moved: {error.strerror or error}.") from error
    except MirrorError as error:
        raise OutputError(str(error)) from error
    return tuple(said)


def is_settled(groups: Iterable[Group], mirrors: Path) -> bool:
    """Whether every mirror is with the group whose address it has, as far as groups have mirrors."""
    return not mirrors.is_dir() or read_digest(mirrors / HOMES) == _key(_addresses(groups))


def _addresses(groups: Iterable[Group]) -> dict[str, str]:
    return {group.folder: group.repo_url for group in groups if group.repo_url}


def _key(wanted: Mapping[str, str]) -> str:
    return digest(json.dumps(wanted, sort_keys=True))


def is_of(state: MirrorState, url: str) -> bool:
    """Whether a mirror is of the repository at a URL, in whatever case, or before the server renamed it."""
    try:
        return any(same_repository(one, url) for one in (state.repo_url, state.redirected_to) if one)
    except ValueError:  # no URL
        return False


def set_aside(folder: Path) -> None:
    """Move a group's folder under `.former`, for the day its address comes back."""
    former = folder.parent / FORMER
    former.mkdir(mode=0o700, exist_ok=True)
    number = 1
    while (place := former / f"{folder.name}-{number}").exists():
        number += 1
    folder.rename(place)
    sync_folder(former)


def _find(mirrors: Path, url: str, wanted: Mapping[str, str]) -> Path | None:
    """The mirror of an address that no group has in its folder; of several the one that saw it first."""
    free = [*_folders(mirrors / FORMER), *(folder for folder in _folders(mirrors) if folder.name not in wanted)]
    states = [(folder, state) for folder in free if (state := load_state(folder)) and is_of(state, url)]
    fitting = [(state.heads[0].first, folder) for folder, state in states if state.heads]
    return min(fitting)[1] if fitting else None


def _folders(parent: Path) -> Iterator[Path]:
    """The folders of mirrors in a folder."""
    if parent.is_dir():
        yield from sorted(
            one for one in parent.iterdir() if one.name[:1] != "." and one.is_dir() and not one.is_symlink()
        )
