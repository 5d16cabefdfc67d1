"""Probes about serving the model: routes that run it, front ends, load tests, exchange formats."""

import re
from collections.abc import Iterable, Iterator

from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.models.snapshot import EntryKind
from harvester.probes.code import or_unread
from harvester.probes.contents import matches_path
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import is_command
from harvester.probes.threads import Site, reach, routes

_FASTAPI = re.compile(r"^(?:fastapi|starlette)\b|APIRouter\b|FastAPI\b")
_RUNS = re.compile(
    r"(?:^|[._?])(?:predict\w*|\w+_predict|infer\w*|inference|classify\w*|generate\w*|forward|transcribe|detect\w*"
    r"|get_\w*preds?|make_predictions?|run_model|load_learner|embed\w*|encode|segment\w*|recogni[sz]e\w*|recommend\w*"
    r"|score|translate|summari[sz]e|no_grad|inference_mode|softmax|argmax|decision_function|kneighbors"
    r"|InferenceSession\.run)$"
)
_MODEL_NAME = re.compile(
    r"(?:^|[._?])\w*(?:model|net|network|classifier|regressor|predictor|pipeline|pipe|detector|estimator|learn|learner"
    r"|encoder|decoder|llm)s?(?:\.(?:module|to|eval))?$",
    re.IGNORECASE,
)
_LOADED = re.compile(
    r"^(?:torch\.(?:jit\.)?load|joblib\.load|pickle\.load|transformers\.pipeline|\S+\.from_pretrained"
    r"|\S+\.load_from_checkpoint|\S*keras\.models\.load_model|mlflow\.\S+\.load_model|onnxruntime\.InferenceSession)"
    r"(?:\.\w+)*$"
)
_NO_RUN = re.compile(r"pydantic|BaseModel|\.model_(?:dump|validate)|load_state_dict|fastapi\.|^str\b|\.encode$|hashlib")
_MODULE = re.compile(
    r"^torch\.nn(?:\.modules\.module)?\.Module$|LightningModule$"
    r"|^transformers\.\w*(?:Model|For)\w*$|keras\S*\.Model$"
)
_CLIENTS = re.compile(r"^(?:requests|httpx|aiohttp|urllib3|urllib\.request|grpc)\b.*|.*\.(?:post|get|request|urlopen)$")
OTHER_FRAMEWORKS = re.compile(
    r"^(?:gradio\.(?:Interface|Blocks|ChatInterface)|litserve\.|bentoml\.|flask\.Flask|functions_framework\.|streamlit\.)"
)
_HTTP = re.compile(r"^(?:requests|httpx|aiohttp|urllib3|urllib\.request|gradio_client|websockets?)\b")
_UIS = (
    "streamlit",
    "gradio",
    "dash",
    "nicegui",
    "chainlit",
    "panel",
    "taipy",
    "mesop",
    "reflex",
    "flet",
    "shiny",
    "solara",
)
_PAGE_CALLS = re.compile(
    r"\bfetch\s*\(|\baxios\b|XMLHttpRequest|\$\.(?:ajax|post|get)\s*\(|hx-(?:post|get)\s*=|<form\b[^>]*\baction|<form\b"
    r"[^>]*method\s*=\s*[\"']?post",
    re.IGNORECASE,
)
_PAGES = (".html", ".htm", ".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".jinja", ".j2", ".mjs")
_NO_PAGES = re.compile(
    r"(?:^|/)(?:docs?|site|reports?|htmlcov|assets/javascripts|_static|coverage|drift\w*)/|\.config\.\w+$|\.d\.ts$"
)


def runs_model(facts: Facts, starts: Iterable[Site]) -> bool:
    """Whether some functions lead to a run of a model: a prediction, or a call of what was loaded as a model."""
    sites = reach(facts, starts)
    return any(_is_run(facts, call) for site in sites for call in facts.called_in.get(site, ()))


def _is_run(facts: Facts, call: Call) -> bool:
    name = call.name
    if _NO_RUN.search(name):
        return False
    if name in facts.functions:
        _, function = facts.functions[name]
        return bool(_RUNS.search(name)) and not function.stub and bool(facts.called_in.get(Site(*_site(facts, name))))
    if name in facts.classes:
        item = facts.classes[name][1]
        return any(_MODULE.search(base) for base in (*item.bases, *item.ancestors))
    return bool(
        _RUNS.search(name) or _LOADED.match(name) or (call.args and _MODEL_NAME.search(name) and name[0] == "?")
    )


def _site(facts: Facts, name: str) -> tuple[str, str]:
    path, function = facts.functions[name]
    return path, function.name


def inference_route(facts: Facts) -> Finding:
    """A FastAPI application has a route that runs the model."""
    first: list[Spot] = []
    for path, function, decorator in routes(facts, Role.PACKAGE, Role.NOTEBOOK):
        if _is_fastapi(facts, path, decorator) and runs_model(facts, [Site(path, function.name)]):
            first.append(Spot(path, decorator.line if decorator else function.line))
    return or_unread(facts, found(first), "python")


def _is_fastapi(facts: Facts, path: str, decorator: Call | None) -> bool:
    if decorator and _FASTAPI.search(decorator.name):
        return True
    known = decorator is None or decorator.name.startswith("?")
    return known and any(item.target.startswith("fastapi") for item in facts.python[path].imports)


def api_there(facts: Facts) -> Finding:
    """There is an application that answers requests: FastAPI without inference, or another framework."""
    spots = [
        Spot(path, call.line)
        for path, file in facts.code()
        for call in file.calls
        if call.name in ("fastapi.FastAPI", "fastapi.applications.FastAPI")
    ]
    if spots:
        return found(spots, "no route of the application runs the model")
    others = [Spot(path, (d or f).line) for path, f, d in routes(facts)]
    others += [
        Spot(path, call.line) for path, file in facts.code() for call in file.calls if OTHER_FRAMEWORKS.match(call.name)
    ]
    return found(others, "another framework than FastAPI")


def frontend(facts: Facts, *, calls: bool = True) -> Finding:
    """A front end: Streamlit, Gradio or the like, or a page of HTML or JavaScript.

    Parameters
    ----------
    calls
        Only one that calls the API or the model.
    """
    spots = [*_apps(facts, calls), *(_pages(facts) if calls else ())]
    return or_unread(
        facts, found(spots, "" if calls else "the front end calls neither the API nor the model"), "python"
    )


def _apps(facts: Facts, must_call: bool) -> Iterator[Spot]:
    for path, file in facts.code(Role.PACKAGE):
        used = next((one for one in file.imports if one.used and one.target.split(".")[0] in _UIS), None)
        if used is None:
            continue
        sites = [Site(path, ""), *(Site(path, function.name) for function in file.functions)]
        ui = next((call for call in file.calls if call.name.split(".")[0] in _UIS), None)
        if ui and (not must_call or _sends(facts, sites) or runs_model(facts, sites)):
            yield Spot(path, ui.line)


def _sends(facts: Facts, sites: Iterable[Site]) -> bool:
    """Whether functions lead to a request."""
    return any(
        _HTTP.match(call.name) and _CLIENTS.match(call.name)
        for site in reach(facts, sites)
        for call in facts.called_in.get(site, ())
    )


def _pages(facts: Facts) -> Iterator[Spot]:
    """Pages that send something: files, and pages that routes give out as text."""
    for path, file in facts.files.items():
        if file.role in (Role.VENDORED, Role.GENERATED, Role.EXERCISE) or not path.lower().endswith(_PAGES):
            continue
        if file.size is None or file.size > 300_000 or _NO_PAGES.search(path):
            continue
        for number, line in enumerate((facts.tree.text(path) or "").splitlines(), 1):
            if _PAGE_CALLS.search(line[:2000]):
                yield Spot(path, number)
                break
    for path, python in facts.code(Role.PACKAGE):
        for text in python.strings:
            if "<form" in text.text.lower() or ("<html" in text.text.lower() and _PAGE_CALLS.search(text.text)):
                yield Spot(path, text.line)


def load_script(facts: Facts) -> Finding:
    """A script puts load on the API: locust, k6, JMeter, or one of the group's own."""
    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.TESTS, Role.NOTEBOOK):
        for item in file.classes:
            users = [base for base in (*item.bases, *item.ancestors) if re.match(r"^locust\..*User$", base)]
            tasks = any(call.name.endswith("task") for call in file.calls) or any(
                one.name.startswith("locust.") for f in file.functions for one in f.decorators
            )
            if users and (tasks or "tasks" in {field.name for field in item.fields}):
                spots.append(Spot(path, item.line))
        if re.search(r"load_?test|stress_?test|performance_?test|benchmark_api|locust", path, re.IGNORECASE):
            sent = next((call for call in file.calls if _HTTP.match(call.name) and call.loop), None)
            spots += [Spot(path, sent.line)] if sent else []
    spots += list(_other_loads(facts))
    return or_unread(facts, found(spots), "python")


def _other_loads(facts: Facts) -> Iterator[Spot]:
    for path, file in facts.files.items():
        if file.role in (Role.VENDORED, Role.GENERATED, Role.EXERCISE):
            continue
        if path.endswith(".jmx"):
            yield Spot(path, 1)
        elif path.endswith((".js", ".ts")) and file.size is not None and file.size < 100_000:
            text = facts.tree.text(path) or ""
            if re.search(r"from\s+['\"]k6|require\(['\"]k6", text):
                yield Spot(path, 1)
        elif path in facts.configs and matches_path(path, ("*artillery*.y*ml",)):
            yield Spot(path, 1)
    tools = ("ab -n*", "ab -c*", "hey -*", "wrk -*", "vegeta attack", "siege *", "oha *", "k6 run", "bombardier *")
    for command in facts.commands:
        if command.source.value != "docs" and is_command(command, tools):
            yield Spot(command.path, command.line)


_EXPORTS = re.compile(
    r"^torch\.onnx\.(?:export|dynamo_export)$|\.to_onnx$|^skl2onnx\.|^tf2onnx\.|^onnxmltools\.convert|^winmltools\.|\.export_onnx$"
)
_RUNTIMES = re.compile(r"^onnxruntime\.|^optimum\.onnxruntime\.|^onnxruntime_\w+\.|^cv2\.dnn\.readNetFromONNX")


def onnx_used(facts: Facts, *, whole: bool = True) -> Finding:
    """A model is exported to ONNX and run from it.

    Parameters
    ----------
    whole
        Both; false for either of the two.
    """
    sites = [(path, call) for path, file in facts.code(Role.PACKAGE, Role.NOTEBOOK) for call in file.calls]
    exports = [
        Spot(path, call.line)
        for path, call in sites
        if _EXPORTS.search(call.name) or "onnx" in (call.kwarg("format") or "").lower()
    ]
    runs = [Spot(path, call.line) for path, call in sites if _RUNTIMES.match(call.name)]
    both = any(
        call.name.startswith("optimum.onnxruntime.") and call.kwarg("export") == "True" for _, call in sites
    ) or (exports and runs)
    if whole:
        return or_unread(facts, found((*exports[:1], *runs, *exports[1:]) if both else ()), "python")
    return found((*exports, *runs), "ONNX is exported but never run" if exports else "ONNX is run but never exported")


def bento_service(facts: Facts) -> Finding:
    """Code defines a BentoML service."""
    spots = []
    for path, file in facts.code(Role.PACKAGE):
        spots += [
            Spot(path, call.line) for call in file.calls if re.match(r"^bentoml\.(?:Service|service)\b", call.name)
        ]
        spots += [
            Spot(path, one.line)
            for item in file.classes
            for one in item.decorators
            if one.name.startswith("bentoml.service")
        ]
    return or_unread(facts, found(dict.fromkeys(spots)), "python")


def torchserve_handler(facts: Facts) -> Finding:
    """TorchServe is set up: a handler, an archive, the archiver's command, or its configuration."""
    spots = [
        Spot(path, item.line)
        for path, file in facts.code()
        for item in file.classes
        if any(base.startswith("ts.torch_handler") for base in (*item.bases, *item.ancestors))
    ]
    spots += [
        Spot(command.path, command.line)
        for command in facts.commands
        if command.source.value != "docs" and is_command(command, ("torch-model-archiver", "torchserve"))
    ]
    for path, file in facts.files.items():
        if file.role in (Role.VENDORED, Role.GENERATED, Role.EXERCISE):
            continue
        if path.endswith(".mar"):
            spots.append(Spot(path, 1))
        elif path.rpartition("/")[2] == "config.properties":
            text = facts.tree.text(path) or ""
            spots += [Spot(path, 1)] if re.search(r"inference_address|load_models|model_store", text) else []
    return or_unread(facts, found(spots), "python")


def submodule_named(facts: Facts, *, pattern: str) -> Finding:
    """A submodule's path or address matches the pattern (a regular expression, any case); it is never fetched."""
    wanted = re.compile(pattern, re.IGNORECASE)
    spots = []
    for path, entry in facts.tree.entries.items():
        if entry.kind is EntryKind.SUBMODULE and wanted.search(path):
            added = next((c.sha for c in facts.history.commits for name, *_ in c.changes if name == path), facts.sha)
            spots.append(Spot(f"commit:{added}", None, f"submodule {path}"))
    tree = facts.configs.get(".gitmodules")
    for _, node in tree.walk() if tree else ():
        if wanted.search(node.text()[:500]):
            spots.append(Spot(".gitmodules", node.line))
    return found(spots, "only a submodule")
