"""What a rule asks of what runs: what it may answer else where only commands and workflows are seen otherwise."""

from collections.abc import Iterator

from harvester.models.check import Rule

STILL = frozenset(
    (
        *("answers_saved", "api_there", "bento_service", "branch_exists", "broken_file", "calls", "code_text"),
        *("code_there", "commit_says", "committed_by", "compose_builds", "config_has", "data_prepared", "data_quality"),
        *("defines_class", "deleted", "dependencies_listed", "depends_on", "diagram_missing", "diagram_shown"),
        *("dockerfile_has", "docs_site", "features_stored", "file_exists", "frontend", "functions_described"),
        *("has_commits", "hooks_configured", "image_defined", "imports", "imports_named", "logs_events"),
        *("metrics_exposed", "onnx_used", "quality_stored", "requests_logged", "requests_stored", "served_scored"),
        *("stored_for_monitor", "submodule_named", "sweep_begun", "tag_exists", "template_parts"),
        *("template_signature", "text_matches", "timings_compared", "versioned_data"),
    )
)
"""Probes that ask nothing of commands, workflows, builds, loads and Hydra.

Nor do they ask of what only the graded commit's facts hold: style, members, the pictures of the report. A test follows
each probe's code, and keeps the list whole.
"""


def rule_of_runs(rule: Rule) -> Rule | None:
    """The rule without those alternatives that ask nothing of what runs; None where nothing is left."""
    ((key, value),) = rule.items()
    if key == "any":
        parts = [part for one in value if (part := rule_of_runs(one))]
        return {key: parts} if parts else None
    return None if STILL.issuperset(_probes(rule)) else rule


def _probes(rule: Rule) -> Iterator[str]:
    """The probes that a rule asks."""
    ((key, value),) = rule.items()
    if key in ("all", "any"):
        for part in value:
            yield from _probes(part)
    elif key == "not":
        yield from _probes(value)
    elif key == "because":
        yield from _probes(value["rule"])
    else:
        yield key
