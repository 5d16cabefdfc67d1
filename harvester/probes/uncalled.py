"""Functions that nothing in the repository can call: no code, command, configuration or page has their name."""

import re

from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.contents import files_like
from harvester.probes.matching import once
from harvester.probes.threads import Site, unused_functions

_MAY_NAME = (
    *("*.py", "*.ipynb", "*.sh", "*.bash", "*.bat", "*.ps1", "*.slurm", "*.job", "*.toml", "*.yaml", "*.yml", "*.json"),
    *("*.cfg", "*.ini", "*.md", "*.rst", "*.txt", "*.mk", "Makefile", "justfile", "Procfile", "*dockerfile*", "*.tf"),
)
"""Files that may name a function so that it is called."""
_OFFER_ALL = ("fire.", "jsonargparse.", "invoke.")
"""Libraries that make commands of functions which they are not told of by name."""
_STARTS = frozenset(("main",))


def is_uncalled(facts: Facts, site: Site) -> bool:
    """Whether it is certain that nothing calls a function of the package.

    Methods, decorated functions and `main` may always be called, and so may all where some code could not be read.
    """
    name = site.name.partition(".")[0]
    known = _known(facts)
    key = Site(site.path, name)
    if key not in known:
        known[key] = bool(name) and name not in _STARTS and _is_never_named(facts, key)
    return known[key]


@once
def _known(_: Facts) -> dict[Site, bool]:
    return {}


def _is_never_named(facts: Facts, site: Site) -> bool:
    if facts.role(site.path) is not Role.PACKAGE or site.name not in unused_functions(facts, site.path):
        return False
    if any(call.name.startswith(_OFFER_ALL) for call in facts.python[site.path].calls):
        return False
    others = [one for one in files_like(facts, _MAY_NAME) if one.path != site.path and one.role is not Role.REPORT]
    if any(file.unread for file in others):
        return False
    facts.tree.load(file.path for file in others)
    named = re.compile(rf"\b{re.escape(site.name)}\b")
    return not any(named.search(line) for file in others for line in facts.tree.lines(file.path))
