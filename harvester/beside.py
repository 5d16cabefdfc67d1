"""What lies beside a group's mirror, and how it is taken and shown: GitHub's facts, and what staff chose to grade."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.errors import MirrorError
from harvester.hosting import count_reviews, describe_ci, summarise_github
from harvester.models.github import FACTS, GitHubFacts
from harvester.models.links import Link, LinkAnswer
from harvester.models.mirror import Chosen, MirrorState
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord

if TYPE_CHECKING:
    from harvester.mirrors.github_api import GitHubApi
    from harvester.models.snapshot import Snapshot


@dataclass(frozen=True)
class Beside:
    """What grading reads beside the mirror and its state. Picklable."""

    github: GitHubFacts | None = None
    chosen: Chosen | None = None
    links: tuple[LinkAnswer, ...] = ()
    fault: str = ""
    """Why what staff chose cannot be read; the group is then not graded."""

    def key(self, state: MirrorState | None, deadline: datetime | None) -> str:
        """A fingerprint of what a record depends on: not of when it was taken."""
        parts = [self.fault, self.chosen.model_dump_json() if self.chosen else ""]
        if self.github is not None:
            facts = (getattr(self.github, name) for name in FACTS)
            parts += [fact.model_dump_json(exclude={"taken_at"}) for fact in facts]
        parts += [answer.model_dump_json() for answer in self.links]
        moment = (self.chosen and self.chosen.at) or deadline
        if state is not None and moment is not None:
            parts += [seen.sha if seen else "" for seen in state.heads_around(moment)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def load_beside(folder: Path, repo_url: str | None) -> Beside:
    """What lies beside a mirror; facts that cannot be read, or are of another repository, are not there."""
    from harvester.mirrors.chosen import load_chosen
    from harvester.mirrors.github_sync import load_github
    from harvester.mirrors.links import load_answers
    from harvester.mirrors.urls import same_repository

    github, links = load_github(folder), load_answers(folder)
    if github is not None and not (repo_url and same_repository(github.repo_url, repo_url)):
        github = None
    try:
        return Beside(github, load_chosen(folder), links)
    except MirrorError as error:
        return Beside(github, links=links, fault=str(error))


def open_github(token: str, stop: Callable[[], bool], waiting: Callable[[float, str], None]) -> "GitHubApi":
    """The way to GitHub that all groups of a run share. `waiting` is told of waits for its limits."""
    from harvester.mirrors.github_api import GitHubApi
    from harvester.mirrors.github_limits import Turns

    return GitHubApi(token, turns=Turns(stop=stop, waiting=waiting))


def sync_facts(
    repo_url: str, folder: Path, state: MirrorState, api: "GitHubApi | None", deadline: datetime | None
) -> str | None:
    """Take GitHub's facts of one group. Returns a sentence where they could not be kept, None where all is well."""
    from harvester.mirrors.github_errors import AskError
    from harvester.mirrors.github_sync import sync_github

    chosen = load_beside(folder, repo_url).chosen
    moment = (chosen and chosen.at) or deadline
    commits = [state.head, chosen.commit if chosen else None]
    try:
        sync_github(repo_url, folder, api, deadline=moment, commits=[sha for sha in commits if sha])
    except AskError:  # told to stop: the next sync goes on from here
        return None
    except MirrorError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Candidates:
    """What may be graded: the newest commit at a moment (of all, where it is None), and commits that other ways name.

    `handed_in` is what the push log says; `commits` are all, that one included, that dates alone do not lead to.
    """

    moment: datetime | None
    handed_in: str | None
    commits: tuple[str, ...]


def find_candidates(folder: Path, state: MirrorState, deadline: datetime | None) -> Candidates:
    """What may be graded of a mirror, by the deadline or what staff chose instead, and by what is known now."""
    beside = load_beside(folder, state.repo_url)
    moment = (beside.chosen and beside.chosen.at) or deadline
    log = beside.github.push_log.value if beside.github else None
    pushed = log.head_at(moment) if log is not None and moment is not None else None
    seen = state.heads_around(moment) if moment is not None else ()
    commits = [beside.chosen and beside.chosen.commit, pushed, *(head and head.sha for head in seen)]
    return Candidates(moment, pushed, tuple(sorted({sha for sha in commits if sha and sha != state.head})))


def add_beside(
    record: GroupRecord, snapshot: "Snapshot | None", beside: Beside, links: tuple[Link, ...] = ()
) -> GroupRecord:
    """The record with CI, GitHub, reviews, links, and what is odd about the commit that was graded."""
    reviewed = count_reviews(record, beside.github)
    update: dict[str, object] = {"github": summarise_github(beside.github), "contributions": reviewed}
    if snapshot is not None:
        problems = (*_say_chosen(snapshot, beside.chosen), *snapshot.problems, *record.problems)
        update |= {"ci": describe_ci(snapshot, beside.github), "links": links, "problems": problems}
    return record.model_copy(update=update)


def _say_chosen(snapshot: "Snapshot", chosen: Chosen | None) -> Iterator[Problem]:
    if chosen is None:
        return
    what = f"commit {snapshot.sha[:10]}" if chosen.commit else f"what was there at {chosen.at:%Y-%m-%d %H:%M:%S %z}"
    yield Problem(
        code="chosen_commit",
        message=f"Course staff chose, on {chosen.made_at:%Y-%m-%d}, to grade {what}, not what the deadline gives.",
    )
