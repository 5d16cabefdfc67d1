"""Probes about scaling: loaders with workers, training on many devices, models made faster."""

import re
from collections.abc import Iterable, Iterator

from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node
from harvester.probes.code import or_unread
from harvester.probes.expressions import Value
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import is_command
from harvester.probes.threads import Site, calls_like, reach, starts
from harvester.probes.values import MACHINE, Follower

_LOADER = re.compile(r"(?:^|\.)\w*Loader$")
_DATA_CALL = re.compile(
    r"(?:^|\.)(?:load_dataset|map|filter|interleave|from_generator|fit|train|predict|\w*DataModule)$"
)
_LOADING = re.compile(rf"{_LOADER.pattern}|{_DATA_CALL.pattern}|(?:^|\.)\w*Arguments$")
_WORKERS = ("num_workers", "dataloader_num_workers", "num_parallel_calls", "num_proc", "workers")
_ANYWHERE = ("dataloader_num_workers", "num_parallel_calls", "num_proc")
_FIFTH = 5
"""The position of `num_workers` among the arguments of torch's DataLoader."""

_TRAINER = re.compile(r"(?:^|[.?])(?:pl|L|lightning|pytorch_lightning)\b[\w.]*\.(?:Trainer|Fabric)$|^\?Trainer$")
_TRAINERS = re.compile(rf"{_TRAINER.pattern}|TrainingArguments$|\.train$")
_PARALLEL = re.compile(r"^(?:ddp|fsdp|deepspeed|dp$|horovod|xla|tpu_spawn|bagua|colossalai|hpu_parallel)")
_WRAPS = re.compile(
    r"(?:^|\.)(?:DataParallel|FullyShardedDataParallel|fully_shard|(?:DDP|FSDP|DeepSpeed|DataParallel|XLA)Strategy"
    r"|(?:Mirrored|MultiWorkerMirrored|TPU|ParameterServer)Strategy|Dask\w*(?:Classifier|Regressor|Ranker))$"
    r"|^accelerate\.Accelerator$|^deepspeed\.initialize$|^horovod\.[\w.]*init$|^ray\.train\.\w+\.\w+Trainer$"
    r"|^accelerate\.notebook_launcher$|^xgboost\.dask\.train$"
)
_DDP = re.compile(r"(?:^|\.)DistributedDataParallel$")
_GROUP = re.compile(r"(?:^|\.)(?:init_process_group|initialize_distributed)$")
_LAUNCHERS = ("torchrun", "accelerate launch", "deepspeed", "horovodrun", "python -m torch.distributed.*")
_STOCK = {"strategy": "ddp", "accelerator": "gpu", "devices": 4, "num_nodes": 1, "sync_batchnorm": True}
"""The option for many devices of a public project template that groups start from."""


def loader_workers(facts: Facts, *, at_least: int = 2) -> Finding:
    """Some data loader is given so many workers (or the machine's count), in code or by a config that it reads."""
    follower = Follower(facts)
    spots: list[Spot] = []
    for path, call in calls_like(facts, _LOADING):
        if call.name not in facts.functions:
            for value in _workers(follower, Site(path, call.within), call):
                if _count(value.value) >= at_least:
                    spots += [Spot(path, call.line), value.spot]
    return or_unread(facts, found(dict.fromkeys(spots)), "python")


def _workers(follower: Follower, site: Site, call: Call) -> Iterator[Value]:
    if _LOADER.search(call.name):
        yield from follower.given(site, call, "num_workers", _FIFTH if call.name.endswith("DataLoader") else None)
        return
    for name in _WORKERS:
        text = call.kwarg(name)
        if text is None or not (name in _ANYWHERE or _DATA_CALL.search(call.name)):
            continue
        if "AUTOTUNE" in text:
            yield Value(MACHINE, Spot(site.path, call.line))
        elif name != "num_workers":
            yield from follower.follow(site, text, call.line)


def _count(value: object) -> int:
    """A number of workers; the machine's count is many."""
    if value == MACHINE:
        return 1_000
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def trains_distributed(facts: Facts, *, startable: bool = True) -> Finding:
    """Training runs on many devices: DDP and its like, a strategy or device count in code or in a config that it reads.

    Parameters
    ----------
    startable
        Whether it has to be something that can be started: code that nothing calls, and the unused option of a project
        template, are then none.
    """
    wraps = tuple(_parallel_code(facts, startable=startable))
    settings = (*_trainers(facts), *_configured(facts, startable=startable))
    finding = found(dict.fromkeys((*wraps, *settings, *_launched(facts))))
    if finding.holds and not startable:
        return Finding(True, finding.spots, "code for many devices that nothing starts")
    return or_unread(facts, finding, "python")


def _parallel_code(facts: Facts, *, startable: bool) -> Iterator[Spot]:
    """Calls that spread a model; DistributedDataParallel also needs the process group that it runs in."""
    wanted = [*calls_like(facts, _WRAPS), *calls_like(facts, _DDP)]
    groups = calls_like(facts, _GROUP)
    if not wanted and not groups:
        return
    if not startable:
        yield from (Spot(path, call.line) for path, call in (*wanted, *groups))
        return
    running = reach(facts, starts(facts), guess=True)
    begun = [(path, call) for path, call in groups if _runs(facts, running, path, call)]
    for path, call in wanted:
        if _runs(facts, running, path, call) and (begun or not _DDP.search(call.name)):
            yield Spot(path, call.line)
    yield from (Spot(path, call.line) for path, call in begun)


def _runs(facts: Facts, running: dict[Site, Site], path: str, call: Call) -> bool:
    """Whether a call is in something that can be started."""
    return Site(path, call.within) in running or f"{facts.python[path].module}.{call.within}" in facts.classes


def _trainers(facts: Facts) -> Iterator[Spot]:
    """Lightning trainers with many devices, HF trainers with DeepSpeed or FSDP, other trainers with a device list."""
    follower = Follower(facts)
    for path, call in calls_like(facts, _TRAINERS):
        site = Site(path, call.within)
        if _TRAINER.search(call.name):
            for name in ("devices", "num_nodes", "gpus", "strategy", "num_processes", "accelerator"):
                for value in follower.given(site, call, name):
                    if _is_many(name, value.value):
                        yield from (Spot(path, call.line), value.spot)
        elif call.name.endswith("TrainingArguments"):
            for name in ("deepspeed", "fsdp"):
                if any(value.value for value in follower.given(site, call, name)):
                    yield Spot(path, call.line)
        elif call.kwarg("device"):
            values = follower.given(site, call, "device")
            yield from (Spot(path, call.line) for value in values if _is_many("device", value.value))


def _is_many(name: str, value: object) -> bool:
    """Whether a setting asks for more than one device."""
    if name in ("strategy", "accelerator"):
        return isinstance(value, str) and bool(_PARALLEL.match(value.lower()))
    if isinstance(value, list):
        return len(value) > 1
    if isinstance(value, str) and value != MACHINE:
        parts = [part for part in re.split(r"[,\s]+", value.strip("[] ")) if part]
        return value.strip() == "-1" or len(parts) > 1 or (name != "device" and _count(value) > 1)
    return (value == -1 and not isinstance(value, bool)) or (name != "device" and _count(value) > 1)


def _configured(facts: Facts, *, startable: bool) -> Iterator[Spot]:
    """Configs that make a trainer (`_target_`), or an option of one, for many devices; replicas of a cloud job."""
    loaded = {load.config for load in facts.loads}
    folders = {path.rpartition("/")[0] for path in loaded if _makes_trainer(facts.configs.get(path))}
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE:
            continue
        if path.rpartition("/")[0] in folders and not (startable and _is_unused_stock(facts, path, tree)):
            yield from _settings(path, tree)
        for dotted, node in tree.walk():
            if path in loaded and _is_trainer(node) and dotted:
                yield from _settings(path, node)
            if dotted.lower().endswith("replicacount") and _count(node.value) > 1 and "workerpool" in dotted.lower():
                yield Spot(path, node.line)


def _makes_trainer(tree: Node | None) -> bool:
    return tree is not None and _is_trainer(tree)


def _is_trainer(node: Node) -> bool:
    return bool(re.search(r"lightning\.[\w.]*Trainer$", node.get("_target_").text()))


def _settings(path: str, node: Node) -> Iterator[Spot]:
    for name in ("devices", "num_nodes", "gpus", "strategy"):
        setting = node.get(name)
        value = [part.value for part in setting.nodes()] if isinstance(setting.value, list) else setting.value
        if _is_many(name, value):
            yield Spot(path, setting.line)


def _is_unused_stock(facts: Facts, path: str, tree: Node) -> bool:
    """Whether a config is the option of a public template, word for word, and nothing chooses it."""
    if any(tree.get(key).value != value for key, value in _STOCK.items()):
        return False
    folder, _, name = path.rpartition("/")
    group, option = folder.rpartition("/")[2], name.partition(".")[0]
    chosen = any(f"{group}={option}" in command.text.split() for command in facts.commands)
    defaults = (node for _, other in facts.configs.items() for node in other.get("defaults").nodes())
    return not chosen and not any(
        value.text() == option for node in defaults for key, value in node.items() if key.endswith(group)
    )


def _launched(facts: Facts) -> Iterator[Spot]:
    """Commands that start several processes."""
    for command in facts.commands:
        if command.source != "docs" and is_command(command, _LAUNCHERS):
            yield Spot(command.path, command.line)


_FASTER = re.compile(
    r"^torch\.(?:compile|jit\.(?:script|trace|trace_module|freeze|optimize_for_inference))$"
    r"|^torch\.(?:ao\.)?quantization\.|^torchao\.|^torch\.nn\.utils\.prune\.|^torch_pruning\.|^onnxruntime\.quantization\."
    r"|^onnxruntime\.transformers\.optimizer\.|^optimum\.(?:\w+\.)*\w*(?:Quantiz|Optimiz|BetterTransformer)"
    r"|^torch_tensorrt\.|^tensorrt\.|^openvino\.(?:[\w.]*\.)?(?:convert_model|compile_model)|^nncf\.|^neural_compressor\."
    r"|(?:^|\.)(?:BitsAndBytesConfig|TFLiteConverter(?:\.\w+)*|GPTQConfig|AWQConfig|HQQConfig|QuantoConfig)$"
    r"|\.to_torchscript$|^tensorflow_model_optimization\.|^intel_extension_for_pytorch\.optimize$|^ctranslate2\."
)
_MODEL = re.compile(r"model|net\b|pipe|encoder|decoder|backbone|classifier|segmenter|detector|generator", re.IGNORECASE)
_HALF = re.compile(r"\b(?:torch\.)?(?:float16|bfloat16|half)\b")
_LIVE = re.compile(r"predict|infer|generat|classify|serve|answer|translate", re.IGNORECASE)
_MIXED = re.compile(r"(?:^|\.)(?:autocast|GradScaler)$")
_MAYBE_FASTER = re.compile(
    rf"{_FASTER.pattern}|{_MIXED.pattern}|\.(?:half|to|from_pretrained|export|predict|val)$|(?:^|\.)pipeline$"
    r"|SentenceTransformer$"
)
_MIXING = re.compile(rf"{_MIXED.pattern}|{_TRAINER.pattern}|TrainingArguments$")
_TEACHES = re.compile(r"(?:^|[.?])(?:kl_div|KLDivLoss)$")
_DISTILS = re.compile(r"distil(?!bert)", re.IGNORECASE)
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
    for path, call in calls_like(facts, _MAYBE_FASTER):
        inherited = call.condition.startswith(_STOCK_SWITCH)
        if inherited and switched_on and not _is_on(follower, Site(path, call.within), call):
            continue
        if _FASTER.search(call.name) or _is_half(facts, call) or _is_live_cast(call):
            spots.append(Spot(path, call.line))
    for path in dict.fromkeys(path for path, _ in calls_like(facts, _TEACHES)):
        file = facts.python[path]
        spots += [Spot(path, one.line) for one in file.functions if _DISTILS.search(one.name)]
        spots += [Spot(path, one.line) for one in file.classes if _DISTILS.search(one.name)]
    finding = found(spots)
    if finding.holds and not switched_on:
        return Finding(True, finding.spots, "a branch of a project template that nothing turns on")
    return or_unread(facts, finding, "python")


def _is_on(follower: Follower, site: Site, call: Call) -> bool:
    return any(value.value is True for value in follower.follow(site, "self.hparams.compile", call.line))


def _is_half(facts: Facts, call: Call) -> bool:
    """Whether a model is put into half precision or loaded with few bits."""
    owner, _, last = call.name.rpartition(".")
    if last == "half" or (last == "to" and any(_HALF.search(text) for text in _texts(call))):
        return owner in facts.classes or bool(_MODEL.search(owner))
    if last in ("from_pretrained", "pipeline", "SentenceTransformer") or call.name.startswith("transformers.pipeline"):
        few_bits = any(call.kwarg(name) == "True" for name in ("load_in_8bit", "load_in_4bit"))
        dtype = call.kwarg("torch_dtype") or call.kwarg("dtype") or ""
        return few_bits or bool(_HALF.search(dtype))
    if last == "export":
        return any(call.kwarg(name) == "True" for name in ("half", "int8", "optimize")) or "engine" in " ".join(
            _texts(call)
        )
    return last in ("predict", "val") and call.kwarg("half") == "True"


def _texts(call: Call) -> Iterable[str]:
    return (*call.args, *(value for _, value in call.kwargs))


def _is_live_cast(call: Call) -> bool:
    """Half precision where the model answers, not where it is trained."""
    return bool(_MIXED.search(call.name)) and bool(_LIVE.search(call.within)) and not call.name.endswith("GradScaler")


def mixed_precision(facts: Facts) -> Finding:
    """Training runs in mixed precision: autocast, a gradient scaler, a trainer's precision."""
    follower = Follower(facts)
    spots = []
    for path, call in calls_like(facts, _MIXING):
        site = Site(path, call.within)
        if _MIXED.search(call.name):
            spots.append(Spot(path, call.line))
        elif _TRAINER.search(call.name):
            spots += [one.spot for one in follower.given(site, call, "precision") if "16" in str(one.value)]
        else:
            values = (*follower.given(site, call, "fp16"), *follower.given(site, call, "bf16"))
            spots += [one.spot for one in values if one.value is True]
    return found(dict.fromkeys(spots), "only mixed precision in training")
