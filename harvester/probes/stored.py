"""Probes about what a deployed service keeps of its requests: inputs, predictions, labels."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.code import lines_of
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import finds, once
from harvester.probes.threads import Site, routes
from harvester.probes.trail import Trail, names_in

_STORES = re.compile(
    r"(?:^|[.?])(?:upload_from_(?:string|filename|file)|upload_blob|put_object|upload_file(?:obj)?"
    r"|insert_rows(?:_json)?"
    r"|insert_one|insert_many|load_table_from_\w+|to_parquet|to_sql|to_gbq|to_pickle|to_feather|writerows?|write_text"
    r"|write_bytes|writelines|log_struct|add_all|rpush|lpush|hset|xadd|publish|imwrite|copyfileobj|to_csv|to_json"
    r"|insert_row|bulk_save_objects|upsert)$|^(?:json|pickle|joblib)\.dump$|^numpy\.save\w*$|^torch\.save$"
)
_FITTED = re.compile(
    r"state_dict|(?:^|[._])(?:encoder|scaler|model|vectori[sz]er|tokeni[sz]er|binari[sz]er|preprocessor|transformer)$",
    re.IGNORECASE,
)
_WRITES = re.compile(r"(?:^|[.?])(?:write|save|execute|executemany|add|set|create|insert)$")
_NO_STORE = re.compile(
    r"^\?*(?:st|sys|streamlit|self\.stdout|response)\b|^streamlit\.|^sys\.std|^wandb\.|^mlflow\.|stdout"
)
_OPENS = re.compile(r"(?:^|[.?])open$|(?:^|\.)open$")
_LOGS = re.compile(r"(?:^|[.?])(?:info|debug|log|warning)$|^print$")
_CLIENTS = re.compile(r"^(?:requests|httpx|aiohttp|urllib)\.\S*$|(?:^|[.?])(?:client|session|api)\.post$")


@dataclass(frozen=True, slots=True)
class Kept:
    """One place where a service keeps something of a request."""

    spot: Spot
    route: Spot
    inputs: bool
    predictions: bool
    quality: bool
    monitored: bool
    """Whether what keeps it speaks of monitoring."""


def requests_stored(facts: Facts, *, inputs: bool = True) -> Finding:
    """The service stores predictions together with inputs or features, in a file, bucket or database.

    Parameters
    ----------
    inputs
        Whether inputs or features have to be stored, too; a file's name is none.
    """
    kept = [one for one in kept_requests(facts) if one.predictions]
    whole = _with_inputs(kept) if inputs else kept
    spots = _spots(whole)
    reason = "" if inputs else "predictions are stored, but not what they were made from"
    return found(spots, reason)


def _spots(kept: Iterable[Kept]) -> Iterable[Spot]:
    """Where things are kept, each with its route."""
    return dict.fromkeys(spot for one in kept for spot in (one.spot, one.route))


def _with_inputs(kept: list[Kept]) -> list[Kept]:
    """What is stored with inputs; parts of one request may be stored apart."""
    routes_with_inputs = {one.route for one in kept if one.inputs}
    return [one for one in kept if one.route in routes_with_inputs]


def features_stored(facts: Facts) -> Finding:
    """The service stores inputs or features of what it is asked, and not what it predicted."""
    kept = [one for one in kept_requests(facts) if one.inputs and not one.predictions]
    spots = _spots(kept)
    return found(spots, "inputs are stored, but not what was made of them")


def quality_stored(facts: Facts) -> Finding:
    """The service stores predictions with labels, feedback or confidence."""
    kept = [one for one in kept_requests(facts) if one.predictions and one.quality]
    return found(_spots(kept))


def stored_for_monitor(facts: Facts) -> Finding:
    """The service stores predictions for monitoring."""
    kept = [one for one in kept_requests(facts) if one.predictions and one.monitored]
    spots = _spots(kept)
    return found(spots, "predictions are stored for a monitor that is not there")


def requests_logged(facts: Facts) -> Finding:
    """A log line of the service tells what it predicted."""
    spots = []
    for path, function, _ in routes(facts):
        trail = Trail(facts, Site(path, function.name))
        spots += [
            Spot(path, call.line)
            for call in facts.called_in.get(Site(path, function.name), ())
            if _LOGS.search(call.name) and any(_logged(trail, text) for text in call.args)
        ]
    return found(spots, "only a log line tells of predictions")


def _logged(trail: Trail, text: str) -> bool:
    """Whether a placeholder of a log message, or a further argument, holds a prediction."""
    parts = re.findall(r"\{([^{}]+?)(?::[^{}]*)?\}", text) if text[:1] in "frFR\"'" else [text]
    return any(trail.meaning(name).predictions for part in parts for name in names_in(part))


def answers_saved(facts: Facts) -> Finding:
    """A client saves what the service answers."""
    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.NOTEBOOK, Role.TESTS):
        for function in ("", *(one.name for one in file.functions)):
            calls = facts.called_in.get(Site(path, function), ())
            if any(_CLIENTS.search(call.name) for call in calls):
                spots += [Spot(path, call.line) for call in calls if _is_store(facts, Site(path, function), call)]
    return found(spots, "only a client saves what the service answers")


@once
def kept_requests(facts: Facts) -> tuple[Kept, ...]:
    """Every place where a route, or what it runs, keeps something."""
    return tuple(one for start, spot in _starts(facts) for one in _kept(facts, start, spot))


def _starts(facts: Facts) -> Iterator[tuple[Site, Spot]]:
    for path, function, _ in routes(facts):
        yield Site(path, function.name), Spot(path, function.line)
    for path, file in facts.code(Role.PACKAGE):
        used = {item.target.partition(".")[0] for item in file.imports if item.used}
        if used & {"streamlit", "gradio", "chainlit"} and not used & {"requests", "httpx", "aiohttp"}:
            yield Site(path, ""), Spot(path, 1)


def _kept(facts: Facts, start: Site, route: Spot) -> Iterator[Kept]:
    trail = Trail(facts, start)
    for site in trail.sites:
        for call in facts.called_in.get(site, ()):
            if not _is_store(facts, site, call):
                continue
            meaning = trail.of_store(site, call)
            yield Kept(
                Spot(site.path, call.line),
                route,
                meaning.inputs,
                meaning.predictions,
                meaning.quality,
                any(_speaks_of_monitoring(facts, one) for one in trail.way_to(site)),
            )


def _speaks_of_monitoring(facts: Facts, site: Site) -> bool:
    """Whether a function, its name or a constant that it uses speaks of monitoring."""
    file = facts.python[site.path]
    function = file.function(site.name) if site.name else None
    text = "\n".join(lines_of(facts, site.path, function)) if function else ""
    constants = {one.target for one in file.assigns if not one.within and "monitor" in one.value.lower()}
    texts = (one.text for one in file.strings if one.within == site.name)
    return (
        "monitor" in f"{site.path} {site.name}".lower()
        or any("monitor" in one.lower() for one in texts)
        or any(re.search(rf"\b{re.escape(name)}\b", text) for name in constants if name.isidentifier())
    )


def _is_store(facts: Facts, site: Site, call: Call) -> bool:
    """Whether a call keeps something beyond the request: no temporary file, no text in memory."""
    if finds(_NO_STORE, call.name) or call.name in facts.functions:
        return False
    if any(_FITTED.search(text) for text in call.args[:1]):  # a model, not what it was asked
        return False
    around = facts.called_in.get(site, ())
    last = call.name.rpartition(".")[2]
    if finds(_STORES, call.name):
        if last in ("to_csv", "to_json") and not _names_file(facts, site, call):
            return False
        return not (last in ("copyfileobj", "imwrite", "write_bytes") and _is_temporary(around))
    if not _WRITES.search(call.name):
        return False
    if last == "write":
        return _appends(around) and not _is_temporary(around)
    if last in ("execute", "executemany"):
        return any(re.search(r"\binsert\b|\breplace into\b", text, re.IGNORECASE) for text in _texts_in(facts, site))
    if last == "add":
        return any(one.name.rpartition(".")[2] == "commit" for one in around) or "collection" in call.name
    return last in ("set", "create", "insert") and bool(re.search(r"collection|document|table|db", call.name))


def _names_file(facts: Facts, site: Site, call: Call) -> bool:
    target = call.argument("path_or_buf", 0)
    if target is None:
        return False
    values = [one.value for one in facts.python[site.path].assigns if one.target == target]
    return not any("StringIO" in value or "BytesIO" in value for value in values)


def _is_temporary(around: Iterable[Call]) -> bool:
    return any("tempfile" in call.name.lower() or "temporary" in call.name.lower() for call in around)


def _appends(around: Iterable[Call]) -> bool:
    """Whether a file is opened to add to it, or to write text; an upload is written whole."""
    modes = [call.argument("mode", 1) or call.argument("mode", 0) or "" for call in around if _OPENS.search(call.name)]
    return any(mode.strip("\"'").startswith(("a", "w")) and "b" not in mode for mode in modes)


def _texts_in(facts: Facts, site: Site) -> Iterator[str]:
    for text in facts.python[site.path].strings:
        if text.within == site.name or not text.within:
            yield text.text
