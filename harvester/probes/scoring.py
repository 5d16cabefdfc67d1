"""Probes about a service that scores what it has served: quality figures over its own predictions."""

import re
from collections.abc import Iterator

from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.code import lines_of
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.stored import kept_requests
from harvester.probes.threads import Site, function_at, reach, routes

_SCORES = re.compile(
    r"^sklearn\.metrics\.\w*(?:score|error|report|loss)$|^torchmetrics\.|^evaluate\.load$"
    r"|^evidently\.\S*(?:Classification|Regression)\w*$"
)
_READS = re.compile(r"(?:^|[.?])(?:read_\w+|open|DictReader|reader|query|select|execute|find|download_\w+|fetch\w*)$")
_STORE = re.compile(
    r"^[\w./:{}$ -]*\.(?:csv|tsv|jsonl?|parquet|db|sqlite3?|log|txt|pkl)$|^select\b.*\bfrom\b", re.I | re.S
)
"""A file or table that is read."""
_SERVED = re.compile(
    r"(?<![a-z])(?:predictions?|predicted|inferences?|served|requests?|feedback|prod(?:uction)?|live)(?![a-z])"
)
"""What the file or table of what a service has served is called."""
_OTHER = re.compile(
    r"(?<![a-z])(?:test|train|val|valid|validation|eval|evaluation|reference|baseline|ground_?truth)(?![a-z])"
)


def served_scored(facts: Facts) -> Finding:
    """A route of the service computes a quality figure of the predictions that the service has kept.

    Scoring a test set in a route is none.
    """
    kept = {name for one in kept_requests(facts) if one.predictions for name in _stores_around(facts, one.spot)}
    spots: list[Spot] = []
    for path, function, _ in routes(facts, Role.PACKAGE):
        sites = tuple(reach(facts, [Site(path, function.name)]))
        calls = [(site, call) for site in sites for call in facts.called_in.get(site, ())]
        scores = [(site, call) for site, call in calls if _SCORES.search(call.name)]
        reads = {site for site, call in calls if scores and _READS.search(call.name)}
        served = {site for site in sites if reads and any(_is_served(name, kept) for name in _stores(facts, site))}
        for site, call in scores:
            near = _near(facts, site, reads | served)
            if near & reads and near & served:
                spots += [Spot(site.path, call.line), Spot(path, function.line)]
    return found(dict.fromkeys(spots))


def _near(facts: Facts, site: Site, others: set[Site]) -> set[Site]:
    """Those that a function runs, or that run it: what they read may be what it scores."""
    below = reach(facts, [site])
    return {other for other in others if other in below or site in reach(facts, [other])}


def _is_served(name: str, kept: set[str]) -> bool:
    """Whether a file or table holds what was served: it is written there, or called so."""
    low = name.lower()
    return not _OTHER.search(low) and (name in kept or bool(_SERVED.search(low)))


def _stores_around(facts: Facts, spot: Spot) -> Iterator[str]:
    """The files and tables that the function around a place names."""
    for one in facts.python[spot.path].functions:
        if one.line <= (spot.line or 0) <= one.end_line:
            yield from _stores(facts, Site(spot.path, one.name))


def _stores(facts: Facts, site: Site) -> Iterator[str]:
    """The files and tables that a function names, also by a constant of its module."""
    file, function = facts.python[site.path], function_at(facts, site)
    if function is None:
        return
    text = "\n".join(lines_of(facts, site.path, function))
    constants = {
        one.line for one in file.assigns if not one.within and re.search(rf"\b{re.escape(one.target)}\b", text)
    }
    for one in file.strings:
        if (one.within == site.name or (not one.within and one.line in constants)) and _STORE.search(one.text):
            yield one.text
