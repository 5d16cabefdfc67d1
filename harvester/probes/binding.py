"""Binds the rules of checks to probes when they are loaded: a typo fails in the first second, with file and key."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harvester.errors import WRONG_KINDS, ConfigError, nearest
from harvester.models.check import CheckSpec, Rule
from harvester.models.facts import Facts
from harvester.probes.finding import Finding, Spot
from harvester.probes.running import rule_of_runs
from harvester.probes.table import PROBES
from harvester.probes.unread import or_unknown

Test = Callable[[Facts], Finding]


@dataclass(frozen=True)
class Check:
    """A check whose rules can be asked. `runs` is what of the found rule asks about what runs."""

    spec: CheckSpec
    found: Test | None
    runs: Test | None
    partial: Test | None
    hints: Test | None


def bind_checks(specs: Sequence[CheckSpec]) -> tuple[Check, ...]:
    """Bind all rules, those of single years too.

    Raises
    ------
    ConfigError
        A rule names no probe, or gives one what it does not take.
    """
    for spec in specs:
        for year in spec.years:
            bind_check(spec.for_year(year))
    return tuple(bind_check(spec) for spec in specs)


@lru_cache(maxsize=1_000)
def bind_check(spec: CheckSpec) -> Check:
    """Bind one check's rules as they stand: once in a process, for all groups."""
    where = f"{spec.source or 'checks'}: {spec.id}"
    found = _bind(spec.found, f"{where}.found") if spec.found else None
    runs = rule_of_runs(spec.found) if spec.found else None
    return Check(
        spec,
        found,
        _bind(runs, f"{where}.found") if runs else None,
        _bind(spec.partial, f"{where}.partial") if spec.partial else None,
        _bind(spec.hints, f"{where}.hints") if spec.hints else None,
    )


def _bind(rule: Rule, where: str) -> Test:
    ((key, value),) = rule.items()
    if key == "all":
        return _all(tuple(_bind(part, f"{where}.all[{n}]") for n, part in enumerate(value)))
    if key == "any":
        return _any(tuple(_bind(part, f"{where}.any[{n}]") for n, part in enumerate(value)))
    if key == "not":
        return _not(_bind(value, f"{where}.not"))
    if key == "because":
        return _because(value, where)
    return _probe(key, value, f"{where}.{key}")


def _all(tests: tuple[Test, ...]) -> Test:
    def ask(facts: Facts) -> Finding:
        findings = []
        for test in tests:
            finding = test(facts)
            if finding.holds is False:
                return finding
            findings.append(finding)
        blocked = next((one for one in findings if one.holds is None), None)
        if blocked:
            return blocked
        reason = next((one.reason for one in findings if one.reason), "")
        return Finding(True, _interleave([one.spots for one in findings]), reason)

    return ask


def _any(tests: tuple[Test, ...]) -> Test:
    def ask(facts: Facts) -> Finding:
        findings = [test(facts) for test in tests]
        held = [one for one in findings if one.holds]
        if held:
            return Finding(True, _interleave([one.spots for one in held]), held[0].reason)
        return next((one for one in findings if one.holds is None), Finding(False))

    return ask


def _not(test: Test) -> Test:
    def ask(facts: Facts) -> Finding:
        finding = test(facts)
        return finding if finding.holds is None else Finding(not finding.holds)

    return ask


def _because(value: Mapping[str, Any], where: str) -> Test:
    """`because: {says: "...", rule: {...}}`: the rule, with the sentence that explains it."""
    if set(value) != {"says", "rule"} or not isinstance(value["says"], str) or not isinstance(value["rule"], dict):
        raise ConfigError(f"{where}.because needs `says` (a sentence) and `rule` (a rule).")
    test, says = _bind(value["rule"], f"{where}.because.rule"), value["says"]

    def ask(facts: Facts) -> Finding:
        finding = test(facts)
        return Finding(True, finding.spots, says) if finding.holds else finding

    return ask


def _interleave(groups: Sequence[tuple[Spot, ...]]) -> tuple[Spot, ...]:
    """The best of each part first, then the second best of each; each place once."""
    longest = max(map(len, groups), default=0)
    spots = (group[n] for n in range(longest) for group in groups if n < len(group))
    return tuple(dict.fromkeys(spots))


def _probe(name: str, arguments: Mapping[str, Any], where: str) -> Test:
    probe = PROBES.get(name)
    if probe is None:
        raise ConfigError(f"{where}: there is no probe `{name}`{_nearest(name, PROBES)}.", "See `harvester reference`.")
    adapters = _adapters(name)
    bound: dict[str, Any] = {}
    for key, value in arguments.items():
        if key not in adapters:
            raise ConfigError(f"{where}.{key}: the probe takes no such argument{_nearest(key, adapters)}.")
        try:
            bound[key] = adapters[key].validate_python(value)
        except ValidationError as error:
            raise ConfigError(_wrong(f"{where}.{key}", error)) from error
    missing = [key for key in _required(name) if key not in bound]
    if missing:
        raise ConfigError(f"{where} needs the argument {missing[0]!r}.")

    given = {one.name: one.default for one in parameters(name)} | bound

    def ask(facts: Facts) -> Finding:
        return or_unknown(facts, probe(facts, **bound), name, given)

    return ask


def parameters(name: str) -> Iterator[inspect.Parameter]:
    """A probe's arguments in YAML: its keyword-only parameters."""
    signature = inspect.signature(PROBES[name])
    return (one for one in signature.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY)


@cache
def _adapters(name: str) -> dict[str, TypeAdapter[Any]]:
    return {one.name: TypeAdapter(one.annotation) for one in parameters(name)}


@cache
def _required(name: str) -> tuple[str, ...]:
    return tuple(one.name for one in parameters(name) if one.default is inspect.Parameter.empty)


def _wrong(where: str, error: ValidationError) -> str:
    """What is wrong with an argument, in words for people who write YAML."""
    detail = error.errors(include_url=False)[0]
    keys = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in detail["loc"])
    if detail["type"] == "value_error":
        return f"{where}{keys}: {detail['msg'].partition(', ')[2]}."
    allowed = detail.get("ctx", {}).get("expected")
    text = f"has to be {allowed}" if allowed else WRONG_KINDS.get(detail["type"], detail["msg"])
    given = f", not {detail['input']!r}" if isinstance(detail["input"], str | int | float) else ""
    return f"{where}{keys}: {text}{given}."


def _nearest(name: str, known: Mapping[str, object]) -> str:
    return nearest(name, known) or f" (known: {', '.join(sorted(known)[:12])})"
