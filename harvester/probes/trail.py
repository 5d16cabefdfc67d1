"""Follows values from a route to where they are kept: what of a request, what of an answer they are made of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from harvester.models.code import NOT_LITERAL, Call, Function, literal
from harvester.models.facts import Facts
from harvester.probes.code import loops_of
from harvester.probes.threads import DOTTED_NAME, Site, called, full_name, function_at, reach

_PREDICTION = re.compile(
    r"(?<![a-z])(?:pred(?:s|ict(?:ed|ions?)?)?|labels?|probs?|proba|probabilit(?:y|ies)|scores?|confidences?|outputs?"
    r"|results?|answers?|logits?|sentiments?|class(?:_name|_id|_idx|es)?|category|generated|caption|translation|summary"
    r"|decision|response|estimate|forecast|reconstruct\w*|detections?|y_hat|yhat)(?![a-z])",
    re.IGNORECASE,
)
_INPUT = re.compile(
    r"(?<![a-z])(?:inputs?|features?|embeddings?|pixels?|brightness|contrast|sharpness|texts?|images?|img|audio"
    r"|waveform"
    r"|payload|prompts?|queries|query|question|tweets?|reviews?|sentences?|statements?|documents?|instances?"
    r"|rows?|titles?"
    r"|contents?|body|x|spectrogram|vector|tokens|headline|headlines|comment|message)(?![a-z])",
    re.IGNORECASE,
)
_INPUT_KEY = re.compile(
    r"[\"'](?:features?|texts?|sentences?|prompt|question|review|tweet|headline)[\"']\s*:\s*(?!None\b)"
)
_FEATURES = re.compile(r"(?<![a-z])(?:features?|embeddings?|inputs?_data)(?![a-z])", re.IGNORECASE)
_QUALITY = re.compile(
    r"(?<![a-z])(?:true_?\w*|ground_?truth|actual|feedback|correct\w*|confidences?|(?:un)?certaint(?:y|ies)|probs?|proba|probabilit(?:y"
    r"|ies)|scores?"
    r"|target|rating|y_true)(?![a-z])",
    re.IGNORECASE,
)
_NO_INPUT = re.compile(
    r"(?:file_?name|filename|content_type|size|(?:^|[._])(?:id|name|path|time|date|now|timestamp|uuid|user|model"
    r"|version"
    r"|latency|status|url|uri|key|headers?|client|host|method|cfg|config|bucket\w*|blob|model_\w+|len))$",
    re.IGNORECASE,
)
_NO_FIELD = re.compile(
    r"BackgroundTasks|(?:^|\.)Request$|Response$|Session$|Depends|Settings|Config$|WebSocket|Header|HTTPAuth"
)
_MODEL_CALL = re.compile(
    r"(?<![a-z])(?:model|predict|classif|infer|session|pipe|generate|forward|softmax|argmax|sigmoid|logits|net"
    r"|clf|regressor"
    r"|estimator|detect|transcribe|translate)\w*(?:\.\w+)*\s*\(",
    re.IGNORECASE,
)
_CONFIDENCE = re.compile(
    r"\b(?:softmax|sigmoid|predict_proba|decision_function)\b|\bexp\(\w*(?:logit|log_?p|pred|output)"
)
"""What makes probabilities."""
_COUNTS = re.compile(r"\b(?:len|type|id|\w*hash\w*|md5|sha\d+)\([^()]*\)")
_DIGESTS = re.compile(r"hash|\b(?:md5|sha\d+)$")
_COUNTED = re.compile(
    r"^(?:num|n|count|total)_|_(?:count|shape|size|dim|time|ms|latency|duration|seconds|path|file|dir|url|hash)$"
    r"|\.(?:shape|size|dtype)$"
)
_GATHERS = frozenset(("append", "extend", "update", "put", "put_nowait", "appendleft"))
_NAME = re.compile(r"(?<![\w.\"'])[A-Za-z_][\w.]*(?:\[[\"'][\w ]+[\"']\])*")


_DEEPEST = 30


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
class Trail:
    """Follows values from a route to where they are kept."""

    facts: Facts
    start: Site
    sites: tuple[Site, ...] = ()
    callers: dict[Site, list[tuple[Site, Call]]] = field(default_factory=dict)
    assigns: dict[str, dict[str, list[tuple[str, str]]]] = field(default_factory=dict)
    _busy: set[tuple[Site, str]] = field(default_factory=set)
    _known: dict[tuple[Site, str], Meaning] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sites = tuple(reach(self.facts, [self.start]))
        for site in self.sites:
            for call, leads in called(self.facts, site):
                for other in leads:
                    self.callers.setdefault(other, []).append((site, call))

    def way_to(self, site: Site) -> tuple[Site, ...]:
        """A function and those that lead to it."""
        found = [site]
        for one in found:
            found += [caller for caller, _ in self.callers.get(one, ()) if caller not in found]
        return tuple(found)

    def of_store(self, site: Site, call: Call) -> Meaning:
        """What a call keeps: its arguments; of a function that only keeps, everything it is given."""
        meaning = Meaning()
        for text in (*call.args, *(value for _, value in call.kwargs)):
            meaning.add(self.of_text(site, text))
            meaning.inputs |= self._says_input(site, text)
        owner = call.name.rpartition(".")[0].lstrip("?")
        if re.fullmatch(r"[a-z_]\w*", owner):
            meaning.add(self.of_name(site, owner))
        function = function_at(self.facts, site)
        if site != self.start and function:
            for param in function.params:
                if not self._is_only_hashed(site, param.name):
                    meaning.add(self.of_name(site, param.name))
        return meaning

    def _is_only_hashed(self, site: Site, name: str) -> bool:
        """Whether a function takes nothing of a parameter but its hash, which tells nobody what was asked."""
        calls = [call for call in self.facts.called_in.get(site, ()) if name in call.args]
        texts = (text for some in self._assigns(site.path).values() for scope, text in some if scope == site.name)
        hashed = bool(calls) and all(_DIGESTS.search(call.name) for call in calls)
        return hashed and not any(re.split(r"[\[.]", one)[0] == name for text in texts for one in names_in(text))

    def _says_input(self, site: Site, text: str) -> bool:
        """Whether what is kept, or what callers give for it, has a key for what was asked."""
        texts = [text]
        for name in names_in(text):
            texts += self._assigned(site, name)
            function = function_at(self.facts, site)
            if function and name in (param.name for param in function.params):
                for given, where in self._given(site, function, name):
                    texts += [given, *self._assigned(where, given)]
        return any(_INPUT_KEY.search(one) for one in texts)

    def meaning(self, name: str) -> Meaning:
        """What a name of the route stands for."""
        return self.of_name(self.start, name)

    def of_text(self, site: Site, text: str) -> Meaning:
        """What the names in an expression stand for."""
        meaning = Meaning()
        for name in names_in(text):
            meaning.add(self.of_name(site, name))
        return meaning

    def of_name(self, site: Site, name: str) -> Meaning:
        """What a name stands for: what it is assigned, what callers give for it, a field of the request."""
        key = (site, name)
        if key in self._known:
            return self._known[key]
        if key in self._busy or len(self._busy) > _DEEPEST:
            return Meaning()
        self._busy.add(key)
        meaning = self._of_name(site, name)
        self._busy.discard(key)
        self._known[key] = meaning
        return meaning

    def _of_name(self, site: Site, name: str) -> Meaning:
        if _COUNTED.search(name):
            return Meaning()
        first = name.split(".")[0].split("[")[0]
        meaning = Meaning(bool(_FEATURES.search(name)), bool(_PREDICTION.search(name)), bool(_QUALITY.search(name)))
        assigned = tuple(self._assigned(site, first))
        meaning.quality |= any(_CONFIDENCE.search(text) for text in assigned)
        if any(map(_calls_model, assigned)):
            meaning.predictions = True
            return meaning
        if _NO_INPUT.search(name):
            return meaning
        for text in assigned:
            if text[:1] not in "[({" or literal(text) is NOT_LITERAL:  # the words of a list of names are no names
                meaning.add(self.of_text(site, text))
        for text, where in self._gathered(site, name):
            meaning.add(self.of_text(where, text))
        function = function_at(self.facts, site)
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
        for scope, text in self._assigns(site.path).get(name, ()):
            if scope in (site.name, ""):
                yield text
        for call in self.facts.called_in.get(site, ()):
            owner, _, method = call.name.lstrip("?").rpartition(".")
            if owner == name and method in _GATHERS:
                yield from call.args
        yield from (given for names, given, _ in loops_of(self.facts, *site) if name in names_in(names))

    def _gathered(self, site: Site, name: str) -> Iterator[tuple[str, Site]]:
        """What other methods of an object that a route runs put into one of its fields: texts, and where they stand."""
        owner, _, field_name = name.partition(".")
        kind = site.name.rpartition(".")[0]
        if owner != "self" or not kind:
            return
        for where in self.sites:
            if where.path == site.path and where != site and where.name.rpartition(".")[0] == kind:
                for call in self.facts.called_in.get(where, ()):
                    gatherer, _, method = call.name.lstrip("?").rpartition(".")
                    if method in _GATHERS and gatherer.endswith((f"{kind}.{field_name}", f"self.{field_name}")):
                        yield from ((text, where) for text in call.args)

    def _assigns(self, path: str) -> dict[str, list[tuple[str, str]]]:
        """What each variable of a file is assigned: (function, text)."""
        if path not in self.assigns:
            found = self.assigns.setdefault(path, {})
            for one in self.facts.python[path].assigns:
                found.setdefault(re.split(r"[\[.]", one.target)[0], []).append((one.within, one.value))
        return self.assigns[path]

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
        if not DOTTED_NAME.fullmatch(text):
            return False
        full = full_name(self.facts, where.path, text)
        path, function = self.facts.functions.get(full, ("", None))
        return function is not None and Site(path, function.name) == site

    def _is_field(self, function: Function, name: str) -> bool:
        """Whether a parameter of a route is what the request asks about."""
        param = next(param for param in function.params if param.name == name)
        return not _NO_FIELD.search(param.annotation) and not _NO_FIELD.search(param.default)


def _calls_model(text: str) -> bool:
    """Whether an expression runs a model; what makes an object of a class (`PredictionEntry(...)`) runs none."""
    called = (match[0].rstrip("( \n").rpartition(".")[2] for match in _MODEL_CALL.finditer(text))
    return any(not name[:1].isupper() for name in called)


def names_in(text: str) -> list[str]:
    """The names in an expression, but for what is only counted or hashed (`len(rows)`)."""
    return [str(name) for name in _NAME.findall(_COUNTS.sub(" ", text))]
