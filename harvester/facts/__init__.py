"""Facts: everything that a commit holds, read once per file and linked. Nothing of a group's is ever run."""

from pathlib import Path

from harvester.facts.cache import FactCache
from harvester.facts.collect import collect_facts


def open_cache(folder: Path | None, *, forget: bool = True) -> FactCache:
    """The cache of a group's facts, in its folder of mirrors; one that remembers nothing where there is no folder.

    Parameters
    ----------
    forget
        Whether what was made before, and is not asked for until the cache is closed, is forgotten.
    """
    return FactCache.open(folder, forget=forget)


__all__ = ["FactCache", "collect_facts", "open_cache"]
