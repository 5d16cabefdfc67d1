"""GitHub's answers as facts. Each function raises what `READING_ERRORS` names where an answer is not as described."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harvester.models.github import (
    Collaborator,
    Contributor,
    Deployment,
    PagesSite,
    Protection,
    Pull,
    Push,
    Release,
    Repository,
    WorkflowRun,
)

READING_ERRORS = (ValueError, KeyError, TypeError, AttributeError)
"""`ValueError` is also pydantic's and JSON's."""
_ROLES = ("admin", "maintain", "push")


def read_repository(body: Mapping[str, Any], asked: str) -> Repository:
    """The repository; `asked` is the `owner/name` that was asked for."""
    parent = body.get("parent") or body.get("source") or {}
    template = body.get("template_repository") or {}
    return Repository(
        name=body["full_name"],
        visibility=body.get("visibility") or ("private" if body["private"] else "public"),
        default_branch=body["default_branch"],
        created_at=body["created_at"],
        pushed_at=body.get("pushed_at"),
        archived=bool(body.get("archived")),
        fork=bool(body["fork"]),
        fork_of=parent.get("full_name"),
        renamed=body["full_name"].casefold() != asked.casefold(),
        has_pages=bool(body.get("has_pages")),
        template=template.get("full_name"),
    )


def read_push(item: Mapping[str, Any]) -> Push:
    """One entry of the activity log; GitHub's own example still has the names of the log's first version."""
    return Push(
        at=item.get("timestamp") or item["pushed_at"],
        before=item["before"],
        after=item["after"],
        ref=item["ref"],
        kind=item.get("activity_type") or item["push_type"],
        actor=_login(item.get("actor") or item.get("pusher")),
    )


def read_run(item: Mapping[str, Any]) -> WorkflowRun:
    """One workflow run."""
    return WorkflowRun(
        id=item["id"],
        name=item.get("name") or item.get("display_title") or "",
        path=str(item.get("path") or "").split("@")[0],
        sha=item["head_sha"],
        event=item.get("event") or "",
        status=item.get("status") or "",
        conclusion=item.get("conclusion"),
        branch=item.get("head_branch"),
        number=item.get("run_number") or 0,
        attempt=item.get("run_attempt") or 1,
        created_at=item.get("created_at"),
        updated_at=item.get("updated_at"),
        url=item.get("html_url") or "",
    )


def read_pull(item: Mapping[str, Any]) -> Pull:
    """One pull request, without its reviews."""
    return Pull(
        number=item["number"],
        author=_login(item.get("user")),
        state=item["state"],
        created_at=item.get("created_at"),
        updated_at=item.get("updated_at") or "",
        merged_at=item.get("merged_at"),
    )


def read_reviewers(items: Iterable[Mapping[str, Any]], author: str | None) -> tuple[str, ...]:
    """Who reviewed a pull request: people other than its author, in the order of their first review."""
    logins = [
        review["user"]["login"]
        for review in items
        if review.get("user") and review["user"].get("type", "User") == "User" and review.get("state") != "PENDING"
    ]
    return tuple(dict.fromkeys(login for login in logins if login.casefold() != (author or "").casefold()))


def read_collaborators(items: Iterable[Mapping[str, Any]]) -> tuple[Collaborator, ...]:
    """Those who may write."""
    found = []
    for item in items:
        rights = item.get("permissions") or {}
        role = item.get("role_name") or next((name for name in _ROLES if rights.get(name)), "")
        if not rights or any(rights.get(name) for name in _ROLES):
            found.append(Collaborator(login=item["login"], role=role))
    return tuple(found)


def read_protection(branch: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Protection:
    """Protection of a branch, from the branch itself and the rules in force on it."""
    classic = (branch.get("protection") or {}).get("required_status_checks") or {}
    checks = list(classic.get("contexts") or ())
    for rule in rules:
        needed = (rule.get("parameters") or {}).get("required_status_checks") or ()
        checks += [check["context"] for check in needed if isinstance(check, Mapping)]
    kinds = tuple(sorted({rule["type"] for rule in rules}))
    return Protection(
        protected=bool(branch.get("protected")) or bool(kinds), rules=kinds, checks=tuple(dict.fromkeys(checks))
    )


def read_pages(body: Mapping[str, Any]) -> PagesSite:
    """The site of GitHub Pages."""
    return PagesSite(exists=True, url=body.get("html_url"), status=body.get("status"))


def read_release(item: Mapping[str, Any]) -> Release:
    """One release."""
    return Release(tag=item["tag_name"], published_at=item.get("published_at"))


def read_deployment(item: Mapping[str, Any]) -> Deployment:
    """One deployment."""
    return Deployment(environment=item["environment"], sha=item["sha"], created_at=item.get("created_at"))


def read_contributor(item: Mapping[str, Any]) -> Contributor:
    """One contributor, with or without an account."""
    return Contributor(
        login=item.get("login") or "", name=item.get("name") or "", commits=item.get("contributions") or 0
    )


def _login(person: Mapping[str, Any] | None) -> str | None:
    return person.get("login") if person else None
