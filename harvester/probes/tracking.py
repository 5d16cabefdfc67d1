"""Probes about experiment trackers: whether a run is started, and logged to."""

import re
from collections.abc import Mapping

from harvester.models.code import Call, literal
from harvester.models.facts import Facts
from harvester.probes.experiments import loaded_config_has
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import matching
from harvester.probes.threads import DOTTED_NAME, Site
from harvester.probes.training import ANY_CODE
from harvester.probes.values import Follower

_STARTS = ("wandb.init", "wandb.*.init", "wandb.setup")
_LOGS = (
    *("wandb.log*", "wandb.*.log*", "wandb.watch", "wandb.*.watch", "wandb.*.save", "wandb.save", "wandb.plot.*"),
    *("wandb.*summary*", "wandb.define_metric", "wandb.run.*", "wandb.Table*", "wandb.Image", "wandb.Artifact"),
    *("wandb.alert", "?*run.log*", "?*wandb*.log*", "?*logger.log*", "?*tracker.log*", "?*wandb*.summary*"),
)
_WHOLE = (
    *("*WandbLogger", "*WandbCallback", "*WandbMetricsLogger", "*WandbModelCheckpoint", "*WandbEvalCallback"),
    *("wandb.integration.*", "*.WandBCallback", "wandb.sklearn.*", "wandb.xgboost.*", "wandb.lightgbm.*"),
)
_LOG_BY_THEMSELVES = (
    *("transformers.*Trainer", "transformers.TrainingArguments", "ultralytics.*.train", "trl.*", "setfit.Trainer"),
    *("sentence_transformers.*Trainer", "transformers.Seq2SeqTrainingArguments"),
)
"""What logs to a run as soon as one is started."""
_LOGGING = (*_LOGS, *_LOG_BY_THEMSELVES)
_SWITCHED = re.compile(r"""["']wandb["']\s*\]?\s+if\s|\selse\s+\[?\s*["']wandb["']""")
"""`"wandb" if cfg.track else "none"`: the group's own switch."""
_KEYWORDS = ("report_to", "log_with", "logger", "loggers", "tracker")


def wandb_logs(facts: Facts) -> Finding:
    """Code starts a run of Weights & Biases and logs to it, or hands that to a logger or callback."""
    follower = Follower(facts)
    names = {called: _name(facts, called) for called in facts.calls}
    hands = _those(names, _WHOLE)
    whole = [
        Spot(path, call.line)
        for path, file in facts.code(*ANY_CODE)
        for call in file.calls
        if call.name in hands or (call.kwargs and _is_told(follower, path, call))
    ]
    begins = _those(names, _STARTS)
    starts = [Spot(path, call.line) for path, call in facts.calls_of(begins, ANY_CODE)]
    logs = [Spot(path, call.line) for path, call in facts.calls_of(_those(names, _LOGGING) - begins, ANY_CODE)]
    for key, value in (
        ("_target_", r"WandbLogger|wandb\.init"),
        ("report_to", "^wandb$"),
        ("class_path", "WandbLogger"),
    ):
        whole += loaded_config_has(facts, key=key, value=value).spots
    if starts and logs:
        whole = [starts[0], logs[0], *whole, *starts[1:], *logs[1:]]
    return found(whole)


def _those(names: Mapping[str, str], patterns: tuple[str, ...]) -> set[str]:
    """The calls whose name matches one of the patterns."""
    wanted = frozenset(matching(patterns, names.values()))
    return {called for called, name in names.items() if name in wanted}


def _name(facts: Facts, called: str) -> str:
    """A call's name; `get_wandb().log` is `wandb.log` where a function of that name imports it."""
    owner, _, last = called.rpartition(".")
    if not owner.endswith("wandb") or owner not in facts.functions:
        return called
    path, _ = facts.functions[owner]
    return f"wandb.{last}" if any(one.target == "wandb" for one in facts.python[path].imports) else called


def _is_told(follower: Follower, path: str, call: Call) -> bool:
    """Whether a trainer is told by a keyword to log to W&B."""
    for key, text in call.kwargs:
        if key not in _KEYWORDS:
            continue
        value = literal(text)
        if value == "wandb" or (isinstance(value, list | tuple) and "wandb" in value) or _SWITCHED.search(text):
            return True
        values = follower.follow(Site(path, call.within), text, call.line) if DOTTED_NAME.fullmatch(text) else ()
        if key == "report_to" and any(one.value == "wandb" for one in values):
            return True
    return False
