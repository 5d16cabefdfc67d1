"""Probes about serving the model: routes that run it, front ends, load tests, exchange formats."""

import re
from collections.abc import Iterable
from operator import itemgetter

from harvester.models.builds import Source
from harvester.models.code import Call
from harvester.models.facts import CODE, Facts
from harvester.models.files import Role
from harvester.probes.contents import is_there
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in
from harvester.probes.threads import Site, reach, routes

_FASTAPI = re.compile(r"^(?:fastapi|starlette)\b|APIRouter\b|FastAPI\b")
_RUNS = re.compile(
    r"(?:^|[._?])(?:predict\w*|\w+_predict|infer\w*|inference|classify\w*|forward|transcribe"
    r"|generate(?:_(?:text|caption|image|answer|response|prediction)s?)?|detect(?:_(?:objects?|faces?|people|persons?|boxes|images?|frames?|plates?))?"
    r"|get_\w*preds?|make_predictions?|run_model|load_learner|embed\w*|encode|segment\w*|recogni[sz]e\w*|recommend\w*"
    r"|score|translate|summari[sz]e|no_grad|inference_mode|softmax|argmax|decision_function|kneighbors"
    r"|sess(?:ion)?\.run|InferenceSession\.run)$"
)
_DRAWS = re.compile(r"\.(?:sample|generate|reconstruct|decode)\w*$")
"""Of a network of the group's own: it gives what it has learnt."""
_MODEL_NAME = re.compile(
    r"(?:^|[._?])\w*(?:model|net|network|classifier|regressor|predictor|pipeline|pipe|detector|estimator|learn|learner"
    r"|encoder|decoder|llm)s?(?:\.(?:module|to|eval))?$",
    re.IGNORECASE,
)
_LOADED = re.compile(
    r"^(?:torch\.(?:jit\.)?load|joblib\.load|pickle\.load|transformers\.pipeline|\S+\.from_pretrained"
    r"|\S+\.load_from_checkpoint|ultralytics\.(?:\w+\.)*(?:YOLO\w*|RTDETR|SAM|FastSAM|NAS)|torch\.hub\.load"
    r"|easyocr\.Reader|whisper\.load_model|\S*keras\.models\.load_model|mlflow\.\S+\.load_model"
    r"|onnxruntime\.InferenceSession)(?:\.\w+)*$"
)
_SCRIPT = re.compile(r"\w*(?:infer|predict|classif)\w*\.py\b")
_NO_RUN = re.compile(
    r"pydantic|prometheus|evidently|BaseModel|\.model_(?:dump|validate)|load_state_dict|^fastapi\.(?!Request|\S*\.state\.)|^str\b"
    r"|hashlib"
)
_MODULE = re.compile(
    r"^torch\.nn(?:\.modules\.module)?\.Module$|LightningModule$"
    r"|^transformers\.\w*(?:Model|For)\w*$|keras\S*\.Model$"
)
OTHER_FRAMEWORKS = re.compile(
    r"^(?:gradio\.(?:Interface|Blocks|ChatInterface)|litserve\.|bentoml\.|flask\.Flask|streamlit\."
    r"|functions_framework\.)"
)


def runs_model(facts: Facts, starts: Iterable[Site]) -> bool:
    """Whether some functions lead to a run of a model: a prediction, or a call of what was loaded as a model."""
    sites = reach(facts, starts)
    return any(_is_run(facts, call) for site in sites for call in facts.called_in.get(site, ()))


def _is_run(facts: Facts, call: Call) -> bool:
    name = call.name
    if _NO_RUN.search(name):
        return False
    if name.endswith(".encode"):  # of text, but for a model that embeds
        owner = name.removesuffix(".encode")
        return owner.startswith("sentence_transformers.") or bool(_MODEL_NAME.search(owner))
    if name in facts.functions:
        _, function = facts.functions[name]
        runs = _RUNS.search(name) or (_DRAWS.search(name) and _is_module(facts, name.rpartition(".")[0]))
        return bool(runs) and not function.stub and bool(facts.called_in.get(Site(*_site(facts, name))))
    if name in facts.classes:
        return _is_module(facts, name)
    unknown = name[0] == "?" or ".state." in name
    given = bool(call.args or call.kwargs)
    called = (unknown and _MODEL_NAME.search(name)) or _MODULE.search(name)
    return bool(_RUNS.search(name) or _LOADED.match(name) or (given and called))


def _is_module(facts: Facts, name: str) -> bool:
    """Whether a name is that of a network's class."""
    item = facts.classes[name][1] if name in facts.classes else None
    return item is not None and any(_MODULE.search(base) for base in (*item.bases, *item.ancestors))


def _site(facts: Facts, name: str) -> tuple[str, str]:
    path, function = facts.functions[name]
    return path, function.name


def inference_route(facts: Facts) -> Finding:
    """A FastAPI application has a route that runs the model."""
    first: list[tuple[bool, Spot]] = []
    for path, function, decorator in routes(facts, Role.PACKAGE, Role.NOTEBOOK):
        site = Site(path, function.name)
        if _is_fastapi(facts, path, decorator) and (runs_model(facts, [site]) or _starts_inference(facts, site)):
            first.append((not _RUNS.search(function.name), Spot(path, (decorator or function).line)))
    return found(spot for _, spot in sorted(first, key=itemgetter(0)))


def _starts_inference(facts: Facts, route: Site) -> bool:
    """Whether a route starts a script of the repository that is named after inference."""
    sites = reach(facts, [route])
    texts = (c.text for c in facts.commands if c.source is Source.PYTHON and Site(c.path, c.owner) in sites)
    return any(is_there(facts, name) for text in texts for name in _SCRIPT.findall(text))


def _is_fastapi(facts: Facts, path: str, decorator: Call | None) -> bool:
    if decorator and _FASTAPI.search(decorator.name):
        return True
    known = decorator is None or decorator.name.startswith("?")
    return known and any(item.target.startswith("fastapi") for item in facts.python[path].imports)


def api_there(facts: Facts) -> Finding:
    """There is an application that answers requests: FastAPI without inference, or another framework."""
    apps = facts.calls_of(("fastapi.FastAPI", "fastapi.applications.FastAPI"), CODE)
    spots = [Spot(path, call.line) for path, call in apps]
    if spots:
        return found(spots, "no route of the application runs the model")
    others = [Spot(path, (d or f).line) for path, f, d in routes(facts)]
    apps = facts.calls_of(found_in(OTHER_FRAMEWORKS, facts.calls), CODE)
    others += [Spot(path, call.line) for path, call in apps]
    return found(others, "another framework than FastAPI")
