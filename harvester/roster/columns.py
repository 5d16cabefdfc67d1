"""Which column holds what, by the headers that rosters usually have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WANTED = "group_nb, student 1 … student 5, repo_url"

_SYNONYMS: Mapping[str, str] = {
    "group": "group nb, group number, group no, group nr, group num, group id, groupid, group, project groups, "
    "project group, groups, gruppe, gruppenummer, gruppe nr, team id, team number, team nb, team no, team, hold, "
    "nb, nr, no, number, id",
    "name": "group name, groupname, team name, gruppenavn, project name, project title, project, title, display name",
    "url": "repo url, repository url, repo link, repository link, github repo, github repository, github url, "
    "github link, git url, git repo, git repository, gitlab url, repo, repository, repository location, "
    "repository s location, project repository link, project repository, project repo, project link, clone url, "
    "remote, git remote, github, gitlab, git, link, url, address",
    "person": "name, student name, full name, navn",
    "first": "first name, firstname, given name, fornavn",
    "last": "last name, lastname, surname, family name, efternavn",
    "login": "github user, github username, github user name, github id, github login, github account, login, "
    "author s git host id, git host id",
}
"""What a column means -> headers, the surest first."""

_STUDENT = re.compile(
    r"(?:students?|studerende|studienummer|study|members?|medlem|participants?|deltager|authors?|user|username|"
    r"matriculation|matric|matrikelnummer|brugernavn|org ?defined ?id|e ?mail|mail)"
    r"(?: ?(?:id|no|nr|nb|number|nummer|study ?number|study ?no|name|username|e ?mail))? ?#? ?(?P<number>\d{1,2})?"
)


@dataclass(frozen=True)
class Columns:
    """Where a table holds what: column numbers from 0."""

    url: int | None = None
    group: int | None = None
    name: int | None = None
    students: tuple[int, ...] = ()
    person: tuple[int, ...] = ()
    """The columns of one student's name, where a row is one student's."""
    login: int | None = None


def find_columns(headers: Sequence[str]) -> Columns:
    """The meaning of a header row."""
    plain = [_plain(header) for header in headers]
    students = _students(plain)
    found = {kind: _first(plain, names, students) for kind, names in _SYNONYMS.items()}
    if found["group"] is None:
        found["group"] = next((i for i, text in enumerate(plain) if re.fullmatch(r".+ (groups?|gruppe)", text)), None)
    one_each = len(students) == 1
    person = [found["first"], found["last"]] if found["first"] is not None else [found["person"]]
    if not one_each and found["name"] is None:
        found["name"] = found["person"]
    return Columns(
        url=found["url"],
        group=found["group"],
        name=found["name"],
        students=tuple(students),
        person=tuple(i for i in person if i is not None) if one_each else (),
        login=found["login"],
    )


def _plain(header: str) -> str:
    """`Repo_URL:` -> `repo url`."""
    return " ".join(re.sub(r"[^\w#]+|_", " ", header.casefold()).split())[:80]


def _students(plain: Sequence[str]) -> list[int]:
    """The columns of students: the numbered ones, else the surest single one (an id before a mail)."""
    hits = {i: hit for i, text in enumerate(plain) if (hit := _STUDENT.fullmatch(text))}
    numbered = [i for i, hit in hits.items() if hit["number"]]
    if numbered:
        ids = [i for i in numbered if "mail" not in plain[i]]
        return ids or numbered
    sure = sorted(hits, key=lambda i: (("mail" in plain[i]), "user" not in plain[i], i))
    return sure[:1]


def _first(plain: Sequence[str], names: str, taken: Sequence[int]) -> int | None:
    return next(
        (i for name in names.split(", ") for i, text in enumerate(plain) if text == name and i not in taken), None
    )
