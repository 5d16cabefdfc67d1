"""Probes about what a deployed service keeps of its requests: inputs, predictions, labels."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harvester.models.code import Call, Function
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.code import or_unread
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.threads import Site, called, full_name, reach, routes

_STORES = re.compile(
    r"(?:^|[.?])(?:upload_from_(?:string|filename|file)|upload_blob|put_object|upload_file(?:obj)?|insert_rows(?:_json)?"
    r"|insert_one|insert_many|load_table_from_\w+|to_parquet|to_sql|to_gbq|to_pickle|to_feather|writerows?|write_text"
    r"|write_bytes|writelines|log_struct|add_all|rpush|lpush|hset|xadd|publish|imwrite|copyfileobj|to_csv|to_json"
    r"|insert_row|bulk_save_objects|upsert)$|^(?:json|pickle|joblib)\.dump$|^numpy\.save\w*$|^torch\.save$"
)
_WRITES = re.compile(r"(?:^|[.?])(?:write|save|execute|executemany|add|set|create|insert)$")
_NO_STORE = re.compile(
    r"^\?*(?:st|sys|streamlit|self\.stdout|response)\b|^streamlit\.|^sys\.std|^wandb\.|^mlflow\.|stdout"
)
_OPENS = re.compile(r"(?:^|[.?])open$|(?:^|\.)open$")
_LOGS = re.compile(r"(?:^|[.?])(?:info|debug|log|warning)$|^print$")
_CLIENTS = re.compile(r"^(?:requests|httpx|aiohttp|urllib)\.\S*$|(?:^|[.?])(?:client|session|api)\.post$")
_PREDICTION = re.compile(
    r"(?<![a-z])(?:pred(?:s|ict(?:ed|ions?)?)?|labels?|probs?|proba|probabilit(?:y|ies)|scores?|confidences?|outputs?"
    r"|results?|answers?|logits?|sentiments?|class(?:_name|_id|_idx|es)?|category|generated|caption|translation|summary"
    r"|decision|response|estimate|forecast|reconstruct\w*|detections?|y_hat|yhat)(?![a-z])",
    re.IGNORECASE,
)
_INPUT = re.compile(
    r"(?<![a-z])(?:inputs?|features?|embeddings?|pixels?|brightness|contrast|sharpness|texts?|images?|img|audio|waveform"
    r"|payload|prompts?|queries|query|question|tweets?|reviews?|sentences?|statements?|documents?|instances?|rows?|titles?"
    r"|contents?|body|x|spectrogram|vector|tokens|headline|headlines|comment|message)(?![a-z])",
    re.IGNORECASE,
)
_FEATURES = re.compile(r"(?<![a-z])(?:features?|embeddings?|inputs?_data)(?![a-z])", re.IGNORECASE)
_QUALITY = re.compile(
    r"(?<![a-z])(?:true_?\w*|ground_?truth|actual|feedback|correct\w*|confidences?|probs?|proba|probabilit(?:y|ies)|scores?"
    r"|target|rating|y_true)(?![a-z])",
    re.IGNORECASE,
)
_NO_INPUT = re.compile(
    r"(?:file_?name|filename|content_type|size|(?:^|[._])(?:id|name|path|time|date|now|timestamp|uuid|user|model|version"
    r"|latency|status|url|uri|key|headers?|client|host|method|cfg|config|bucket\w*|blob|model_\w+|len))$",
    re.IGNORECASE,
)
_NO_FIELD = re.compile(
    r"BackgroundTasks|Request$|Response$|Session$|Depends|Settings|Config$|WebSocket|Header|HTTPAuth"
)
_MODEL_CALL = re.compile(
    r"(?<![a-z])(?:model|predict\w*|classif\w*|infer\w*|session|pipeline|pipe|generate|forward|softmax|argmax|sigmoid"
    r"|logits|net|clf|regressor|estimator|detect\w*|transcribe|translate)\w*(?:\.\w+)*\s*\(",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\b(?:len|type|id)\([^()]*\)")
_COUNTED = re.compile(r"^(?:num|n|count|total)_|_(?:count|shape|size|dim)$|\.(?:shape|size|dtype)$")
_NAME = re.compile(r"(?<![\w.\"'])[A-Za-z_][\w.]*(?:\[[\"'][\w ]+[\"']\])*")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """One place where a service keeps something of a request."""

    spot: Spot
    route: Spot
    inputs: bool
    predictions: bool
    quality: bool
    monitored: bool
    """Whether the file that keeps it speaks of monitoring."""


def requests_stored(facts: Facts, *, inputs: bool = True) -> Finding:
    """The service stores predictions together with inputs or features, in a file, bucket or database.

    Parameters
    ----------
    inputs
        Whether inputs or features have to be stored, too; a file's name is none.
    """
    kept = [one for one in kept_requests(facts) if one.predictions]
    whole = _with_inputs(kept) if inputs else kept
    spots = dict.fromkeys(spot for one in whole for spot in (one.spot, one.route))
    reason = "" if inputs else "predictions are stored, but not what they were made from"
    return or_unread(facts, found(spots, reason), "python")


def _with_inputs(kept: list[Kept]) -> list[Kept]:
    """What is stored with inputs; parts of one request may be stored apart."""
    routes_with_inputs = {one.route for one in kept if one.inputs}
    return [one for one in kept if one.route in routes_with_inputs]


def quality_stored(facts: Facts) -> Finding:
    """The service stores predictions with labels, feedback or confidence."""
    kept = [one for one in kept_requests(facts) if one.predictions and one.quality]
    return found(dict.fromkeys(spot for one in kept for spot in (one.spot, one.route)))


def stored_for_monitor(facts: Facts) -> Finding:
    """The service stores predictions for monitoring."""
    kept = [one for one in kept_requests(facts) if one.predictions and one.monitored]
    spots = dict.fromkeys(spot for one in kept for spot in (one.spot, one.route))
    return found(spots, "predictions are stored for a monitor that is not there")


def requests_logged(facts: Facts) -> Finding:
    """A log line of the service tells what it predicted."""
    spots = []
    for path, function, _ in routes(facts):
        trail = _Trail(facts, Site(path, function.name))
        spots += [
            Spot(path, call.line)
            for call in facts.called_in.get(Site(path, function.name), ())
            if _LOGS.search(call.name) and any(_logged(trail, text) for text in call.args)
        ]
    return found(spots, "only a log line tells of predictions")


def _logged(trail: "_Trail", text: str) -> bool:
    """Whether a placeholder of a log message, or a further argument, holds a prediction."""
    parts = re.findall(r"\{([^{}]+?)(?::[^{}]*)?\}", text) if text[:1] in "frFR\"'" else [text]
    return any(
        trail.meaning(name).predictions
        for part in parts
        for name in _NAME.findall(_COUNTS.sub(" ", part))
        if not _NO_INPUT.search(name)
    )


def answers_saved(facts: Facts) -> Finding:
    """A client saves what the service answers."""
    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.NOTEBOOK, Role.TESTS):
        for function in ("", *(one.name for one in file.functions)):
            calls = facts.called_in.get(Site(path, function), ())
            if any(_CLIENTS.search(call.name) for call in calls):
                spots += [Spot(path, call.line) for call in calls if _is_store(facts, Site(path, function), call)]
    return found(spots, "only a client saves what the service answers")


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
    trail = _Trail(facts, start)
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
                _speaks_of_monitoring(facts, site),
            )


def _speaks_of_monitoring(facts: Facts, site: Site) -> bool:
    file = facts.python[site.path]
    return any("monitor" in text.text.lower() and len(text.text) < 80 for text in file.strings)


def _is_store(facts: Facts, site: Site, call: Call) -> bool:
    """Whether a call keeps something beyond the request: no temporary file, no text in memory."""
    if _NO_STORE.search(call.name) or call.name in facts.functions:
        return False
    around = facts.called_in.get(site, ())
    last = call.name.rpartition(".")[2]
    if _STORES.search(call.name):
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


@dataclass(slots=True)
class Meaning:
    """What a value is made of."""

    inputs: bool = False
    predictions: bool = False
    quality: bool = False

    def add(self, other: "Meaning") -> None:
        """Take in another value's meaning."""
        self.inputs |= other.inputs
        self.predictions |= other.predictions
        self.quality |= other.quality


@dataclass
class _Trail:
    """Follows values from a route to where they are kept."""

    facts: Facts
    start: Site
    sites: tuple[Site, ...] = ()
    callers: dict[Site, list[tuple[Site, Call]]] = field(default_factory=dict)
    _busy: set[tuple[Site, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sites = tuple(reach(self.facts, [self.start]))
        for site in self.sites:
            for call, leads in called(self.facts, site):
                for other in leads:
                    self.callers.setdefault(other, []).append((site, call))

    def of_store(self, site: Site, call: Call) -> Meaning:
        """What a call keeps: its arguments; of a function that only keeps, everything it is given."""
        meaning = Meaning()
        for text in (*call.args, *(value for _, value in call.kwargs)):
            meaning.add(self.of_text(site, text))
        owner = call.name.rpartition(".")[0].lstrip("?")
        if re.fullmatch(r"[a-z_]\w*", owner):
            meaning.add(self.of_name(site, owner))
        function = self._function(site)
        if site != self.start and function:
            for param in function.params:
                meaning.add(self.of_name(site, param.name))
        return meaning

    def meaning(self, name: str) -> Meaning:
        """What a name of the route stands for."""
        return self.of_name(self.start, name)

    def of_text(self, site: Site, text: str) -> Meaning:
        """What the names in an expression stand for."""
        meaning = Meaning()
        for name in _NAME.findall(_COUNTS.sub(" ", text)):
            meaning.add(self.of_name(site, name))
        return meaning

    def of_name(self, site: Site, name: str) -> Meaning:
        """What a name stands for: what it is assigned, what callers give for it, a field of the request."""
        key = (site, name)
        if key in self._busy or len(self._busy) > 40:
            return Meaning()
        self._busy.add(key)
        try:
            return self._of_name(site, name)
        finally:
            self._busy.discard(key)

    def _of_name(self, site: Site, name: str) -> Meaning:
        if _COUNTED.search(name):
            return Meaning()
        first = name.split(".")[0].split("[")[0]
        meaning = Meaning(bool(_FEATURES.search(name)), bool(_PREDICTION.search(name)), bool(_QUALITY.search(name)))
        assigned = tuple(self._assigned(site, first))
        if any(_MODEL_CALL.search(text) for text in assigned):
            meaning.predictions = True
            return meaning
        if _NO_INPUT.search(name):
            return meaning
        for text in assigned:
            meaning.add(self.of_text(site, text))
        function = self._function(site)
        given = False
        if function and first in (param.name for param in function.params):
            if site == self.start:
                meaning.inputs |= self._is_field(function, first)
                return meaning
            for text, where in self._given(site, function, first):
                given = True
                meaning.add(self.of_text(where, text))
        if not assigned and not given and not meaning.predictions:
            meaning.inputs |= bool(_INPUT.search(name))
        return meaning

    def _assigned(self, site: Site, name: str) -> Iterator[str]:
        """Texts of what a variable is made of: assigned, appended, put under a key."""
        for one in self.facts.python[site.path].assigns:
            target = re.split(r"[\[.]", one.target)[0]
            if target == name and one.within in (site.name, ""):
                yield one.value
        for call in self.facts.called_in.get(site, ()):
            if call.name.lstrip("?").rpartition(".")[0] == name and call.name.endswith(
                (".append", ".extend", ".update")
            ):
                yield from call.args

    def _given(self, site: Site, function: Function, name: str) -> Iterator[tuple[str, Site]]:
        """What callers give for a parameter; of a function that is handed on, the arguments after it."""
        names = [param.name for param in function.params if param.name not in ("self", "cls")]
        position = names.index(name) if name in names else 0
        for where, call in self.callers.get(site, ()):
            arguments = list(call.args)
            handed = [i for i, text in enumerate(arguments) if self._is(where, text, site)]
            if handed:
                arguments = arguments[handed[0] + 1 :]
            text = call.kwarg(name) or (arguments[position] if position < len(arguments) else None)
            if text is not None:
                yield text, where

    def _is(self, where: Site, text: str, site: Site) -> bool:
        if not re.fullmatch(r"[A-Za-z_][\w.]*", text):
            return False
        full = full_name(self.facts, where.path, text)
        path, function = self.facts.functions.get(full, ("", None))
        return function is not None and Site(path, function.name) == site

    def _is_field(self, function: Function, name: str) -> bool:
        """Whether a parameter of a route is what the request asks about."""
        param = next(param for param in function.params if param.name == name)
        return not _NO_FIELD.search(param.annotation) and not _NO_FIELD.search(param.default)

    def _function(self, site: Site) -> Function | None:
        file = self.facts.python.get(site.path)
        return file.function(site.name) if file and site.name else None
