"""Facts: everything that a commit holds, read once per file and linked. Nothing of a group's is ever run."""

from pathlib import Path

from harvester.facts.cache import FactCache
from harvester.facts.collect import collect_facts


def open_cache(folder: Path | None, *, forget: bool = True, anew: bool = False) -> FactCache:
    """The cache of a group's facts, in its folder of mirrors; one that remembers nothing where there is no folder.

    Parameters
    ----------
    forget
        Whether what was made before, and is not asked for until the cache is closed, is forgotten.
    anew
        Whether all that is kept is forgotten before.
    """
    return FactCache.open(folder, forget=forget, anew=anew)


__all__ = ["FactCache", "collect_facts", "open_cache"]
