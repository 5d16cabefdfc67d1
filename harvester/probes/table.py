"""The probes that checks may name in YAML: one explicit table of functions of the facts and of their arguments."""

from collections.abc import Callable, Mapping

from harvester.probes import code, contents, past, runs
from harvester.probes.finding import Finding

Probe = Callable[..., Finding]

GENERAL: tuple[Probe, ...] = (
    code.imports,
    code.calls,
    code.defines_class,
    code.code_text,
    runs.workflow_runs,
    runs.workflow_uses,
    runs.workflow_triggers,
    runs.command_runs,
    runs.dockerfile_has,
    runs.image_built,
    contents.file_exists,
    contents.text_matches,
    contents.config_has,
    contents.depends_on,
    contents.mentioned,
    contents.shown,
    past.authors_at_least,
    past.has_commits,
    past.branch_exists,
    past.tag_exists,
    past.deleted,
    past.commit_says,
)
"""For checks of any course."""

PROBES: Mapping[str, Probe] = {probe.__name__: probe for probe in GENERAL}
