"""Takes the facts of one group's repository from GitHub, and keeps them beside its mirror.

Calls per group, the first time: repository, push log (one per 100 pushes to the default branch, at most 10), branch,
rules, runs (one, and one per commit that may be graded where there are more than 100 runs), pull requests (one per 100,
at most 3), reviews (one per merged pull request, at most 20), collaborators, releases, deployments, contributors, and
Pages where there is a site: 10 to 12 for a small group, at most 45. The next time only what has changed is sent again.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from harvester.mirrors.github_answers import FOLDER, Answer, Shelf
from harvester.mirrors.github_errors import AskError, Grounds
from harvester.mirrors.github_reading import (
    READING_ERRORS,
    read_collaborators,
    read_contributor,
    read_deployment,
    read_pages,
    read_protection,
    read_pull,
    read_push,
    read_release,
    read_repository,
    read_reviewers,
    read_run,
)
from harvester.mirrors.state import write_whole
from harvester.mirrors.urls import same_repository
from harvester.models.github import (
    FACTS,
    NEVER_ASKED,
    Collaborator,
    Contributor,
    Deployment,
    Fact,
    GitHubFacts,
    PagesSite,
    Protection,
    Pull,
    PullLog,
    PushLog,
    Release,
    Repository,
    RunLog,
)

if TYPE_CHECKING:
    from harvester.mirrors.github_api import GitHubApi

T = TypeVar("T")
FILE = "github.json"
NO_TOKEN = "Not asked: there was no GitHub token at the sync (set GITHUB_TOKEN, or gh auth login)."  # noqa: S105
NOT_GITHUB = "The repository is not on github.com."
_REPOSITORY = re.compile(r"https://(?:www\.)?github\.com/([\w-]+/[\w.-]+?)(?:\.git)?/?", re.IGNORECASE | re.ASCII)
_LARGEST = 50_000_000
_PUSH_PAGES = 10
_PULL_PAGES = 3
_MOST_REVIEWS = 20
_PAGE = "per_page=100"


def load_github(folder: Path) -> GitHubFacts | None:
    """The facts that the last sync left beside a mirror; None where there are none that can be read."""
    path = folder / FILE
    try:
        if path.stat().st_size > _LARGEST:
            return None
        facts = GitHubFacts.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return facts if facts.schema_version == 1 else None


def unknown_facts(repo_url: str, reason: str, now: datetime) -> GitHubFacts:
    """Facts of which none is known."""
    return GitHubFacts.model_validate(
        {"repo_url": repo_url, "asked_at": now, **{name: {"reason": reason} for name in FACTS}}
    )


def sync_github(
    repo_url: str,
    folder: Path,
    api: "GitHubApi | None",
    *,
    deadline: datetime | None = None,
    commits: Iterable[str] = (),
) -> GitHubFacts:
    """Take a repository's facts, and write them to its mirror's folder last, in one step.

    Parameters
    ----------
    repo_url
        What the roster names.
    api
        None where there is no token: earlier facts then stay as they are.
    deadline
        The runs of the commit that the push log shows at that time are asked for, too.
    commits
        More commits that may be graded: the head, and what staff chose.

    Returns
    -------
    GitHubFacts
        Each fact, or why it is not known. One that cannot be taken again keeps its value and its time.

    Raises
    ------
    MirrorError
        The facts cannot be written.
    AskError
        The run was told to stop; what was answered so far is kept for the next one.
    """
    old = load_github(folder)
    if old is not None and not same_repository(old.repo_url, repo_url):
        old = None
    found = _REPOSITORY.fullmatch(repo_url)
    if found is None or found[1].split("/")[1] in (".", ".."):
        return _save(folder, unknown_facts(repo_url, NOT_GITHUB, datetime.now(UTC)))
    if api is None:
        return old or _save(folder, unknown_facts(repo_url, NO_TOKEN, datetime.now(UTC)))
    asking = _Asking(api, Shelf(folder / FOLDER), found[1])
    before = old or unknown_facts(repo_url, NEVER_ASKED, api.now())
    facts = asking.take_all(before, deadline, tuple(commits))
    if not asking.failed:
        asking.shelf.clear()
    return _save(folder, facts)


def _save(folder: Path, facts: GitHubFacts) -> GitHubFacts:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder, FILE, facts.model_dump_json(indent=1).encode() + b"\n")
    return facts


class _Asking:
    """One sync of one repository."""

    def __init__(self, api: "GitHubApi", shelf: Shelf, name: str) -> None:
        self.api = api
        self.shelf = shelf
        self.name = name
        self.calls = 0
        self.unchanged = 0
        self.failed = False
        self._times: list[datetime] = []

    def take_all(self, old: GitHubFacts, deadline: datetime | None, commits: tuple[str, ...]) -> GitHubFacts:
        """All facts, in few calls; where the repository itself cannot be asked for, nothing else is."""
        repository = self._fact(old.repository, self._take_repository)
        if repository.value is None or repository.reason:
            rest = {name: _older(getattr(old, name), repository.reason) for name in FACTS if name != "repository"}
            return self._counted(old, {"repository": repository, **rest})
        self.name = repository.value.name
        branch = repository.value.default_branch
        has_pages = repository.value.has_pages
        log = self._fact(old.push_log, lambda: self._take_push_log(branch))
        graded = log.value.head_at(deadline) if log.value and deadline else None
        shas = tuple(dict.fromkeys([*commits, *([graded] if graded else [])]))
        earlier = old.pulls.value.pulls if old.pulls.value else ()
        facts: dict[str, Fact[Any]] = {
            "repository": repository,
            "push_log": log,
            "runs": self._fact(old.runs, lambda: self._take_runs(shas)),
            "pulls": self._take_pulls(old.pulls, earlier),
            "collaborators": self._fact(old.collaborators, self._take_collaborators),
            "protection": self._fact(old.protection, lambda: self._take_protection(branch)),
            "pages": self._fact(old.pages, lambda: self._take_pages(has_pages)),
            "releases": self._fact(old.releases, self._take_releases),
            "deployments": self._fact(old.deployments, self._take_deployments),
            "contributors": self._fact(old.contributors, self._take_contributors),
        }
        return self._counted(old, facts)

    def _counted(self, old: GitHubFacts, facts: dict[str, Fact[Any]]) -> GitHubFacts:
        more = {"asked_at": self.api.now(), "calls": self.calls, "unchanged": self.unchanged}
        return GitHubFacts.model_validate(dict(old) | {name: dict(fact) for name, fact in facts.items()} | more)

    def _fact(self, old: Fact[T], take: Callable[[], T]) -> Fact[T]:
        self._times = []
        try:
            value = take()
        except AskError as error:
            self._note(error)
            return _older(old, error.reason)
        except READING_ERRORS as error:
            self.failed = True
            return _older(old, f"GitHub's answer could not be read ({type(error).__name__}).")
        return Fact(value=value, taken_at=min(self._times, default=self.api.now()))

    def _note(self, error: AskError) -> None:
        if error.grounds is Grounds.STOPPED:
            raise error
        self.failed = True

    def _ask(self, target: str) -> Answer:
        self.calls += 1
        answer, unchanged = self.api.ask(target, self.shelf)
        self.unchanged += unchanged
        self._times.append(answer.checked_at)
        return answer

    def _body(self, path: str = "") -> Any:
        return self._ask(f"/repos/{self.name}{path}").json_body()

    def _list(self, path: str, *, pages: int = 1) -> tuple[list[Any], bool]:
        """The items of a list, and whether that is all of them."""
        items: list[Any] = []
        target: str | None = f"/repos/{self.name}{path}"
        while target is not None and pages > 0:
            answer = self._ask(target)
            body = answer.json_body()
            if not isinstance(body, list | None):
                raise TypeError("no list")
            items += body or []
            target = answer.next
            pages -= 1
        return items, target is None

    def _take_repository(self) -> Repository:
        return read_repository(self._body(), self.name)

    def _take_push_log(self, branch: str) -> PushLog:
        ref = quote(f"refs/heads/{branch}", safe="")
        items, complete = self._list(f"/activity?ref={ref}&{_PAGE}", pages=_PUSH_PAGES)
        pushes = sorted(map(read_push, items), key=lambda push: push.at, reverse=True)
        return PushLog(branch=branch, pushes=tuple(pushes), complete=complete)

    def _take_runs(self, commits: Sequence[str]) -> RunLog:
        body = self._body(f"/actions/runs?{_PAGE}")
        runs = {run.id: run for run in map(read_run, body["workflow_runs"])}
        total = body["total_count"]
        complete = total <= len(runs)
        for sha in () if complete else commits:
            items = self._body(f"/actions/runs?head_sha={quote(sha, safe='')}&{_PAGE}")["workflow_runs"]
            runs.update((run.id, run) for run in map(read_run, items))
        return RunLog(total=total, runs=tuple(runs.values()), commits=tuple(commits), complete=complete)

    def _take_pulls(self, old: Fact[PullLog], earlier: Sequence[Pull]) -> Fact[PullLog]:
        """Pull requests, and who reviewed the newest merged ones. One that did not change is not asked for again."""
        fact = self._fact(old, self._list_pulls)
        if fact.value is None or fact.reason:
            return fact
        known = {pull.number: pull for pull in earlier if pull.reviewers is not None}
        found, reason = dict[int, tuple[str, ...]](), ""
        for pull in fact.value.merged[:_MOST_REVIEWS]:
            before = known.get(pull.number)
            if before and before.updated_at == pull.updated_at and before.reviewers is not None:
                found[pull.number] = before.reviewers
                self.shelf.load(self._reviews_of(pull))
                continue
            try:
                found[pull.number] = read_reviewers(self._ask(self._reviews_of(pull)).json_body(), pull.author)
            except AskError as error:
                self._note(error)
                reason = f"Not all reviews are known. {error.reason}"
            except READING_ERRORS:
                reason = "Not all reviews are known: GitHub's answer could not be read."
        pulls = tuple(pull.model_copy(update={"reviewers": found.get(pull.number)}) for pull in fact.value.pulls)
        log = fact.value.model_copy(update={"pulls": pulls})
        return fact.model_copy(update={"value": log, "reason": reason})

    def _list_pulls(self) -> PullLog:
        items, complete = self._list(f"/pulls?state=all&{_PAGE}", pages=_PULL_PAGES)
        return PullLog(pulls=tuple(map(read_pull, items)), complete=complete)

    def _reviews_of(self, pull: Pull) -> str:
        return f"/repos/{self.name}/pulls/{pull.number}/reviews?{_PAGE}"

    def _take_collaborators(self) -> tuple[Collaborator, ...]:
        return read_collaborators(self._list(f"/collaborators?{_PAGE}")[0])

    def _take_protection(self, branch: str) -> Protection:
        name = quote(branch, safe="")
        found = self._body(f"/branches/{name}")
        rules: list[Any] = []
        try:
            rules, _ = self._list(f"/rules/branches/{name}?{_PAGE}")
        except AskError as error:
            if not found.get("protected") or error.grounds is Grounds.STOPPED:
                raise
        return read_protection(found, rules)

    def _take_pages(self, exists: bool) -> PagesSite:
        if not exists:
            return PagesSite(exists=False)
        with suppress(AskError):  # the address is for those who may push; that there is a site is known already
            return read_pages(self._body("/pages"))
        self.api.turns.check()
        return PagesSite(exists=True)

    def _take_releases(self) -> tuple[Release, ...]:
        return tuple(map(read_release, self._list(f"/releases?{_PAGE}")[0]))

    def _take_deployments(self) -> tuple[Deployment, ...]:
        return tuple(map(read_deployment, self._list(f"/deployments?{_PAGE}")[0]))

    def _take_contributors(self) -> tuple[Contributor, ...]:
        return tuple(map(read_contributor, self._list(f"/contributors?anon=1&{_PAGE}")[0]))


def _older(old: Fact[T], reason: str) -> Fact[T]:
    """An earlier fact that could not be taken again; without an earlier value, the reason alone."""
    if old.value is None:
        return Fact(reason=reason)
    return old.model_copy(update={"reason": f"Not taken again. {reason}"})
