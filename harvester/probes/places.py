"""Turns a probe's spots into places: a handful, best first, with the line that shows it and a permalink."""

from collections.abc import Callable, Iterable
from urllib.parse import quote

from harvester.models.evidence import Place
from harvester.models.facts import Facts
from harvester.probes.finding import Spot
from harvester.probes.matching import once

MOST = 5
_WIDTH = 160


def make_places(
    facts: Facts, spots: Iterable[Spot], *, branch: Callable[[str], str | None] | None = None
) -> tuple[Place, ...]:
    """At most a handful of places: one of each file first, in the probe's order."""
    kept = _spread(dict.fromkeys(spots))
    return tuple(_place(facts, spot, branch(spot.path) if branch else None) for spot in kept)


def _spread(spots: Iterable[Spot]) -> list[Spot]:
    first: dict[str, Spot] = {}
    rest = []
    for spot in spots:
        if spot.path in first:
            rest.append(spot)
        else:
            first[spot.path] = spot
    return [*first.values(), *rest][:MOST]


def _place(facts: Facts, spot: Spot, ref: str | None) -> Place:
    """A spot's place, which several checks may name."""
    known = _known(facts)
    if (spot, ref) not in known:
        known[spot, ref] = _make_place(facts, spot, ref)
    return known[spot, ref]


@once
def _known(_facts: Facts) -> dict[tuple[Spot, str | None], Place]:
    return {}


def _make_place(facts: Facts, spot: Spot, ref: str | None) -> Place:
    what = spot.what or _line(facts, spot)
    return Place(path=spot.path, line=spot.line, what=facts.mask(what)[:_WIDTH], url=_link(facts, spot, ref), ref=ref)


def _line(facts: Facts, spot: Spot) -> str:
    if spot.line is None or spot.path not in facts.tree.entries:
        return ""
    lines = facts.tree.lines(spot.path)
    return " ".join(lines[spot.line - 1].split())[: 4 * _WIDTH] if 0 < spot.line <= len(lines) else ""


def _link(facts: Facts, spot: Spot, ref: str | None) -> str | None:
    if not facts.web_url:
        return None
    kind, _, name = spot.path.partition(":")
    if kind == "commit" and name:
        return f"{facts.web_url}/commit/{quote(name)}"
    if kind in ("branch", "tag") and name:
        return f"{facts.web_url}/tree/{quote(name)}"
    anchor = f"#L{spot.line}" if spot.line else ""
    plain = "?plain=1" if anchor and spot.path.lower().endswith((".md", ".markdown", ".rst", ".ipynb")) else ""
    return f"{facts.web_url}/blob/{ref or facts.sha}/{quote(spot.path)}{plain}{anchor}"
