"""Brings the commit that was handed in and then taken off its branch, where the server still has it."""

import logging
from pathlib import Path

from harvester.errors import MirrorError
from harvester.mirrors.failures import SyncFailedError, say_failure
from harvester.mirrors.local import LocalRefs
from harvester.mirrors.refs import is_sha
from harvester.mirrors.remote import Remote, SyncOptions
from harvester.mirrors.urls import check_url
from harvester.models.mirror import REPOSITORY, MirrorState

log = logging.getLogger(__name__)


def fetch_lost(folder: Path, state: MirrorState, sha: str, options: SyncOptions) -> bool:
    """Have the mirror hold a commit, and keep it there. False where it does not and the server does not give it.

    GitHub keeps commits for a while after a force push, and gives them to who knows their sha. Why it failed is in the
    log.
    """
    repository = folder / REPOSITORY
    if not is_sha(sha) or state.head is None:
        return False
    local = LocalRefs(repository)
    try:
        if local.has_commit(sha):
            return True
        check_url(state.repo_url, options.allow_protocols)
        try:
            Remote(state.repo_url, options).fetch(repository, sha)
        finally:
            local.clear_locks()
        if local.has_commit(sha):
            return True
        reason = "The server does not give it."
    except (SyncFailedError, MirrorError, OSError) as error:
        reason = say_failure(error)
    if not options.stop():
        log.warning("%s: commit %s, which was handed in, is not in the mirror. %s", folder, sha, reason)
    return False
