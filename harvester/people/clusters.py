"""Which identities are one person.

What proves it merges at once: one mail, one GitHub account, one study number, or the course's own list of aliases.
After that names merge, from the surest reading to the least, and never where something speaks against it: two study
numbers, two members, or, for the weaker readings, two accounts or two full names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from harvester.people.names import Identity, spells, squeeze

_LONG_HANDLE = 8
"""Letters; shorter ones are first names, too."""
_MOST_COMPARED = 200
_DIGITS = "0123456789"


@dataclass
class Cluster:
    """One person, as far as is known: identities by their number, and what they say together."""

    numbers: list[int] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    studies: set[str] = field(default_factory=set)
    logins: set[str] = field(default_factory=set)
    handles: set[str] = field(default_factory=set)
    firsts: set[str] = field(default_factory=set)
    names: set[frozenset[str]] = field(default_factory=set)
    ordered: set[tuple[str, ...]] = field(default_factory=set)
    camels: set[tuple[str, ...]] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    hosted: set[str] = field(default_factory=set)

    def add(self, number: int, identity: Identity, member: str | None) -> None:
        """Take an identity in."""
        self.numbers.append(number)
        self.members |= {member} if member else set()
        self.studies |= identity.studies
        self.logins |= identity.logins
        self.handles |= identity.handles
        self.firsts |= {identity.first} if identity.first else set()
        self.names |= {identity.words} if identity.words else set()
        self.ordered |= {identity.ordered} if identity.ordered else set()
        self.camels |= {identity.camel} if identity.camel else set()
        self.mails |= {identity.mail} if identity.mail else set()
        self.hosted |= {identity.hosted} if identity.hosted else set()

    def take(self, other: "Cluster") -> None:
        """Take another cluster in."""
        self.numbers += other.numbers
        for one in fields(self):
            if one.name != "numbers":
                getattr(self, one.name).update(getattr(other, one.name))


def merge_identities(
    identities: Sequence[Identity], members: Mapping[int, str], aliases: Mapping[int, str]
) -> list[Cluster]:
    """Group identities into persons.

    Parameters
    ----------
    identities
        As commits and the roster have them.
    members
        Number of an identity that the roster gives -> the member's id.
    aliases
        Number of an identity that the course has put down to a member -> the member's id.
    """
    clusters = _merge_by_proof(identities, members, aliases)
    if len(clusters) <= _MOST_COMPARED:
        for reading in (_same_name, _same_handle, _longer_name, _other_first_name):
            _merge_by(clusters, reading)
        for guess in (_spelled, _first_name, _same_but_digits, _first_name_with_digits):
            _merge_single(clusters, guess)
    return clusters


def _merge_by_proof(
    identities: Sequence[Identity], members: Mapping[int, str], aliases: Mapping[int, str]
) -> list[Cluster]:
    owners: dict[str, int] = {}
    clusters: list[Cluster] = []
    parents: list[int] = []

    def find(number: int) -> int:
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    for number, identity in enumerate(identities):
        member = members.get(number) or aliases.get(number)
        cluster = Cluster()
        cluster.add(number, identity, member)
        clusters.append(cluster)
        parents.append(number)
        for key in _proofs(identity, member):
            owner, own = find(owners.setdefault(key, number)), find(number)
            if owner != own and not _speaks_against(clusters[owner], clusters[own]):
                first, second = sorted((owner, own))
                clusters[first].take(clusters[second])
                parents[second] = first
    return [cluster for number, cluster in enumerate(clusters) if find(number) == number]


def _proofs(identity: Identity, member: str | None) -> list[str]:
    keys = [f"member {member}"] if member else []
    keys += [f"study {study}" for study in sorted(identity.studies)]
    keys += [f"login {login}" for login in sorted(identity.logins)]
    return keys + ([f"mail {identity.mail}"] if identity.mail else [])


def _speaks_against(first: Cluster, second: Cluster) -> bool:
    """Whether two clusters are two persons for sure."""
    return _differ(first.members, second.members) or _differ(first.studies, second.studies)


def _differ(first: Iterable[object], second: Iterable[object]) -> bool:
    one, other = set(first), set(second)
    return bool(one and other and not one & other)


def _same_name(first: Cluster, second: Cluster) -> bool:
    """One full name, in any order, or written together."""
    return bool(
        first.names & second.names
        or _together(first) & (second.handles | _together(second))
        or _together(second) & first.handles
    )


def _together(cluster: Cluster) -> set[str]:
    return {"".join(order) for words in cluster.ordered for order in (words, (*words[1:], words[0]))}


def _same_handle(first: Cluster, second: Cluster) -> bool:
    """One user name, in a name, a login or a mail (with its host's name, too), and no other full name."""
    shared = first.handles & second.handles or first.hosted & second.handles or first.handles & second.hosted
    return bool(shared) and not _names_differ(first, second)


def _longer_name(first: Cluster, second: Cluster) -> bool:
    """One full name with a middle or second family name more, beginning alike."""
    return any(
        (one < other or other < one) and len(one & other) > 1 and _begin_alike(first, second)
        for one in first.names
        for other in second.names
    )


def _other_first_name(first: Cluster, second: Cluster) -> bool:
    """One family name, and a user name that is made of the other's full name and not of its own."""
    if not any(len(one & other) for one in first.names for other in second.names):
        return False
    return _is_borrowed(first, second) or _is_borrowed(second, first)


def _is_borrowed(first: Cluster, second: Cluster) -> bool:
    return any(
        any(spells(handle, words) for words in second.ordered)
        and not any(spells(handle, words) for words in first.ordered)
        for handle in first.handles
    )


def _begin_alike(first: Cluster, second: Cluster) -> bool:
    return bool({words[0] for words in first.ordered} & {words[0] for words in second.ordered})


def _names_differ(first: Cluster, second: Cluster) -> bool:
    return bool(first.names and second.names) and not any(a <= b or b <= a for a in first.names for b in second.names)


def _spelled(short: Cluster, full: Cluster) -> bool:
    """A user name that is made of a full name."""
    return any(spells(handle, words) for handle in short.handles for words in full.ordered)


def _first_name(short: Cluster, full: Cluster) -> bool:
    """A first name alone, and a full name, or a user name of several words, that begins with it."""
    return any(words[0] in short.firsts for words in full.ordered | full.camels)


def _same_but_digits(short: Cluster, full: Cluster) -> bool:
    """A long user name that is another's but for digits around it."""
    return any(
        len(handle) >= _LONG_HANDLE and handle in {other.strip(_DIGITS) for other in others}
        for handles, others in ((short.handles, full.handles), (full.handles, short.handles))
        for handle in handles
    )


def _first_name_with_digits(short: Cluster, full: Cluster) -> bool:
    """A first name, alone or of a full name, and a user name that is it with digits behind.

    Not where each has a mail of its own.
    """
    return not (short.mails and full.mails) and any(
        handle != (bare := handle.rstrip(_DIGITS)) and bare in _first_names(one)
        for one, other in ((short, full), (full, short))
        for handle in other.handles
    )


def _first_names(cluster: Cluster) -> set[str]:
    return cluster.firsts | {words[0] for words in cluster.ordered | cluster.camels}


def _merge_by(clusters: list[Cluster], reading: Callable[[Cluster, Cluster], bool]) -> None:
    """Merge every two clusters that a reading holds to be one person."""
    position = 0
    while position < len(clusters):
        first = clusters[position]
        found = next((c for c in clusters[position + 1 :] if reading(first, c) and not _speaks_against(first, c)), None)
        if found is None:
            position += 1
            continue
        first.take(found)
        clusters.remove(found)


def _merge_single(clusters: list[Cluster], guess: Callable[[Cluster, Cluster], bool]) -> None:
    """Merge clusters without a full name into the only one that they can belong to."""
    for short in [cluster for cluster in clusters if not cluster.names]:
        fitting = [c for c in clusters if c is not short and guess(short, c) and not _may_differ(short, c)]
        if len(fitting) == 1:
            fitting[0].take(short)
            clusters.remove(short)


def _may_differ(first: Cluster, second: Cluster) -> bool:
    return _speaks_against(first, second) or _differ(first.logins, second.logins)


def matches(identity: Identity, wanted: str) -> bool:
    """Whether an identity goes by a name, a mail or a login that a person wrote down."""
    text = wanted.strip().casefold()
    squeezed = squeeze(wanted)
    if not squeezed:
        return False
    if "@" in text:
        return text == identity.email.strip().casefold()
    together = {"".join(order) for order in (identity.ordered, identity.ordered[::-1]) if order}
    return squeezed in identity.handles | identity.logins | identity.studies | together | {squeeze(identity.name)}
