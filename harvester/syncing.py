"""The order of the stages that touch the network, for one group: its mirror, GitHub's facts, large pictures."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.beside import Candidates, find_candidates, sync_facts
from harvester.errors import GroupError, HarvesterError, UserError, say_error
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.status import Status

if TYPE_CHECKING:
    from harvester.mirrors import SyncOptions
    from harvester.mirrors.github_api import GitHubApi

log = logging.getLogger("harvester")


def sync_group(
    group: Group, course: Course, token: str | None, stop: Callable[[], bool], api: "GitHubApi | None" = None
) -> MirrorState:
    """Bring one group's mirror up to date; whatever goes wrong becomes the state's status and problem.

    `stop` is asked all the time; True ends what git is at. `api` takes GitHub's facts; without it they are unknown.
    """
    from harvester.mirrors import SyncOptions
    from harvester.models.course import size_in_bytes

    if group.repo_url is None:
        return _no_url(group)
    options = SyncOptions(
        allow_protocols=course.allow_protocols,
        blob_limit=size_in_bytes(course.blob_limit),
        timeout=course.timeout,
        max_size=size_in_bytes(course.max_mirror_size),
        token=token,
        stop=stop,
    )
    try:
        return _sync(group, course, options, api)
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - one group never stops the class
        return _unsynced(group, course, error)


def _sync(group: Group, course: Course, options: "SyncOptions", api: "GitHubApi | None") -> MirrorState:
    from harvester.mirrors import sync_mirror
    from harvester.mirrors.lost import fetch_lost

    assert group.repo_url is not None  # noqa: S101 - for the type checker; the caller looks first
    folder = course.mirrors / group.folder
    state = sync_mirror(group.repo_url, folder, options)
    if problem := sync_facts(group.repo_url, folder, state, api, course.deadline):
        log.warning("facts of group %s: %s", group.id, problem)
    candidates = find_candidates(folder, state, course.deadline)
    if candidates.handed_in:
        fetch_lost(folder, state, candidates.handed_in, options)
    return _with_figures(folder, state, candidates, options)


def _with_figures(folder: Path, state: MirrorState, candidates: Candidates, options: "SyncOptions") -> MirrorState:
    """Have the mirror hold the large pictures that the report may show; once for all that may be graded."""
    moment = candidates.moment.isoformat() if candidates.moment else ""
    key = " ".join(filter(None, [state.head, moment, *candidates.commits]))
    if state.status is not Status.OK or state.problem or state.figures_for == key:
        return state
    from harvester.mirrors import fetch_figures
    from harvester.snapshot import find_missing_pictures, reader_kept

    try:
        with reader_kept():
            missing = find_missing_pictures(folder, state, deadline=candidates.moment, commits=candidates.commits)
    except GroupError:  # grading will say what is wrong with the mirror
        return state
    return fetch_figures(folder, state, key, missing, options)


def stored_state(group: Group, course: Course) -> MirrorState | None:
    """What the last sync left, for grading without a network; None where the group's address was never synced.

    A folder may hold the mirror of another address: the roster has changed since, or two groups changed their numbers.
    """
    from harvester.mirrors import is_of, load_state

    if group.repo_url is None:
        return _no_url(group)
    state = load_state(course.mirrors / group.folder)
    return state if state and is_of(state, group.repo_url) else None


def _unsynced(group: Group, course: Course, error: Exception) -> MirrorState:
    """The state of a group whose sync raised: that of before where there is a good one, and what went wrong."""
    if not isinstance(error, HarvesterError | OSError):
        log.error("syncing group %s stopped", group.id, exc_info=error)
    problem = say_error(error, f"group {group.id}")
    try:
        before = stored_state(group, course)
    except OSError:
        before = None
    if before is None or before.head is None:
        return MirrorState(repo_url=group.repo_url or "", status=Status.FAILED, problem=problem)
    return before.model_copy(
        update={"problem": f"The sync did not come to its end, so what is there is used. {problem}"}
    )


def _no_url(group: Group) -> MirrorState:
    problem = group.fault or "The roster names no repository for this group."
    return MirrorState(repo_url=group.written_url, status=Status.REFUSED, problem=problem)
