"""Resolves the names of a history into persons, and puts together what each did."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from harvester.models.group import Member
from harvester.models.people import People
from harvester.models.problem import Problem
from harvester.models.record import Contribution
from harvester.models.snapshot import Commit, History, Person
from harvester.people.clusters import Cluster, matches, merge_identities
from harvester.people.names import Identity, is_bot, read_identity

TEMPLATE_AUTHORS = ("SkafteNicki",)
"""Logins of the authors of the templates that groups start from: a copied history holds their commits."""
_MOST_NAMES = 12
_MOST_UNKNOWN = 50
_MOST_LISTED = 100
_MOST_DAYS = 1_000
_MOST_TOLD_APART = 20_000
"""Names and mails; authors first."""


def resolve_people(
    history: History,
    members: Sequence[Member],
    report_member_ids: Sequence[str],
    aliases: Mapping[str, Iterable[str]] | None = None,
    *,
    staff: Iterable[str] = (),
) -> People:
    """Who made the commits of a history: one entry per person, bots, template authors and course staff left out.

    Parameters
    ----------
    history
        Authors and co-authors count; who only committed or merged what others wrote does not.
    members
        Of the roster. Names and GitHub logins, where it has them, help to tell who is who.
    report_member_ids
        The study numbers that the report gives.
    aliases
        Member's id -> names, mails and logins that commits have for this person.
    staff
        Names, mails and logins of course staff.
    """
    ids = list(dict.fromkeys([*(member.id for member in members), *report_member_ids]))
    cast = _Cast(members, ids, aliases or {}, (*TEMPLATE_AUTHORS, *staff))
    parts, rest = _split(_list_parts(history))
    persons = cast.persons(parts)
    rank = {member: place for place, member in enumerate(ids)}
    persons.sort(key=lambda person: (rank.get(person.member or "", len(rank)), -len(person.parts), person.name))
    known = [person for person in persons if not person.nobody]
    unknown = [text for person in persons if person.member is None for text in person.written]
    listed, others = persons[:_MOST_LISTED], persons[_MOST_LISTED:]
    strangers = len({part.who.email.casefold() or part.who.name for part in rest})
    return People(
        contributions=(*map(_contribute, listed), *_sum_up(others, rest, strangers)),
        distinct=len(known) + strangers,
        names=tuple(person.name for person in listed),
        commits=tuple(person.parts[0].commit.sha for person in listed),
        unknown=tuple(unknown[:_MOST_UNKNOWN]),
        problems=_find_problems(members, persons, complete=not (history.shallow or rest)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One commit that an identity made, or helped with."""

    who: Person
    commit: Commit
    author: bool


def _list_parts(history: History) -> list[_Part]:
    parts = []
    for commit in history.commits:
        parts.append(_Part(commit.author, commit, author=True))
        parts += [_Part(person, commit, author=False) for person in commit.coauthors if person != commit.author]
    return [part for part in parts if not is_bot(part.who.name, part.who.email)]


def _split(parts: list[_Part]) -> tuple[list[_Part], list[_Part]]:
    """The parts whose people are told apart, and those of people beyond the bound, who wrote no commit."""
    authors = dict.fromkeys(part.who for part in parts if part.author)
    everybody = {**authors, **dict.fromkeys(part.who for part in parts)}
    if len(everybody) <= _MOST_TOLD_APART:
        return parts, []
    told = {*authors, *islice(everybody, _MOST_TOLD_APART)}
    return [part for part in parts if part.who in told], [part for part in parts if part.who not in told]


@dataclass(frozen=True)
class _Someone:
    """A person of the history. `nobody`: a name that could be anybody's, such as a machine's root."""

    member: str | None
    name: str
    written: tuple[str, ...]
    names: tuple[str, ...]
    emails: tuple[str, ...]
    parts: tuple[_Part, ...]
    nobody: bool


@dataclass(frozen=True)
class _Cast:
    """Who may be behind the names, before the history is read."""

    members: Sequence[Member]
    ids: Sequence[str]
    aliases: Mapping[str, Iterable[str]]
    left_out: Sequence[str]

    def persons(self, parts: Sequence[_Part]) -> list[_Someone]:
        """The persons of a history's parts, without those left out."""
        written = list(dict.fromkeys(part.who for part in parts))
        identities = [read_identity(person.name, person.email) for person in written]
        seeds, owners = self._seeds(len(identities))
        named = {
            number: member
            for number, identity in enumerate(identities)
            for member, names in self.aliases.items()
            if any(matches(identity, name) for name in names)
        }
        clusters = merge_identities([*identities, *seeds], owners, named)
        by_person: dict[Person, list[_Part]] = {}
        for part in parts:
            by_person.setdefault(part.who, []).append(part)
        found = []
        for cluster in clusters:
            numbers = [number for number in cluster.numbers if number < len(written)]
            if numbers and not any(matches(identities[n], name) for n in numbers for name in self.left_out):
                found.append(
                    self._someone(cluster, [written[n] for n in numbers], [identities[n] for n in numbers], by_person)
                )
        return found

    def _seeds(self, start: int) -> tuple[list[Identity], dict[int, str]]:
        """What the roster and the report say of the members, as identities that made no commit."""
        rostered = {member.id: member for member in self.members}
        seeds: list[Identity] = []
        owners: dict[int, str] = {}
        for member in self.ids:
            known = rostered.get(member)
            github = f"{known.github}@users.noreply.github.com" if known and known.github else ""
            for name, mail in ((member, ""), (known.name or "" if known else "", github)):
                if name or mail:
                    owners[start + len(seeds)] = member
                    seeds.append(read_identity(name, mail))
        return seeds, owners

    def _someone(
        self,
        cluster: Cluster,
        written: list[Person],
        identities: list[Identity],
        by_person: Mapping[Person, list[_Part]],
    ) -> _Someone:
        parts = [part for person in written for part in by_person[person]]
        once = list({part.commit.sha: part for part in sorted(parts, key=lambda part: part.author)}.values())
        once.sort(key=lambda part: (-part.commit.authored_at.timestamp(), part.commit.sha))
        counts = Counter(part.who for part in parts)
        ranked = sorted(counts, key=lambda person: (-counts[person], person.name, person.email))
        full = [person.name for person in ranked if " " in person.name.strip()]
        best = (full or [person.name for person in ranked if person.name] or [ranked[0].email])[0]
        return _Someone(
            member=min(cluster.members, key=self.ids.index) if cluster.members else None,
            name=best,
            written=tuple(f"{person.name} <{person.email}>" for person in ranked),
            names=tuple(dict.fromkeys([best, *(person.name for person in ranked if person.name)]))[:_MOST_NAMES],
            emails=tuple(dict.fromkeys(person.email for person in ranked if person.email))[:_MOST_NAMES],
            parts=tuple(once),
            nobody=all(identity.nobody for identity in identities),
        )


def _contribute(person: _Someone) -> Contribution:
    authored = [part.commit for part in person.parts if part.author]
    changes = [change for commit in authored for change in commit.changes]
    times = sorted((part.commit.authored_at for part in person.parts), key=lambda moment: moment.timestamp())
    days = Counter(moment.date().isoformat() for moment in times)
    return Contribution(
        member=person.member,
        names=person.names,
        emails=person.emails,
        commits=len(authored),
        added=sum(added for _, added, _ in changes),
        removed=sum(removed for _, _, removed in changes),
        first=times[0].isoformat(),
        last=times[-1].isoformat(),
        merges=sum(1 for commit in authored if len(commit.parents) > 1),
        coauthored=len(person.parts) - len(authored),
        active_days=len(days),
        by_day=tuple(sorted(days.items())[-_MOST_DAYS:]),
    )


def _sum_up(others: Sequence[_Someone], rest: Iterable[_Part], strangers: int) -> Iterator[Contribution]:
    """One entry of everybody who is not listed, where there is anybody."""
    parts = (*(part for person in others for part in person.parts), *rest)
    if parts:
        person = _Someone(member=None, name="", written=(), names=(), emails=(), parts=parts, nobody=False)
        yield _contribute(person).model_copy(update={"people": len(others) + strangers})


def _find_problems(members: Sequence[Member], persons: Sequence[_Someone], *, complete: bool) -> tuple[Problem, ...]:
    problems = []
    tied = {person.member for person in persons}
    loose = [person for person in persons if person.member is None and not person.nobody]
    missing = [member.id for member in members if member.id not in tied]
    if missing and not loose and complete:
        message = f"No commit is by {', '.join(missing)}, and no name in the history is left that could be theirs."
        problems.append(Problem(code="member_without_commits", message=message))
    if members and len(loose) > len(missing):
        names = ", ".join(person.name for person in loose[:_MOST_NAMES])
        message = f"More people made commits than the group has members: {names} could be tied to none."
        problems.append(Problem(code="unknown_author", message=message))
    return tuple(problems)
