"""Fetches single blobs into a mirror that left them out for their size: the pictures that a report shows."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harvester.errors import MirrorError
from harvester.mirrors.failures import SyncFailedError, say_failure
from harvester.mirrors.local import LocalRefs
from harvester.mirrors.remote import Remote, SyncOptions, pack_size
from harvester.mirrors.state import save_state
from harvester.mirrors.urls import check_url
from harvester.models.mirror import REPOSITORY, MirrorState

log = logging.getLogger(__name__)
MOST_BLOBS = 60
MOST_KEPT = 150_000_000
"""Bytes that all blobs of one call may take."""
_MOST_EACH = 20_000_000
_MOST_FETCHED = 2 * MOST_KEPT
_BATCH = 15


def fetch_figures(folder: Path, state: MirrorState, key: str, oids: Iterable[str], options: SyncOptions) -> MirrorState:
    """Fetch pictures that the mirror left out, and remember in the state that it was done for `key`.

    Bounded: 60 blobs, 150 MB, and about 20 MB each, though git tells no size beforehand: what grows too large is ended,
    and its parts are tried by themselves. What a server refuses is given up; after a failure that may pass, the next
    sync tries again. Either is in the log.

    Parameters
    ----------
    folder
        The group's folder under `mirrors`, synced just now.
    oids
        Ids of blobs, those that matter most first.

    Raises
    ------
    MirrorError
        The state could not be written.
    """
    wanted = list(dict.fromkeys(oids))[:MOST_BLOBS]
    try:
        if wanted:
            check_url(state.repo_url, options.allow_protocols)
            _Fetch(Remote(state.repo_url, options), folder / REPOSITORY).run(wanted)
    except (SyncFailedError, MirrorError, OSError) as error:
        if not options.stop():
            log.warning("%s: large pictures of the report were not fetched. %s", folder, say_failure(error))
        if not isinstance(error, SyncFailedError) or error.failure.transient:
            return state
    if options.stop():
        return state
    state = state.model_copy(update={"figures_for": key})
    save_state(folder, state)
    return state


@dataclass
class _Fetch:
    """Fetches batches of blobs, and halves of those that grow too large."""

    remote: Remote
    repository: Path
    kept: int = MOST_KEPT
    """Bytes that the mirror may still grow by."""
    fetched: int = _MOST_FETCHED
    """Bytes that may still come over the network, those of ended fetches included."""

    def run(self, oids: Sequence[str]) -> None:
        pending = [oids[start : start + _BATCH] for start in range(0, len(oids), _BATCH)]
        while pending:
            batch = pending.pop(0)
            bound = min(len(batch) * _MOST_EACH, self.kept, self.fetched)
            if bound <= 0:
                return
            before = pack_size(self.repository)
            try:
                small = self.remote.fetch_blobs(self.repository, batch, before + bound)
            finally:
                LocalRefs(self.repository).clear_locks()
            self.kept -= pack_size(self.repository) - before
            self.fetched -= bound
            if not small and len(batch) > 1:
                half = (len(batch) + 1) // 2
                pending[:0] = [batch[:half], batch[half:]]
