"""Syncs one group's mirror: first clone, unchanged, changed, or failed; the state file last.

A mirror's folder holds `repo.git`, `state.json` and, while something is under way, `.part-*`. Objects are never removed
from a mirror, and what was once the tip of a branch stays reachable under `refs/harvester/seen`.
"""

import re
import shutil
import uuid
from datetime import datetime
from pathlib import Path

from harvester.errors import MirrorError
from harvester.mirrors.failures import Failure, SyncFailedError, disk_failure
from harvester.mirrors.homes import is_of, set_aside
from harvester.mirrors.local import LocalRefs
from harvester.mirrors.refs import HEADS
from harvester.mirrors.remote import Remote, SyncOptions
from harvester.mirrors.state import STATE, load_state, save_state, sync_folder
from harvester.mirrors.urls import check_url
from harvester.models.mirror import REPOSITORY, HeadSeen, MirrorState
from harvester.models.status import Status

_MOST_TIPS = 20_000
_GITS_OWN = frozenset(
    ("HEAD", "FETCH_HEAD", "config", "description", "hooks", "info", "packed-refs", "refs", "shallow")
)


def sync_mirror(repo_url: str, folder: Path, options: SyncOptions) -> MirrorState:
    """Bring a group's mirror to what its server has, and say how it went. One call at a time per folder.

    Parameters
    ----------
    repo_url
        What the roster names. Another repository than last time makes a new mirror; the old one is set aside.
    folder
        The group's own folder under `mirrors`; made where it is missing.

    Returns
    -------
    MirrorState
        As written to the folder. Whatever the server does is a status and a sentence in it. A sync that was told to
        stop writes nothing.

    Raises
    ------
    MirrorError
        The state itself could not be written.
    """
    now = options.now()
    try:
        old = load_state(folder)
        if old is not None and not is_of(old, repo_url):
            if old.heads:
                set_aside(folder)
            old = None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear_leftovers(folder)
    except OSError as error:
        raise MirrorError(f"{folder} cannot be used: {error.strerror or error}.", "See its rights.") from error
    try:
        check_url(repo_url, options.allow_protocols)
        state = _sync(Remote(repo_url, options), folder, old, now)
    except MirrorError as error:
        state = _failed(repo_url, old, Failure(error.status, error.message, error.hint), now)
    except SyncFailedError as error:
        state = _failed(repo_url, old, error.failure, now)
    except OSError as error:
        state = _failed(repo_url, old, disk_failure(error), now)
    if not options.stop():
        save_state(folder, state)
    return state


def _sync(remote: Remote, folder: Path, old: MirrorState | None, now: datetime) -> MirrorState:
    if old is None or not old.refs:
        return _clone(remote, folder, now, old)
    default, refs = remote.refs()
    if not any(name.startswith(HEADS) for name in refs):
        raise SyncFailedError(Failure(Status.EMPTY, "The repository has no branch any more."))
    repository = folder / REPOSITORY
    forced = old.forced
    if refs != old.refs:
        try:
            refs, new = _fetch(remote, repository, old, refs, now)
            forced += new
        except SyncFailedError as error:
            if error.failure.broken:
                return _clone(remote, folder, now, old)
            raise
    if f"{HEADS}{default}" not in refs:
        default = LocalRefs(repository).guess_default(refs)
    return _state(remote, default, refs, now, old).model_copy(update={"forced": forced})


def _fetch(
    remote: Remote, repository: Path, old: MirrorState, refs: dict[str, str], now: datetime
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Fetch what changed; returns what is there now, and the branches whose history was rewritten."""
    local = LocalRefs(repository)
    local.clear_locks()
    local.keep(sha for name, sha in old.refs.items() if refs.get(name) != sha)
    remote.fetch(repository)
    refs = local.refs()
    forced = []
    for name in sorted(old.refs.keys() & refs.keys()):
        before, after = old.refs[name], refs[name]
        if before == after or not name.startswith(HEADS):
            continue
        if local.is_ancestor(before, after):
            local.release(before)
        else:
            forced.append(f"{name.removeprefix(HEADS)} {before}..{after} {now.isoformat()}")
    return refs, tuple(forced)


def _clone(remote: Remote, folder: Path, now: datetime, old: MirrorState | None) -> MirrorState:
    """Clone beside the mirror, and put it in its place when it is whole. What earlier syncs saw stays known."""
    if not _is_ours(folder):
        raise MirrorError(f"{folder} holds other things than a mirror.", "Move them away, or name another folder.")
    part = folder / f".part-{uuid.uuid4().hex[:8]}"
    try:
        remote.clone(part)
        local = LocalRefs(part)
        refs = local.refs()
        default = local.head(refs) or local.guess_default(refs)
        if refs:
            local.forget_remote()
            _replace(folder, part)
    finally:
        _clear_leftovers(folder)
    return _state(remote, default, refs, now, old and old.model_copy(update={"figures_for": ""}))


def _replace(folder: Path, part: Path) -> None:
    """Put a new repository in place. Until a state is written again, there is no mirror."""
    (folder / STATE).unlink(missing_ok=True)
    repository = folder / REPOSITORY
    if repository.exists():
        repository.rename(folder / f".part-{uuid.uuid4().hex[:8]}")
    part.rename(repository)
    sync_folder(folder)


def _state(
    remote: Remote, default: str | None, refs: dict[str, str], now: datetime, old: MirrorState | None
) -> MirrorState:
    seen = dict(old.first_seen) if old else {}
    for name, sha in refs.items():
        if name.startswith(HEADS):
            seen.setdefault(sha, now)
    for sha in list(seen)[:-_MOST_TIPS]:
        del seen[sha]
    head = refs.get(HEADS + default) if default else None
    return MirrorState(
        repo_url=remote.url,
        status=Status.OK if head else Status.EMPTY,
        problem=None if head else "The repository is empty: nothing was pushed to it.",
        synced_at=now,
        tried_at=now,
        default_branch=default,
        head=head,
        refs=refs,
        redirected_to=remote.redirected_to,
        first_seen=seen,
        figures_for=old.figures_for if old else "",
        forced=old.forced if old else (),
        heads=_see_head(old.heads if old else (), head, now),
    )


def _see_head(heads: tuple[HeadSeen, ...], head: str | None, now: datetime) -> tuple[HeadSeen, ...]:
    if head is None:
        return heads
    if heads and heads[-1].sha == head:
        return (*heads[:-1], heads[-1].model_copy(update={"last": now}))
    return (*heads, HeadSeen(sha=head, first=now, last=now))[-_MOST_TIPS:]


def _failed(url: str, old: MirrorState | None, failure: Failure, now: datetime) -> MirrorState:
    """The state after a failure: that of before where there is a good one, and what went wrong."""
    if old is None or old.head is None:
        return MirrorState(
            repo_url=url, status=failure.status, problem=failure.sentence, hint=failure.hint, tried_at=now
        )
    since = f"{old.synced_at:%Y-%m-%d %H:%M %Z}" if old.synced_at else "before"
    problem = f"Not synced at {now:%Y-%m-%d %H:%M %Z}, so what was there at {since} is used. {failure.sentence}"
    return old.model_copy(update={"repo_url": url, "problem": problem, "hint": failure.hint, "tried_at": now})


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds nothing but a mirror's own files, or what is left of them, so that it may be replaced."""
    repository = folder / REPOSITORY
    if not repository.exists() or (repository / "objects").is_dir():
        return True
    return all(entry.name.removesuffix(".lock") in _GITS_OWN for entry in repository.iterdir())


def _clear_leftovers(folder: Path) -> None:
    """Remove what a killed run left behind."""
    for left in folder.iterdir():
        if re.fullmatch(r"\.part-[0-9a-f]{8}", left.name):
            shutil.rmtree(left, ignore_errors=True)
