"""General probes about the history: people, branches, tags, what was deleted."""

import re

from harvester.models.facts import Facts
from harvester.probes.arguments import PathPattern, Regex
from harvester.probes.contents import matches_path
from harvester.probes.finding import Finding, Spot, found, unknown
from harvester.probes.matching import matches


def authors_at_least(facts: Facts, *, count: int | None = None) -> Finding:
    """At least so many distinct people have commits; without a count, at least as many as the group has members."""
    wanted = count if count is not None else facts.members
    if not wanted:
        return unknown("neither the roster nor the report says how many members the group has")
    people = zip(facts.people.names, facts.people.commits, strict=False)
    spots = [Spot(f"commit:{sha}", None, name) for name, sha in people]
    distinct, members = facts.people.distinct, facts.members or wanted
    with_commits = f"{distinct} {'person' if distinct == 1 else 'people'} with commits"
    reason = f"{with_commits}, {members} {'member' if members == 1 else 'members'}"
    if distinct >= wanted:
        return Finding(True, tuple(spots), reason)
    return unknown("older commits are missing here") if facts.history.shallow else Finding(False, (), reason)


def has_commits(facts: Facts, *, at_least: int = 1) -> Finding:
    """The graded history has so many commits."""
    commits = facts.history.commits
    spot = Spot(f"commit:{facts.sha}", None, f"{len(commits)} {'commit' if len(commits) == 1 else 'commits'}")
    return Finding(True, (spot,)) if len(commits) >= at_least or (at_least == 1 and facts.sha) else Finding(False)


def committed_by(facts: Facts, *, names: tuple[str, ...]) -> Finding:
    """Somebody of one of these names made a commit (`*` stands for anything), a bot too."""
    return found(
        Spot(f"commit:{commit.sha}", None, commit.author.name)
        for commit in facts.history.commits
        if matches(commit.author.name.lower(), names)
    )


def branch_exists(facts: Facts, *, names: tuple[str, ...]) -> Finding:
    """The repository has a branch of one of these names (`*` stands for anything)."""
    return found(Spot(f"branch:{name}", None, name) for name in facts.branch_names if matches_path(name, names))


def tag_exists(facts: Facts, *, names: tuple[str, ...]) -> Finding:
    """The history has a tag of one of these names (`*` stands for anything)."""
    return found(Spot(f"tag:{name}", None, name) for name, _ in facts.history.tags if matches_path(name, names))


def deleted(facts: Facts, *, paths: tuple[PathPattern, ...]) -> Finding:
    """A file of such a path was there once and was deleted. A hint, never evidence."""
    return found(
        Spot(f"commit:{sha}", None, f"deleted {path}")
        for path, sha in facts.history.deleted.items()
        if matches_path(path, paths)
    )


def commit_says(facts: Facts, *, pattern: Regex) -> Finding:
    """A commit message matches the pattern (a regular expression, any case). A hint, never evidence."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return found(
        Spot(f"commit:{commit.sha}", None, commit.message.splitlines()[0][:100])
        for commit in facts.history.commits
        if commit.message and wanted.search(commit.message)
    )
