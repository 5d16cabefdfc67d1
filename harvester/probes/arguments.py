"""What checks may give to probes beyond plain text: a slip in it would match nothing, and so accuse everybody."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from harvester.errors import nearest

_EVENTS = frozenset(
    {
        *("branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status"),
        *("discussion", "discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label"),
        *("merge_group", "milestone", "page_build", "public", "pull_request", "pull_request_review"),
        *("pull_request_review_comment", "pull_request_target", "push", "registry_package", "release"),
        *("repository_dispatch", "schedule", "status", "watch", "workflow_call", "workflow_dispatch", "workflow_run"),
    }
)


def _as_regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern[:60]!r} is no regular expression: {error}") from error
    return pattern


def _as_event(event: str) -> str:
    if event not in _EVENTS:
        raise ValueError(f"has to be an event of GitHub's, not {event[:60]!r}{nearest(event, _EVENTS)}")
    return event


def _as_name(name: str) -> str:
    if not re.fullmatch(r"[^\W\d][\w.*?\[\]]*|[*?\[][\w.*?\[\]]*", name):
        raise ValueError(f"has to be a name as code has it, such as `pandas.read_sql`, not {name[:60]!r}")
    return name


def _as_package(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _as_action(name: str) -> str:
    return name.partition("@")[0].lower()


def _as_path(pattern: str) -> str:
    if "{" in pattern:
        raise ValueError(f"has to be several patterns, without {{}}, not {pattern[:60]!r}")
    plain = re.sub(r"^(?:\./|/)+", "", pattern)
    return f"{plain}*" if plain.endswith("/") else plain


Name = Annotated[str, AfterValidator(_as_name)]
"""A qualified name of Python; `*` stands for anything."""

Package = Annotated[str, AfterValidator(_as_package)]
"""A distribution's name, however it is written."""

Action = Annotated[str, AfterValidator(_as_action)]
"""An action of GitHub's, whatever its version."""

PathPattern = Annotated[str, AfterValidator(_as_path)]
"""A pattern of paths: `*` and `**` stand for anything, `docs/` for what is in the folder."""

Regex = Annotated[str, AfterValidator(_as_regex)]
"""A regular expression; the probe says how it is looked for."""

Event = Annotated[str, AfterValidator(_as_event)]
"""What starts a workflow of GitHub's."""

Instruction = Literal[
    "FROM", "RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "ENV", "ARG", "EXPOSE", "WORKDIR", "USER", "VOLUME", "LABEL",
    "HEALTHCHECK", "SHELL", "STOPSIGNAL", "ONBUILD", "MAINTAINER",
]  # fmt: skip
"""An instruction of a Dockerfile."""
