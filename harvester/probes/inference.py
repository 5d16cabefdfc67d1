"""Probes about inference that is made faster, and about mixed precision, which is not that."""

import re
from collections.abc import Iterable

from harvester.models.code import Call
from harvester.models.facts import CODE, Facts
from harvester.models.files import Role
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.scaling import TRAINER
from harvester.probes.threads import Site, calls_like
from harvester.probes.values import Follower

_FASTER = re.compile(
    r"^(?:torch\.(?:compile|jit\.(?:script|trace|trace_module|freeze|optimize_for_inference))$"
    r"|torch\.(?:ao\.)?quantization\.|torchao\.|torch\.nn\.utils\.prune\.|torch_pruning\."
    r"|onnxruntime\.quantization\.|onnxruntime_tools\.(?:\w+\.)*optimize_model$|onnxoptimizer\.optimize$"
    r"|onnxsim\.simplify$"
    r"|onnxruntime\.transformers\.optimizer\.|optimum\.(?:\w+\.)*\w*(?:Quantiz|Optimiz|BetterTransformer)"
    r"|torch_tensorrt\.|tensorrt\.|openvino\.(?:[\w.]*\.)?(?:convert_model|compile_model)|nncf\."
    r"|neural_compressor\."
    r"|tensorflow_model_optimization\.|intel_extension_for_pytorch\.optimize$|ctranslate2\.)"
    r"|(?:^|\.)(?:BitsAndBytesConfig|TFLiteConverter(?:\.\w+)*|GPTQConfig|AWQConfig|HQQConfig|QuantoConfig)$"
    r"|\.to_torchscript$"
)
_MODEL = re.compile(r"model|net\b|pipe|encoder|decoder|backbone|classifier|segmenter|detector|generator", re.IGNORECASE)
_HALF = re.compile(r"\b(?:torch\.)?(?:float16|bfloat16|half)\b")
_LIVE = re.compile(r"predict|infer|generat|classify|serve|answer|translate", re.IGNORECASE)
_MIXED = re.compile(r"(?:^|\.)(?:autocast|GradScaler)$")
_MAYBE_FASTER = re.compile(
    rf"{_FASTER.pattern}|{_MIXED.pattern}|\.(?:half|to|from_pretrained|export|predict|val)$|(?:^|\.)pipeline$"
    r"|SentenceTransformer$"
)
_MIXING = re.compile(rf"{_MIXED.pattern}|{TRAINER.pattern}|TrainingArguments$")
_TEACHES = re.compile(r"(?:^|[.?])(?:kl_div|KLDivLoss)$")
_DISTILS = re.compile(r"distil(?!bert)", re.IGNORECASE)
_TESTS = re.compile(r"(?:^|/)tests?/", re.IGNORECASE)
_STOCK_SWITCH = "self.hparams.compile and stage =="


def faster_inference(facts: Facts, *, switched_on: bool = True) -> Finding:
    """A model is quantised, compiled, traced, pruned, run in half precision or distilled, in code.

    Parameters
    ----------
    switched_on
        Whether a branch of a public project template counts only where a config or default turns it on.
    """
    follower = Follower(facts)
    spots = []
    for path, call in calls_like(facts, _MAYBE_FASTER, *CODE, Role.TESTS):
        if facts.role(path) is Role.TESTS and _TESTS.search(path):  # but a script beside the code that is named so
            continue
        inherited = call.condition.startswith(_STOCK_SWITCH)
        if inherited and switched_on and not _is_on(follower, Site(path, call.within), call):
            continue
        if _FASTER.search(call.name) or _is_half(facts, path, call) or _is_live_cast(call):
            spots.append(Spot(path, call.line))
    for path in dict.fromkeys(path for path, _ in calls_like(facts, _TEACHES)):
        file = facts.python[path]
        spots += [Spot(path, one.line) for one in file.functions if _DISTILS.search(one.name)]
        spots += [Spot(path, one.line) for one in file.classes if _DISTILS.search(one.name)]
    finding = found(spots)
    if finding.holds and not switched_on:
        return Finding(True, finding.spots, "a branch of a project template that nothing turns on")
    return finding


def _is_on(follower: Follower, site: Site, call: Call) -> bool:
    return any(value.value is True for value in follower.follow(site, "self.hparams.compile", call.line))


def _is_half(facts: Facts, path: str, call: Call) -> bool:
    """Whether a model is put into half precision or loaded with few bits."""
    owner, _, last = call.name.rpartition(".")
    if last == "half" or (last == "to" and any(_names_half(facts, path, call, text) for text in _texts(call))):
        return owner in facts.classes or bool(_MODEL.search(owner))
    if last in ("from_pretrained", "pipeline", "SentenceTransformer") or call.name.startswith("transformers.pipeline"):
        few_bits = any(call.kwarg(name) == "True" for name in ("load_in_8bit", "load_in_4bit"))
        dtype = call.kwarg("torch_dtype") or call.kwarg("dtype") or ""
        return few_bits or _names_half(facts, path, call, dtype)
    if last == "export":
        return any(call.kwarg(name) == "True" for name in ("half", "int8", "optimize")) or "engine" in " ".join(
            _texts(call)
        )
    return last in ("predict", "val") and call.kwarg("half") == "True"


def _names_half(facts: Facts, path: str, call: Call, text: str) -> bool:
    """Whether a text names half precision, or a variable of the same function that may hold it."""
    named = (one.value for one in facts.python[path].assigns if one.target == text and one.within == call.within)
    return any(_HALF.search(one) for one in (text, *named))


def _texts(call: Call) -> Iterable[str]:
    return (*call.args, *(value for _, value in call.kwargs))


def _is_live_cast(call: Call) -> bool:
    """Half precision where the model answers, not where it is trained."""
    return bool(_MIXED.search(call.name)) and bool(_LIVE.search(call.within)) and not call.name.endswith("GradScaler")


def _able(facts: Facts, path: str, text: str) -> bool:
    """Whether a switch is on where the machine is able: `torch.cuda.is_available()`, or a name for it."""
    values = [one.value for one in facts.python[path].assigns if one.target == text]
    return any("is_available()" in one or "is_bf16_supported()" in one for one in (text, *values))


def mixed_precision(facts: Facts) -> Finding:
    """Training runs in mixed precision: autocast, a gradient scaler, a trainer's precision."""
    follower = Follower(facts)
    spots = []
    for path, call in calls_like(facts, _MIXING):
        site = Site(path, call.within)
        if _MIXED.search(call.name):
            spots.append(Spot(path, call.line))
        elif TRAINER.search(call.name):
            spots += [one.spot for one in follower.given(site, call, "precision") if "16" in str(one.value)]
        else:
            values = (*follower.given(site, call, "fp16"), *follower.given(site, call, "bf16"))
            able = any(_able(facts, path, call.kwarg(name) or "") for name in ("fp16", "bf16"))
            spots += [one.spot for one in values if one.value is True] + [Spot(path, call.line)] * able
    return found(dict.fromkeys(spots), "only mixed precision in training")
