"""What pages and sheets say of CI, GitHub and a group's links: facts in words, each with its time, never a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from harvester.models.hosting import CiFacts, CiRun, CiWord, GitHubSummary
from harvester.models.links import Link, LinkAnswer, LinkKind
from harvester.models.record import GroupRecord
from harvester.outputs.wording import blob_url, plural, say_time

CI_WORDS: dict[CiWord, str] = {
    CiWord.PASSING: "passing",
    CiWord.FAILING: "failing",
    CiWord.MIXED: "mixed: some workflows passed and some failed",
    CiWord.UNFINISHED: "not finished when GitHub was asked",
    CiWord.UNDECIDED: "undecided: skipped, cancelled or waiting for a person",
    CiWord.NO_RUNS: "no runs, so neither passing nor failing",
    CiWord.UNKNOWN: "not known",
}

LINK_KINDS: dict[LinkKind, str] = {
    LinkKind.SERVICE: "Services",
    LinkKind.WANDB: "Weights & Biases",
    LinkKind.WORKFLOW_RUN: "Workflow runs",
    LinkKind.IMAGE: "Pictures",
    LinkKind.OTHER: "Other links",
}

_FACTS: dict[str, str] = {
    "repository": "Repository",
    "push_log": "Push log",
    "pulls": "Pull requests",
    "collaborators": "Writers",
    "protection": "Default branch",
    "pages": "Pages",
    "releases": "Releases",
    "deployments": "Deployments",
    "contributors": "Contributors",
}
"""Fact of GitHub -> its heading; the runs of workflows are told as CI."""
_MOST_FILES = 6
_MOST_ANSWERS = 3
_LONGEST = 120
"""Characters that are shown of a link."""


@dataclass(frozen=True, slots=True)
class Said:
    """One fact in words. `note` says why it is not known or not new, `links` lead to what it is about."""

    name: str
    text: str
    note: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """(text, URL)"""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link: where it leads, where it stands, and what answered."""

    url: str
    shown: str
    place: str
    place_url: str
    answers: str


@dataclass(frozen=True, slots=True)
class HostingView:
    """All that a page says beside the commit itself. Parts of which nothing is known are empty."""

    taken_at: str
    """When GitHub was asked, in the course's zone."""
    ci: tuple[Said, ...]
    github: tuple[Said, ...]
    links: tuple[tuple[str, tuple[LinkView, ...]], ...]
    """(kind, links)"""


def view_hosting(record: GroupRecord, zone: str) -> HostingView:
    """Say what is known; where GitHub was never asked, its parts are empty."""
    asked = record.github is not None
    taken_at = (record.github and record.github.taken_at) or (record.ci and record.ci.taken_at) or None
    return HostingView(
        taken_at=say_time(taken_at, zone),
        ci=tuple(say_ci(record, record.ci, zone)) if asked and record.ci else (),
        github=tuple(say_github(record.github, zone)) if record.github else (),
        links=tuple(_fold_links(record, zone)),
    )


def say_ci(record: GroupRecord, ci: CiFacts, zone: str) -> Iterator[Said]:
    """The four facts of CI, each on its own: it exists, it ran, it ran on this commit, and how that ended."""
    files = ci.workflows[:_MOST_FILES]
    count = plural(len(ci.workflows), "file") if ci.exists else "none"
    first = f"; the first {_MOST_FILES} are" if len(ci.workflows) > _MOST_FILES else ""
    yield Said(
        "Workflows",
        f"{count} in the graded commit{first}",
        links=tuple((path, _file(record, path)) for path in files),
    )
    yield Said("Ran ever", _yes(ci.ran), _why(ci, ci.ran))
    yield Said("Ran on this commit", _yes(ci.on_commit), _why(ci, ci.on_commit))
    unknown = ci.conclusion is CiWord.UNKNOWN
    yield Said(
        "How that ended",
        CI_WORDS[ci.conclusion],
        ci.reason if unknown or ci.on_commit is not None else "",
        tuple((_say_run(run, zone), run.url) for run in ci.runs),
    )


def sum_up_ci(ci: CiFacts) -> str:
    """The four facts in a line, for a cell."""
    parts = (
        plural(len(ci.workflows), "workflow") if ci.exists else "no workflow",
        f"ran ever: {_yes(ci.ran)}",
        f"on this commit: {_yes(ci.on_commit)}",
        f"ended: {CI_WORDS[ci.conclusion]}",
    )
    return "; ".join(parts)


def sum_up_pulls(github: GitHubSummary) -> str:
    """Pull requests in a line; `not known` where they are not."""
    if github.pulls is None:
        return "not known"
    said = f"{github.pulls:,}, {github.pulls_merged or 0:,} merged"
    if github.pulls_asked:
        said += f"; {github.pulls_reviewed or 0:,} of {github.pulls_asked:,} merged ones reviewed by another member"
    return said


def say_github(github: GitHubSummary, zone: str) -> Iterator[Said]:
    """What GitHub says of the repository, fact by fact; last what is not known, and why."""
    told = {
        "repository": _say_repository(github, zone),
        "push_log": "" if github.pushes is None else _say_pushes(github),
        "pulls": "" if github.pulls is None else sum_up_pulls(github),
        "collaborators": "" if github.writers is None else plural(github.writers, "person", "people"),
        "protection": _say_protection(github),
        "pages": "" if github.pages is None else ("published" if github.pages else "none"),
        "releases": _count(github.releases),
        "deployments": _count(github.deployments),
        "contributors": _count(github.contributors),
    }
    for fact, text in told.items():
        links = ((github.pages_url, github.pages_url),) if fact == "pages" and github.pages_url else ()
        if text:
            yield Said(_FACTS[fact], text, github.unknown.get(fact, ""), links)
    reasons: dict[str, list[str]] = {}
    for fact, text in told.items():
        if not text:
            reasons.setdefault(github.unknown.get(fact, ""), []).append(_FACTS[fact].lower())
    for reason, names in reasons.items():
        yield Said("Not known", ", ".join(names), reason)


def _say_repository(github: GitHubSummary, zone: str) -> str:
    parts = [github.visibility or ""]
    parts += [f"created {say_time(github.created_at, zone)}"] if github.created_at else []
    parts += [f"a fork of {github.fork_of}"] if github.fork_of else []
    parts += [f"renamed to {github.renamed_to}"] if github.renamed_to else []
    parts += ["archived"] if github.archived else []
    return ", ".join(part for part in parts if part)


def _say_pushes(github: GitHubSummary) -> str:
    return f"{plural(github.pushes or 0, 'entry', 'entries')}, {github.force_pushes or 0:,} by force"


def _say_protection(github: GitHubSummary) -> str:
    if github.protected is None:
        return ""
    checks = f", required checks: {', '.join(github.required_checks)}" if github.required_checks else ""
    return ("protected" if github.protected else "not protected") + checks


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}" if number else "none"


def _yes(known: bool | None) -> str:
    return "not known" if known is None else "yes" if known else "no"


def _why(ci: CiFacts, known: bool | None) -> str:
    return ci.reason if known is None else ""


def _say_run(run: CiRun, zone: str) -> str:
    name = run.workflow or run.path
    parts = [run.conclusion.replace("_", " "), f"on {run.event.replace('_', ' ')}" if run.event else ""]
    parts += [f"attempt {run.attempt}"] if run.attempt > 1 else []
    parts += [say_time(run.finished_at, zone)] if run.finished_at else []
    return f"{name}: {', '.join(part for part in parts if part)}"


def _fold_links(record: GroupRecord, zone: str) -> Iterator[tuple[str, tuple[LinkView, ...]]]:
    for kind, heading in LINK_KINDS.items():
        links = tuple(_view_link(record, link, zone) for link in record.links if link.kind is kind)
        if links:
            yield heading, links


def _view_link(record: GroupRecord, link: Link, zone: str) -> LinkView:
    return LinkView(
        url=link.url,
        shown=link.url if len(link.url) <= _LONGEST else link.url[: _LONGEST - 1] + "…",
        place=f"{link.path}, line {link.line}" if link.line else link.path,
        place_url=_file(record, link.path, link.line),
        answers="; ".join(_say_answer(one, zone) for one in reversed(link.answers[-_MOST_ANSWERS:])),
    )


def _say_answer(answer: LinkAnswer, zone: str) -> str:
    at = say_time(answer.asked_at.isoformat(), zone)
    if answer.status is None:
        return f"no answer on {at}" + (f" ({answer.reason.rstrip('.')})" if answer.reason else "")
    return f"answered {answer.status} on {at}"


def _file(record: GroupRecord, path: str, line: int | None = None) -> str:
    sha = record.snapshot.sha if record.snapshot else None
    return blob_url(record.group.repo_url, sha, path, (line, None))
