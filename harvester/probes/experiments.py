"""Probes about experiments: configurations that something loads, Hydra, sweeps whose program takes their parameters."""

import re

from harvester.models.builds import Source
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node, Role
from harvester.probes.arguments import Regex
from harvester.probes.ci import spot_of
from harvester.probes.contents import settings_like
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.sweeps import is_sweep
from harvester.probes.training import ANY_CODE

_PARAMETER = re.compile(
    r"(?:^|[._])(?:lr|learning_?rate|batch_?size|(?:num_|n_|max_)?epochs?|seed|random_?state|drop_?out|hidden\w*|optimi[sz]er"
    r"|momentum|weight_decay|num_workers|(?:base_?)?model(?:_?name)?|n_estimators|max_depth|patience|num_classes|steps?"
    r"|max_steps|(?:img|image)_?size|test_size|val_size|train(?:ing)?|gamma|alpha|beta\w*|scheduler|kernel_size|channels"
    r"|num_layers|embed\w*|latent\w*|threshold|n_neighbors|n_components|hyper_?param\w*|optim|loss|criterion|augment\w*"
    r"|temperature|max_len\w*|data_?(?:path|dir)|dataset\w*|experiment\w*|warmup\w*|trainer|early_stopping\w*)(?:$|[._])",
    re.IGNORECASE,
)
_NO_EXPERIMENT = re.compile(
    r"(?:^|/)(?:\.[^/]*|package(?:-lock)?\.json|tsconfig[^/]*|docker-?compose[^/]*|compose\.ya?ml|mkdocs\.ya?ml"
    r"|cloud_?build[^/]*|uv\.lock|environment\.ya?ml|pyproject\.toml|app\.ya?ml|dvc\.ya?ml|dvc\.lock|prometheus[^/]*"
    r"|codecov\.ya?ml|[^/]*(?:service|deployment|dashboard|alert|policy|k8s|cluster|ingress)[^/]*)(?:/|$)",
    re.IGNORECASE,
)


def experiment_config(facts: Facts, *, loaded: bool = True) -> Finding:
    """There is a YAML, TOML or JSON file of experiment parameters; `loaded`: which code, a command or Hydra reads."""
    readers: dict[str, Spot] = {}
    for load in facts.loads:
        if load.how in ("hydra", "open", "argument", "dvc") and not _is_test(facts, load.path):
            readers.setdefault(load.config, Spot(load.path, load.line))
    hydra = {load.config for load in facts.loads if load.how == "hydra"}
    spots = []
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE or is_sweep(tree) or not (path in hydra or _may_describe(path, tree)):
            continue
        line = _first_parameter(tree)
        if not loaded and line is not None and path not in readers:
            spots.append(Spot(path, line))
        elif loaded and path in readers and (line is not None or (path in hydra and tree.value)):
            spots += [Spot(path, line or tree.line or 1), readers[path]]
    return found(spots)


_OTHER_PURPOSES = (
    "workerPoolSpecs",
    "worker_pool_specs",
    "jobSpec",
    "apiVersion",
    "services",
    "steps",
    "jobs",
    "repos",
)
_JSON_CONFIG = re.compile(r"conf|param|setting|hyper|experiment|options", re.IGNORECASE)


def _may_describe(path: str, tree: Node) -> bool:
    """Whether a file is no job, deployment or workflow, and no output in JSON."""
    if _NO_EXPERIMENT.search(path) or any(key in tree for key in _OTHER_PURPOSES):
        return False
    return not path.endswith(".json") or bool(_JSON_CONFIG.search(path))


def job_arguments(facts: Facts) -> Finding:
    """A job's file gives experiment parameters as arguments (`--batch-size=32`)."""
    jobs = (command for command in facts.commands if command.source is Source.CONFIG)
    options = ((job, re.findall(r"(?<=\s--)[\w-]+", job.text)) for job in jobs)
    return found(
        spot_of(job) for job, names in options if any(_PARAMETER.search(name.replace("-", "_")) for name in names)
    )


def _is_test(facts: Facts, path: str) -> bool:
    return facts.role(path) is Role.TESTS


def _first_parameter(tree: Node) -> int | None:
    lines = [
        node.line for dotted, node in tree.walk() if dotted and _PARAMETER.search(dotted) and node.value is not None
    ]
    return min(lines, default=None)


def loaded_config_has(facts: Facts, *, key: str, value: Regex = "") -> Finding:
    """A configuration that something loads has a key whose dotted path ends with `key` and a value that matches."""
    wanted = re.compile(value, re.IGNORECASE)
    loaded = {load.config for load in facts.loads if not _is_test(facts, load.path)}
    spots = [
        Spot(path, node.line)
        for path, node in settings_like(facts, key)
        if path in loaded and (not value or any(map(wanted.search, node.texts())))
    ]
    return found(spots)


def hydra_used(facts: Facts, *, configs: bool = True) -> Finding:
    """Code is started or configured by Hydra (`@hydra.main`, `compose`); `configs`: with configuration files there."""
    spots = []
    for app in facts.hydra:
        if facts.role(app.path) in ANY_CODE and (app.configs or not configs):
            spots.append(Spot(app.path, app.line))
            spots += [Spot(path, 1) for path in app.configs[:1]]
    return found(spots)


def broken_file(facts: Facts, *, patterns: tuple[str, ...]) -> Finding:
    """Some YAML, TOML or JSON file that does not parse has lines that match each of the patterns."""
    wanted = [re.compile(one, re.IGNORECASE | re.MULTILINE) for one in patterns]
    spots = []
    for path, file in facts.files.items():
        if file.broken and file.kind in ("yaml", "toml", "json") and file.role not in NO_EVIDENCE:
            text = facts.tree.text(path) or ""
            if all(one.search(text) for one in wanted):
                spots.append(Spot(path, file.broken_line or 1))
    return found(spots)
