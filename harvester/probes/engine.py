"""Asks the checks: evidence for every item, with a sentence and places; never an accusation on what was not read."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from harvester.models.check import CheckSpec
from harvester.models.evidence import Evidence, Place
from harvester.models.facts import Facts, Weaker
from harvester.models.status import EvidenceWord
from harvester.probes.binding import Check, bind_check
from harvester.probes.finding import Finding, Spot
from harvester.probes.places import MOST, make_places

Known = Callable[[CheckSpec, Callable[[], Evidence]], Evidence]
"""A check's evidence from before, else what asking it gives."""


def run_checks(
    checks: Sequence[CheckSpec], facts: Callable[[], Facts], *, year: str, known: Known | None = None
) -> Mapping[str, Evidence]:
    """Evidence by check id, as each check is in the template's year; `facts` is called where a check has to look.

    Raises
    ------
    ConfigError
        A check cannot be bound; `bind_checks` says so before.
    """
    of_year = [check.for_year(year) for check in checks]
    ask = known or (lambda _check, run: run())
    return {check.id: ask(check, partial(_ask, check, facts)) for check in of_year}


def _ask(check: CheckSpec, facts: Callable[[], Facts]) -> Evidence:
    return _run(bind_check(check), facts())


def _run(check: Check, facts: Facts) -> Evidence:
    if check.spec.unverifiable or check.found is None:
        reason = "Doing it leaves nothing in a repository that shows it."
        return _say(check, EvidenceWord.UNVERIFIABLE, reason, (), _hints(check, facts))
    first = check.found(facts)
    unsound = _unsound(facts, first.spots) if first.holds else ""
    if first.holds and not unsound:
        return _say(check, EvidenceWord.FOUND, first.reason, make_places(facts, first.spots), ())
    hints = _hints(check, facts)
    if unsound:
        return _say(check, EvidenceWord.PARTIAL, unsound, make_places(facts, first.spots), hints)
    second = check.partial(facts) if check.partial else Finding(False)
    if second.holds and first.holds is None:
        second = Finding(True, second.spots, f"only part of it was seen, since {first.reason}")
    weak = _partial(check, facts, second)
    if weak is not None:
        reason, places = weak
        return _say(check, EvidenceWord.PARTIAL, reason, places, hints)
    blind = next((one for one in (first, second) if one.holds is None), None)
    if blind is not None:
        return _say(check, EvidenceWord.UNKNOWN, blind.reason, (), hints)
    return _say(check, EvidenceWord.ABSENT, "", (), hints)


def _hints(check: Check, facts: Facts) -> tuple[Place, ...]:
    hints = check.hints(facts) if check.hints else Finding(False)
    return make_places(facts, hints.spots) if hints.holds else ()


def _unsound(facts: Facts, spots: Sequence[Spot]) -> str:
    """Why places prove at most `partial`: all of them are in files that do not parse."""
    files = [facts.files.get(spot.path) for spot in spots]
    reasons = [f"{file.path} {file.broken}" for file in files if file and file.broken]
    return reasons[0] if reasons and len(reasons) == len(spots) else ""


def _partial(check: Check, facts: Facts, second: Finding) -> tuple[str, tuple[Place, ...]] | None:
    """Why there is only part of it, and where: the whole in files that do not parse; the check's own partial rule.

    Else its found rule, asked of what else proves at most `partial`.
    """
    broken = _weaker(check, facts, first=True)
    if broken is None and second.holds:
        return second.reason, make_places(facts, second.spots)
    return broken or _weaker(check, facts, first=False)


def _weaker(check: Check, facts: Facts, *, first: bool) -> tuple[str, tuple[Place, ...]] | None:
    """The check's found rule, asked of views with weaker evidence."""
    views = (view for view in facts.weaker if view.first is first)
    return next((weak for view in views if (weak := _in_view(check, view)) is not None), None)


def _in_view(check: Check, view: Weaker) -> tuple[str, tuple[Place, ...]] | None:
    test = check.runs if view.only_runs else check.found
    if test is None:  # it would answer as for the graded commit: no
        return None
    finding = test(view.facts)
    reasons = {spot: view.origin(spot.path, spot.line) for spot in finding.spots} if finding.holds else {}
    weak = [spot for spot, reason in reasons.items() if reason]
    if not weak:
        return None
    rest = [spot for spot, reason in reasons.items() if not reason]
    return reasons[weak[0]], make_places(view.facts, (*weak, *rest), branch=view.branch)


def _say(
    check: Check, word: EvidenceWord, reason: str, places: tuple[Place, ...], hints: tuple[Place, ...]
) -> Evidence:
    return Evidence(
        id=check.spec.id, word=word, why=_why(check, word, reason, places), places=places[:MOST], hints=hints[:MOST]
    )


def _why(check: Check, word: EvidenceWord, reason: str, places: tuple[Place, ...]) -> str:
    looked = check.spec.looked_for or f"“{check.spec.title}”"
    at = f" ({_where(places[0])})" if places else ""
    if word is EvidenceWord.FOUND:
        return _sentence(f"Found {looked}{at}") if not reason else _sentence(f"{reason}{at}")
    if word is EvidenceWord.PARTIAL:
        return _sentence(f"Looked for {looked}: {reason or 'only part of it is there'}{at}")
    if word is EvidenceWord.ABSENT:
        return _sentence(f"Looked for {looked}; no trace was found")
    if word is EvidenceWord.UNKNOWN:
        return _sentence(f"Looked for {looked}, but could not look everywhere: {reason}")
    return _sentence(reason)


def _where(place: Place) -> str:
    return f"{place.path}:{place.line}" if place.line else place.path


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].upper() + text[1:] + "."
