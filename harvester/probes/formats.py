"""Probes about formats and servers for models: ONNX, BentoML, TorchServe."""

import re

from harvester.models.builds import Source
from harvester.models.facts import CODE, Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.models.snapshot import EntryKind
from harvester.probes.arguments import Regex
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in
from harvester.probes.runs import commands_like

_EXPORTS = re.compile(
    r"^torch\.onnx\.(?:export|dynamo_export)$|\.to_onnx$|^skl2onnx\.|^tf2onnx\.|^onnxmltools\.convert|\.export_onnx$"
)
_SERVICES = re.compile(r"^bentoml\.(?:Service|service)\b")
_RUNTIMES = re.compile(r"^onnxruntime\.|^optimum\.onnxruntime\.|^onnxruntime_\w+\.|^cv2\.dnn\.readNetFromONNX")


def onnx_used(facts: Facts, *, whole: bool = True) -> Finding:
    """A model is exported to ONNX and run from it.

    Parameters
    ----------
    whole
        Both; false for either of the two.
    """
    named = frozenset(found_in(_EXPORTS, facts.calls))
    exports = [
        Spot(path, call.line)
        for path, file in facts.code(*CODE)
        for call in file.calls
        if call.name in named or (call.kwargs and "onnx" in (call.kwarg("format") or "").lower())
    ]
    running = facts.calls_of(found_in(_RUNTIMES, facts.calls), CODE)
    runs = [Spot(path, call.line) for path, call in running]
    both = any(
        call.name.startswith("optimum.onnxruntime.") and call.kwarg("export") == "True" for _, call in running
    ) or (exports and runs)
    if whole:
        return found((*exports[:1], *runs, *exports[1:]) if both else ())
    return found((*exports, *runs), "ONNX is exported but never run" if exports else "ONNX is run but never exported")


def bento_service(facts: Facts) -> Finding:
    """Code defines a BentoML service."""
    services = frozenset(found_in(_SERVICES, facts.calls))
    spots = []
    for path, file in facts.code(Role.PACKAGE):
        spots += [Spot(path, call.line) for call in file.calls if call.name in services]
        spots += [
            Spot(path, one.line)
            for item in file.classes
            for one in item.decorators
            if one.name.startswith("bentoml.service")
        ]
    return found(dict.fromkeys(spots))


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
        for command in commands_like(facts, ("torch-model-archiver", "torchserve"))
        if command.source is not Source.DOCS
    ]
    for path, file in facts.files.items():
        if file.role in NO_EVIDENCE:
            continue
        if path.endswith(".mar"):
            spots.append(Spot(path, 1))
        elif path.rpartition("/")[2] == "config.properties":
            text = facts.tree.text(path) or ""
            spots += [Spot(path, 1)] if re.search(r"inference_address|load_models|model_store", text) else []
    return found(spots)


def submodule_named(facts: Facts, *, pattern: Regex) -> Finding:
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
