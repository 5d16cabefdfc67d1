"""Probes about scaling: loaders with workers, training on many devices."""

import re
from collections.abc import Iterator

from harvester.models.builds import Source
from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE
from harvester.probes.expressions import Value
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import commands_like
from harvester.probes.threads import Site, calls_like, reach, starts
from harvester.probes.values import MACHINE, Follower

_LOADER = re.compile(r"(?:^|\.)(?:\w*Loader|to_dataloader|create_loader)$")
_DATA_CALL = re.compile(
    r"(?:^|\.)(?:load_dataset|map|filter|interleave|from_generator|fit|train|predict|\w*DataModule)$"
)
_LOADING = re.compile(rf"{_LOADER.pattern}|{_DATA_CALL.pattern}|(?:^|\.)\w*Arguments$")
_WORKERS = ("num_workers", "dataloader_num_workers", "num_parallel_calls", "num_proc", "workers")
_ANYWHERE = ("dataloader_num_workers", "num_parallel_calls", "num_proc")
_FIFTH = 5
"""The position of `num_workers` among the arguments of torch's DataLoader."""

TRAINER = re.compile(r"(?:^|[.?])(?:pl|L|lightning|pytorch_lightning)\b[\w.]*\.(?:Trainer|Fabric)$|^\?Trainer$")
_TRAINERS = re.compile(rf"{TRAINER.pattern}|TrainingArguments$|\.train$")
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
    return found(dict.fromkeys(spots))


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
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*\d{1,9}\s*", value) else 0
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
    return finding


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
        if TRAINER.search(call.name):
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
    if isinstance(value, tuple):
        return len(value) > 1
    if isinstance(value, str) and value != MACHINE:
        parts = [part for part in re.split(r"[,\s]+", value.strip("[] ")) if part]
        return value.strip() == "-1" or len(parts) > 1 or (name != "device" and _count(value) > 1)
    return (value == -1 and not isinstance(value, bool)) or (name != "device" and _count(value) > 1)


def _configured(facts: Facts, *, startable: bool) -> Iterator[Spot]:
    """Configs that make a trainer (`_target_`), or an option of one, for many devices; replicas of a cloud job."""
    loaded = {load.config for load in facts.loads}
    makers = {
        (path, key.removesuffix("_target_"))
        for path, key, node in facts.settings.get("_target_", ())
        if path in loaded and re.search(r"lightning\.[\w.]*Trainer$", node.text())
    }
    folders = {path.rpartition("/")[0] for path, key in makers if not key}
    for name in ("devices", "num_nodes", "gpus", "strategy"):
        for path, key, node in facts.settings.get(name, ()):
            option = key == name and path.rpartition("/")[0] in folders
            if (option or (path, key.removesuffix(name)) in makers) and facts.role(path) not in NO_EVIDENCE:
                value = tuple(node.texts()) if isinstance(node.value, list) else node.value
                if _is_many(name, value) and not (startable and _is_unused_stock(facts, path)):
                    yield Spot(path, node.line)
    for name in ("replicaCount", "replica_count"):
        for path, key, node in facts.settings.get(name, ()):
            if "workerpool" in key.lower().replace("_", "") and _count(node.value) > 1:
                yield Spot(path, node.line)


def _is_unused_stock(facts: Facts, path: str) -> bool:
    """Whether a config is the option of a public template, word for word, and nothing chooses it."""
    if any(facts.configs[path].get(key).value != value for key, value in _STOCK.items()):
        return False
    folder, _, name = path.rpartition("/")
    group, option = folder.rpartition("/")[2], name.partition(".")[0]
    word = f"{group}={option}"
    chosen = any(word in command.text.split() for command in facts.commands_with(word))
    defaults = (node for _, other in facts.configs.items() for node in other.get("defaults").nodes())
    return not chosen and not any(
        value.text() == option for node in defaults for key, value in node.items() if key.endswith(group)
    )


def _launched(facts: Facts) -> Iterator[Spot]:
    """Commands that start several processes."""
    for command in commands_like(facts, _LAUNCHERS):
        if command.source is not Source.DOCS:
            yield Spot(command.path, command.line)
