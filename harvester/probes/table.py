"""The probes that checks may name in YAML: one explicit table of functions of the facts and of their arguments."""

from collections.abc import Callable, Mapping

from harvester.probes import (
    ci,
    cloud,
    code,
    contents,
    experiments,
    past,
    profiling,
    project,
    runs,
    serving,
    style,
    sweeps,
    testing,
    tracking,
    training,
    triggers,
)
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

WEEK_1: tuple[Probe, ...] = (
    project.template_parts,
    project.template_signature,
    project.own_tasks,
    project.installs_packages,
    project.image_defined,
    project.compose_builds,
    project.versioned_data,
    style.style_below,
    style.style_configured,
    style.typed_at_least,
    style.documented_at_least,
    style.imports_named,
    style.dependencies_listed,
    training.model_defined,
    training.model_trained,
    training.data_prepared,
    training.logs_events,
    tracking.wandb_logs,
    experiments.experiment_config,
    experiments.loaded_config_has,
    experiments.hydra_used,
    sweeps.sweep_defined,
    sweeps.sweep_file,
    experiments.broken_file,
    sweeps.combinations_by_hand,
    profiling.profiles,
    profiling.profiler_commands,
    profiling.profiler_output,
)
"""For the first week's checks: the project, its code, its experiments."""

WEEK_2: tuple[Probe, ...] = (
    testing.tests_about,
    testing.tests_begun,
    testing.api_tests,
    testing.api_tests_begun,
    ci.ci_checks,
    ci.workflow_there,
    ci.lint_step,
    ci.ci_matrix,
    ci.ci_cache,
    ci.coverage_measured,
    ci.hooks_configured,
    triggers.data_trigger,
    triggers.data_workflow,
    triggers.registry_trigger,
    triggers.registry_workflow,
    cloud.data_remote,
    cloud.bucket_used,
    cloud.image_triggered,
    cloud.image_built_somehow,
    cloud.cloud_training,
    cloud.deployed,
    cloud.address_given,
    serving.inference_route,
    serving.api_there,
    serving.frontend,
    serving.load_script,
    serving.onnx_used,
    serving.bento_service,
    serving.torchserve_handler,
    serving.submodule_named,
)
"""For the second week's checks: tests, continuous integration, the cloud, serving."""

PROBES: Mapping[str, Probe] = {probe.__name__: probe for probe in (*GENERAL, *WEEK_1, *WEEK_2)}
