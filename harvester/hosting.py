"""CI, GitHub and reviews in a record: pure functions of the graded commit and the stored facts."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from harvester.models.github import FACTS, NEVER_ASKED, GitHubFacts, Pull, WorkflowRun
from harvester.models.hosting import CiFacts, CiRun, CiWord, GitHubSummary
from harvester.models.record import Contribution, GroupRecord

if TYPE_CHECKING:
    from harvester.models.snapshot import Snapshot

_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)
_FAILED = ("failure", "timed_out", "startup_failure")


def describe_ci(snapshot: "Snapshot", facts: GitHubFacts | None) -> CiFacts:
    """The four facts of CI on the graded commit. Without runs it is never `passing`."""
    workflows = tuple(path for path in snapshot.tree.entries if _WORKFLOW.fullmatch(path))
    found = CiFacts(exists=bool(workflows), workflows=workflows)
    if facts is None or facts.runs.value is None:
        reason = facts.runs.reason if facts else NEVER_ASKED
        return found.model_copy(update={"reason": reason})
    log = facts.runs.value
    taken_at = facts.runs.taken_at.isoformat() if facts.runs.taken_at else None
    ran = True if any(run.own for run in log.runs) else (False if log.complete else None)
    runs = log.of(snapshot.sha)
    if runs is None:
        reason = "The last sync did not ask for the runs of this commit."
        return found.model_copy(update={"ran": ran, "reason": reason, "taken_at": taken_at})
    newest = _newest(runs)
    update = {
        "ran": ran,
        "on_commit": bool(newest),
        "conclusion": _conclude(newest),
        "runs": tuple(map(_describe_run, newest)),
        "reason": facts.runs.reason,
        "taken_at": taken_at,
    }
    return found.model_copy(update=update)


def _newest(runs: Iterable[WorkflowRun]) -> list[WorkflowRun]:
    """The newest run of each workflow, in the order of their paths."""
    found: dict[str, WorkflowRun] = {}
    for run in sorted(runs, key=lambda run: (run.number, run.id)):
        found[run.path or run.name] = run
    return [found[name] for name in sorted(found)]


def _conclude(runs: list[WorkflowRun]) -> CiWord:
    if not runs:
        return CiWord.NO_RUNS
    failed = any(run.conclusion in _FAILED for run in runs)
    passed = any(run.conclusion == "success" for run in runs)
    if failed:
        return CiWord.MIXED if passed else CiWord.FAILING
    if any(run.conclusion is None for run in runs):
        return CiWord.UNFINISHED
    return CiWord.PASSING if passed else CiWord.UNDECIDED


def _describe_run(run: WorkflowRun) -> CiRun:
    return CiRun(
        workflow=run.name,
        path=run.path,
        conclusion=run.conclusion or run.status or "unknown",
        event=run.event,
        attempt=run.attempt,
        finished_at=run.updated_at.isoformat() if run.conclusion and run.updated_at else None,
        url=run.url if run.url.startswith("https://github.com/") else "",
    )


def count_reviews(record: GroupRecord, facts: GitHubFacts | None) -> tuple[Contribution, ...]:
    """The record's contributions with each person's reviews; a member who only reviewed gets one, too.

    Who reviewed is known by login: of the roster, of a noreply mail, or one that commits are signed with.
    """
    log = facts.pulls.value if facts else None
    asked = [pull for pull in log.merged if pull.reviewers is not None] if log else []
    if log is None or (log.merged and not asked):
        return record.contributions
    rostered = {member.id: member.github for member in record.group.members if member.github}
    there = {one.member for one in record.contributions}
    silent = [
        Contribution(member=member, names=(), commits=0, added=0, removed=0)
        for member in rostered
        if member not in there
    ]
    counted = [
        one.model_copy(update={"reviews": _reviews_by(_logins_of(one, rostered.get(one.member or "")), asked)})
        for one in (*record.contributions, *silent)
    ]
    return tuple(one for one in counted if one.reviews or one.member in there)


def _logins_of(one: Contribution, rostered: str | None) -> set[str]:
    mails = (_NOREPLY.fullmatch(mail) for mail in one.emails)
    return {text.strip().casefold() for text in (rostered or "", *(found[1] for found in mails if found), *one.names)}


def _reviews_by(logins: set[str], pulls: Iterable[Pull]) -> int:
    return sum(
        (pull.author or "").casefold() not in logins and any(name.casefold() in logins for name in pull.reviewers or ())
        for pull in pulls
    )


def summarise_github(facts: GitHubFacts | None) -> GitHubSummary | None:
    """What GitHub says, for a page; None where it was never asked."""
    if facts is None:
        return None
    times = [fact.taken_at for name in FACTS if (fact := getattr(facts, name)).taken_at]
    found: dict[str, object] = {
        "taken_at": min(times).isoformat() if times else None,
        "unknown": {name: fact.reason for name in FACTS if (fact := getattr(facts, name)).reason},
    }
    if repository := facts.repository.value:
        found |= {
            "visibility": repository.visibility,
            "archived": repository.archived,
            "fork_of": repository.fork_of,
            "renamed_to": repository.name if repository.renamed else None,
            "created_at": repository.created_at.isoformat(),
        }
    if log := facts.push_log.value:
        found |= {"pushes": len(log.pushes), "force_pushes": sum(push.forced for push in log.pushes)}
    if pulls := facts.pulls.value:
        asked = [pull for pull in pulls.merged if pull.reviewers is not None]
        found |= {
            "pulls": len(pulls.pulls),
            "pulls_merged": len(pulls.merged),
            "pulls_reviewed": sum(bool(pull.reviewers) for pull in asked),
            "pulls_asked": len(asked),
        }
    if protection := facts.protection.value:
        found |= {"protected": protection.protected, "required_checks": protection.checks}
    if pages := facts.pages.value:
        found |= {"pages": pages.exists, "pages_url": pages.url}
    counted = {"collaborators": "writers", "releases": "", "deployments": "", "contributors": ""}
    for name, key in counted.items():
        value = getattr(facts, name).value
        found[key or name] = None if value is None else len(value)
    return GitHubSummary.model_validate(found)
