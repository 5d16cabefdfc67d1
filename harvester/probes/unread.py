"""Which files each probe looks at: where one of them could not be read, what was not found is unknown, never absent."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harvester.models.facts import Facts
from harvester.models.files import File, Role
from harvester.probes.contents import matches_path
from harvester.probes.finding import Finding, unknown

_README = re.compile(r"(?:^|/)readme[^/]*$|^docs?/|^[^/]*$", re.IGNORECASE)
_REPORTS = re.compile(r"^(?:reports|\.devcontainer)/")
_TASKS = re.compile(r"(?:^|/)(?:tasks|noxfile|duties|setup)\.py$")
_LISTS = re.compile(r"(?:^|/)(?:pyproject\.toml|pipfile|setup\.(?:cfg|py)|pixi\.toml|.*(?:env|conda).*\.ya?ml)$", re.I)
_SITE = re.compile(r"(?:^|/)(?:mkdocs\.ya?ml|_quarto\.ya?ml|zensical\.toml)$")
_VERSIONS = re.compile(r"(?:^|/)(?:\.dvc/config(?:\.local)?|dvc\.ya?ml|dvc\.lock|\.gitattributes)$")
_COVERAGE = re.compile(
    r"(?:^|/)(?:\.coveragerc|pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|[^/]*cov[^/]*\.txt)$", re.I
)
_WEB = re.compile(r"\.(?:html?|m?jsx?|tsx?|vue|svelte|jinja|j2)$", re.IGNORECASE)
_POINTERS = (".dvc", "dvc.lock")
"""What only points to data under version control could not have told anything else."""


def _is_list(file: File) -> bool:
    return file.kind == "requirements" or bool(_LISTS.search(file.path))


_NAMED: Mapping[str, Callable[[File], object]] = {
    "page": lambda file: (
        file.kind in ("markdown", "rst") and _README.search(file.path) and not _REPORTS.match(file.path)
    ),
    "task": lambda file: file.kind in ("make", "just", "toml", "shell") or _TASKS.search(file.path),
    "list": _is_list,
    "names": lambda file: _is_list(file) and not file.broken,  # of one that does not parse, each line can be read
    "hooks": lambda file: file.name == ".pre-commit-config.yaml",
    "site": lambda file: _SITE.search(file.path),
    "versions": lambda file: _VERSIONS.search(file.path),
    "coverage": lambda file: _COVERAGE.search(file.path),
    "submodules": lambda file: file.path == ".gitmodules",
    "terraform": lambda file: file.path.endswith((".tf", ".tfvars")),
    "web": lambda file: _WEB.search(file.path),
}
"""Sorts of files that are more, or less, than a kind."""

_ANY = ("yaml", "json", "toml", "ini")
"""Kinds that hold anything at all."""
_TELLING = re.compile(
    r"conf|param|sweep|experiment|train|build|compose|vertex|deploy|service|run|job|alert|polic|board|monitor|prometheus"
    r"|grafana|otel|collector|uptime|slo|infra|app|k8s|kube|helm|cloud|gcp",
    re.IGNORECASE,
)
"""Words in the path of a file of such a kind that does not parse, and could hold what is looked for."""

_CODE = ("python", "notebook")
_CONFIGURED = (*_CODE, "yaml", "json")
_SETTINGS = ("yaml", "json", "toml", "ini")
_WORKFLOW = ("workflow", "task")
_COMMANDS = ("workflow", "task", "python", "dockerfile", "yaml", "json")

_LOOKS_AT: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("imports", "calls", "defines_class", "code_text"): _CODE,
    ("workflow_runs", "workflow_uses", "workflow_triggers"): _WORKFLOW,
    ("command_runs", "image_built", "image_triggered", "image_built_somehow", "cloud_training"): _COMMANDS,
    ("profiler_commands",): (*_COMMANDS, "page"),
    ("dockerfile_has", "image_defined"): ("dockerfile",),
    ("config_has", "job_arguments"): _SETTINGS,
    ("depends_on",): ("names",),
    ("mentioned", "readme_explains", "diagram_shown", "diagram_missing", "template_signature"): ("page",),
    ("docs_site", "pages_address"): ("page", "site"),
    ("drift_computed",): (*_CODE, "task"),
    ("own_tasks",): ("python", "task"),
    ("installs_packages",): ("page", "dockerfile"),
    ("compose_builds",): ("yaml",),
    ("versioned_data",): ("versions",),
    ("data_remote",): ("versions", *_COMMANDS),
    ("style_rate", "functions_described"): ("python",),
    ("style_configured",): (*_SETTINGS, *_WORKFLOW),
    ("imports_named",): ("list", "lock", *_CODE),
    ("dependencies_listed",): ("list", "lock"),
    ("model_defined", "model_trained", "data_prepared", "logs_events", "sweep_begun"): _CODE,
    ("profiles", "data_quality", "onnx_used", "faster_inference", "mixed_precision"): _CODE,
    ("answers_saved", "inference_route", "api_there", "code_there"): _CODE,
    ("wandb_logs", "hydra_used", "loaded_config_has", "sweep_file"): _CONFIGURED,
    ("experiment_config",): (*_CONFIGURED, "toml"),
    ("loader_workers", "trains_distributed", "sweep_defined", "combinations_by_hand"): (*_CONFIGURED, *_COMMANDS),
    ("bucket_used", "address_given"): (*_CONFIGURED, *_COMMANDS, "page"),
    ("timings_compared", "tests_about", "tests_begun", "api_tests_begun", "bento_service", "metrics_exposed"): (
        "python",
    ),
    ("requests_stored", "requests_logged", "features_stored", "quality_stored"): ("python",),
    ("stored_for_monitor", "served_scored"): ("python",),
    ("api_tests",): ("python", *_WORKFLOW),
    ("ci_checks", "workflow_there", "lint_step", "ci_matrix", "ci_cache"): _WORKFLOW,
    ("data_trigger", "data_workflow", "registry_trigger", "registry_workflow"): _WORKFLOW,
    ("coverage_measured",): (*_WORKFLOW, "coverage", "page"),
    ("hooks_configured",): ("hooks",),
    ("deployed", "drift_service"): (*_COMMANDS, "terraform"),
    ("frontend",): ("python", "web"),
    ("submodule_named",): ("submodules",),
    ("load_script",): (*_CODE, *_COMMANDS, "web"),
    ("torchserve_handler",): (*_CODE, *_COMMANDS),
}
"""Probes -> kinds of files, or sorts of them, that could hold what they look for.

Those that are in none look at paths, at the history or at the report, or ask about their files themselves.
"""

LOOKS_AT: Mapping[str, tuple[str, ...]] = {probe: sorts for probes, sorts in _LOOKS_AT.items() for probe in probes}


SORTS = frozenset((*_NAMED, "python", "notebook", "workflow", "dockerfile", "yaml", "json", "toml", "ini", "lock"))
"""All that may stand in the table: sorts, and the kinds that are one."""


def or_unknown(facts: Facts, finding: Finding, probe: str, arguments: Mapping[str, Any]) -> Finding:
    """A probe's finding; where it does not hold and a file that it would have looked at is unread, `unknown`.

    Parameters
    ----------
    arguments
        The probe's, also those that it has by default: its `roles` tell whether it looks at notebooks, its `paths` at
        which files.
    """
    if finding.holds is not False:
        return finding
    wanted = LOOKS_AT.get(probe, ())
    if Role.NOTEBOOK not in arguments.get("roles", (Role.NOTEBOOK,)):
        wanted = tuple(sort for sort in wanted if sort != "notebook")
    for file in facts.unread:
        if _is_one(file, wanted) and matches_path(file.path, arguments.get("paths", ("*",))):
            return unknown(file.says_unread)
    return finding


def _is_one(file: File, sorts: Iterable[str]) -> bool:
    if file.path.endswith(_POINTERS) and "versions" not in sorts:
        return False
    if file.broken and not _TELLING.search(file.path):
        sorts = [sort for sort in sorts if sort not in _ANY]
    return any(_NAMED[sort](file) if sort in _NAMED else file.kind == sort for sort in sorts)
