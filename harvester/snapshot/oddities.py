"""What is odd about the times of a history. Data for a teacher to look at, never a verdict: clocks can be wrong, too.

Codes: `force_push`, `back_dated`, `late_push`, `late_push_log`, `graded_commit_gone`, `wrong_clock`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from harvester.models.github import PushLog
from harvester.models.mirror import MirrorState
from harvester.models.problem import Problem
from harvester.snapshot.choice import show_moment
from harvester.snapshot.history import Log, LoggedCommit, walk

_CLOCKS_DIFFER = timedelta(hours=1)
"""By how much the clocks of two members' machines may differ without a word."""
_PROVEN = ("push_log", "first_seen")


@dataclass(frozen=True)
class Moments:
    """What the times are compared with. `moment` is the deadline, or the time that staff chose instead."""

    state: MirrorState
    method: str
    moment: datetime | None
    pushes: PushLog | None

    def show(self, time: datetime) -> str:
        """A time in the deadline's zone."""
        return show_moment(time.astimezone(self.moment.tzinfo) if self.moment else time)


def find_oddities(log: Log, history: Sequence[LoggedCommit], moments: Moments) -> tuple[Problem, ...]:
    """Force pushes after the deadline, dates that cannot be, and what was pushed later than it is dated."""
    head = moments.state.head
    whole = walk(log, head) if head is not None and head in log else list(history)
    found = [
        *_find_gone(log, moments),
        *_find_forced(moments),
        *_find_late(log, whole, history, moments),
        *_find_back_dated(log, whole, moments),
        *_find_wrong_clock(log, moments),
    ]
    return tuple(found)


def _find_gone(log: Log, moments: Moments) -> Iterator[Problem]:
    """The commit that the push log names is not in the mirror, or the log begins after the deadline."""
    if moments.moment is None or moments.pushes is None or not moments.pushes.pushes or moments.method == "chosen":
        return
    sha = moments.pushes.head_at(moments.moment)
    if sha is not None and sha not in log:
        yield Problem(
            code="graded_commit_gone",
            message=f"By GitHub's push log the default branch stood at {sha[:10]} at the deadline. That commit was "
            "taken off the branch before any sync saw it, so what is graded was chosen in another way.",
        )
    elif sha is None and moments.pushes.complete:
        first = moments.pushes.since(moments.moment)
        if first:
            yield Problem(
                code="late_push_log",
                message=f"GitHub's push log of the default branch begins at {moments.show(first[0].at)}, after the "
                "deadline: the commit was chosen by the dates that commits carry.",
            )


def _find_forced(moments: Moments) -> Iterator[Problem]:
    if moments.moment is None:
        return
    if moments.pushes is not None:
        times = [push.at for push in moments.pushes.since(moments.moment) if push.forced]
        how = "by GitHub's push log"
    else:
        times = [time for time in _forced_times(moments.state) if time > moments.moment]
        how = "as the syncs saw it"
    if times:
        number = "once" if len(times) == 1 else f"{len(times)} times"
        yield Problem(
            code="force_push",
            message=f"The history of the default branch was rewritten {number} after the deadline, {how}, first at "
            f"{moments.show(min(times))}.",
        )


def _forced_times(state: MirrorState) -> Iterator[datetime]:
    for line in state.forced:
        rest, _, time = line.rpartition(" ")
        if rest.rpartition(" ")[0] == state.default_branch:
            yield datetime.fromisoformat(time)


def _find_late(
    log: Log, whole: Iterable[LoggedCommit], history: Iterable[LoggedCommit], moments: Moments
) -> Iterator[Problem]:
    """Commits that carry a date before the deadline, and were pushed after it: no sync saw them until later."""
    if moments.moment is None:
        return
    seen = moments.state.heads_around(moments.moment)[1]
    if moments.method in _PROVEN:
        there = history
    elif seen is not None and seen.sha in log:
        there = walk(log, seen.sha)
    else:
        return
    shas = {entry.commit.sha for entry in there}
    late = [entry for entry in whole if entry.commit.sha not in shas and entry.time <= moments.moment]
    if late:
        yield Problem(
            code="late_push",
            message=f"{_count(late)} dated before the deadline, and pushed to the default branch after it: "
            f"{late[0].commit.sha[:10]} of {moments.show(late[0].time)}.",
        )


def _find_back_dated(log: Log, whole: Iterable[LoggedCommit], moments: Moments) -> Iterator[Problem]:
    """Commits that carry an earlier committer date than a commit they build on."""
    found = []
    for entry in whole:
        parents = [log[sha].time for sha in entry.commit.parents if sha in log]
        newest = max(parents, default=entry.time)
        crosses = moments.moment is not None and entry.time <= moments.moment < newest
        if newest - entry.time > _CLOCKS_DIFFER or crosses:
            found.append((newest - entry.time, newest, entry))
    if found:
        _, newest, entry = max(found, key=lambda one: one[0])
        yield Problem(
            code="back_dated",
            message=f"{_count(found)} dated before a commit that came before: {entry.commit.sha[:10]} says "
            f"{moments.show(entry.time)}, and its parent {moments.show(newest)}. A clock that is wrong does this, too.",
        )


def _find_wrong_clock(log: Log, moments: Moments) -> Iterator[Problem]:
    """Sightings that cannot be: their times go back, or the one that settles the choice is older than what it saw."""
    if moments.moment is None or moments.method not in ("first_seen", "committer_date"):
        return
    times = [time for seen in moments.state.heads for time in (seen.first, seen.last)]
    back = next(((one, two) for one, two in pairwise(times) if one - two > _CLOCKS_DIFFER), None)
    if back is not None:
        yield Problem(
            code="wrong_clock",
            message=f"The times of the syncs go back, from {moments.show(back[0])} to {moments.show(back[1])}: the "
            "clock of the machine was wrong, so what was there at the deadline is not certain.",
        )
    seen = moments.state.heads_around(moments.moment)[0]
    if seen is None or seen.sha not in log or moments.method != "first_seen":
        return
    dated = log[seen.sha].time
    if dated > moments.moment or dated - seen.first > _CLOCKS_DIFFER:
        yield Problem(
            code="wrong_clock",
            message=f"A sync saw {seen.sha[:10]} at {moments.show(seen.first)}, and the commit says "
            f"{moments.show(dated)}: the clock of that machine or the group's was wrong.",
        )


def _count(items: Sequence[object]) -> str:
    return "1 commit is" if len(items) == 1 else f"{len(items)} commits are"
