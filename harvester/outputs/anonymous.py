"""Anonymous grading: a record without names, study numbers, logins and links to the repository.

Masking works on words. What it cannot see (a name in a picture, a nickname) or must not touch (a figure's path, by
which its file is found) is reported, never passed over.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from harvester.models.hosting import CiFacts, GitHubSummary
from harvester.models.record import Contribution, GroupRecord
from harvester.outputs.anonymous_key import MEMBER_PREFIX, AnonymousKey
from harvester.outputs.anonymous_names import STUDY_NUMBER, name_parts, told_names

_KEPT = frozenset(
    {"tool", "schema", "status", "template", "id", "check", "title", "section", "claim", "evidence", "verdict", "trace"}
    | {"code", "method", "media_type", "committed_at", "deadline", "limits", "group", "contributions"}
    | {"ci", "github", "links"}
)
"""Keys of a record whose values are the course's or the tool's own words, or are masked on their own."""
_GROUP_NUMBER, _MEMBERS = "group_number", "members"
"""Ids of the questions whose answers are the group's number, and its members' study numbers."""
_PERSON, _STUDENT = "[person]", "[study number]"
_SHOWN_OF_MEMBERS = re.compile(rf"{MEMBER_PREFIX}[0-9a-f]{{4}}|{re.escape(_STUDENT)}")
_QUOTED = re.compile(rf"“(?!{MEMBER_PREFIX})[^”]*”")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_STUDY_NUMBER = re.compile(STUDY_NUMBER)
_SHORT_NAME = re.compile(r"[^\W\d_]+[ -]?\d{2,}|[^\W\d_]{2,}[ -]?\d")
"""A group's name of few letters that is no common word: `T45`."""
_ROSTERED = re.compile(r"[sS]?(\d{6})")
_LINK = re.compile(r"(?:https?://|ssh://|git@)[^\s<>\"'`)\]]{3,2000}", re.IGNORECASE)
_REPOSITORY_LINK = re.compile(
    r"(?:https?://|ssh://|git@)(?:[\w.-]*@)?(?:[\w-]+\.)*(?:github\.(?:com|io)|githubusercontent\.com|gitlab\.\w+|bitbucket\.org|wandb\.ai)\b",
    re.IGNORECASE,
)
"""Where a path tells whose it is, also under an earlier name or another account of the group's."""
_HASH = re.compile(r"(?<![^\W_])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![^\W_])")
_COMMON = frozenset(
    {
        "admin",
        "and",
        "bot",
        "class",
        "code",
        "config",
        "course",
        "data",
        "default",
        "docs",
        "group",
        "image",
        "learning",
    }
    | {"local", "machine", "main", "mark", "master", "max", "mlops", "model", "name", "nan", "null", "ops", "person"}
    | {"project", "python", "repo", "root", "server", "student", "team", "test", "the", "train", "user", "web", "will"}
    | {"work", "your"}
)
"""Words that also stand in people's names and logins: never masked by themselves."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that may still tell who the group is: where it stands, and what it is."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]


def mask_record(record: GroupRecord, key: AnonymousKey) -> tuple[GroupRecord, tuple[Leak, ...]]:
    """The record under its group's pseudonym, and what could not be masked.

    The key has to know the group (`open_key`). The same record and key give the same result.
    """
    masker = Masker(record, key)
    content: dict[str, Any] = record.model_dump(by_alias=True)
    masked = {name: masker.walk(value, name) for name, value in content.items()}
    group = record.group
    masked["group"] = {
        "id": key.group(group.id),
        "name": "",
        "repo_url": "",
        "members": [{"id": key.member(group.id, member.id)} for member in group.members],
    }
    masked["contributions"] = [masker.contribution(one) for one in record.contributions]
    masked["ci"] = record.ci and masker.ci(record.ci)
    masked["github"] = record.github and masker.github(record.github)
    masked |= {"links": (), "harvested": record.harvested}
    result = GroupRecord.model_validate(masked)
    return result, tuple(masker.leaks(result))


class Masker:
    """Knows one group's names, numbers, logins and links, and takes them out of text."""

    def __init__(self, record: GroupRecord, key: AnonymousKey) -> None:
        self._group = record.group
        self._key = key
        self._people = {member.id: key.member(record.group.id, member.id) for member in record.group.members}
        self._course = _course_words(record)
        self._told = tuple(self._told_of(record))
        self._words = dict(self._known(record))
        self._parts = self._name_parts(record)
        owner, _, repository = "/".join(record.group.repo_url.rstrip("/").split("/")[-2:]).partition("/")
        self._owner, self._repository = owner.casefold(), repository.casefold()
        self._rules = tuple(self._make_rules())

    def text(self, text: str) -> str:
        """The text with everything known masked."""
        for rule in self._rules:
            text = rule.pattern.sub(rule.replace, text)
        return text

    def walk(self, value: Any, name: str) -> Any:
        """A dumped value with every text in it masked; links are dropped, files keep their paths."""
        if isinstance(value, dict):
            figure = "written" in value and "exists" in value
            kept = _KEPT | ({"path"} if figure else {"text"} if "verdict" in value else set())
            masked = {inner: one if inner in kept else self.walk(one, inner) for inner, one in value.items()}
            if "answered" in value and value["kind"] == _GROUP_NUMBER and value["answered"]:
                masked["text"] = self._key.group(self._group.id)
            if "answered" in value and value["kind"] == _MEMBERS and value["text"]:
                masked |= self._members(masked)
            if value.get("code") == "group_number_differs":
                masked["message"] = "The report gives another group number than the roster."
            return masked
        if isinstance(value, list | tuple):
            return [self.walk(one, name) for one in value]
        if not isinstance(value, str) or name in _KEPT:
            return value
        if name == "url":
            return None
        return self._key.sha(value) if name in ("sha", "head_sha", "ref", "roots") else self.text(value)

    def contribution(self, one: Contribution) -> dict[str, Any]:
        """A contribution under a pseudonym, without names and mails.

        A stranger's follows from who it is: marks are kept by it, and strangers come and go between harvests.
        """
        who = self._key.digest("person", self._group.id, "\n".join(one.names), "\n".join(one.emails))
        name = self._people.get(one.member or "", f"person {who[:6]}")
        content = one.model_dump()
        return content | {"member": self._people.get(one.member or ""), "names": (name,), "emails": ()}

    def ci(self, facts: CiFacts) -> CiFacts:
        """What is known of CI, without links to its runs; workflows keep their paths."""
        runs = tuple(one.model_copy(update={"workflow": self.text(one.workflow), "url": ""}) for one in facts.runs)
        return facts.model_copy(update={"runs": runs, "reason": self.text(facts.reason)})

    def github(self, facts: GitHubSummary) -> GitHubSummary:
        """What GitHub says, without names and addresses; that there is another repository still shows."""
        update = {
            "fork_of": facts.fork_of and "[repository]",
            "renamed_to": facts.renamed_to and "[repository]",
            "pages_url": None,
            "required_checks": tuple(map(self.text, facts.required_checks)),
            "unknown": {fact: self.text(reason) for fact, reason in facts.unknown.items()},
        }
        return facts.model_copy(update=update)

    def leaks(self, masked: GroupRecord) -> Iterator[Leak]:
        """What of the known words the masked record still has, anywhere inside other words, and what nobody can see."""
        pictures = sum(figure.exists for answer in masked.questions for figure in answer.images)
        if pictures:
            yield Leak("figures", f"{pictures} shown as they are; a picture may show names")
        words = {
            word for word in (*self._words, self._repository, self._owner) if len(word) >= 4 and word not in _COMMON
        }
        small = _word(*(part.casefold() for part in self._parts)) if self._parts else None
        for where, text in _texts(masked):
            folded = text.casefold()
            held = {word for word in words if word in folded} | set(small.findall(folded) if small else ())
            for word in sorted(held):
                yield Leak(where, f"still holds “{word}”")

    def _members(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What is shown of the masked answer on the members: beside a name, a pseudonym would tell whose it is."""
        shown = _SHOWN_OF_MEMBERS.findall(answer["text"])
        problems = [one | {"message": _QUOTED.sub(f"“{_STUDENT}”", one["message"])} for one in answer["problems"]]
        return {"text": ", ".join(dict.fromkeys(shown)) or "[masked]", "problems": problems}

    def _told_of(self, record: GroupRecord) -> Iterator[tuple[str, str]]:
        """(name, what stands for it) of the answer on the members."""
        digits = {match[1]: who for one, who in self._people.items() if (match := _ROSTERED.fullmatch(one.strip()))}
        for answer in record.questions:
            if answer.kind == _MEMBERS:
                for name, number in told_names(answer.text):
                    yield name, digits.get(number, _PERSON)

    def _known(self, record: GroupRecord) -> Iterator[tuple[str, str]]:
        """(word in small letters, what stands for it), for everything by which the group's people are known."""
        for one in record.contributions:
            person = self._people.get(one.member or "", _PERSON)
            for word in (*one.names, *(mail.partition("@")[0] for mail in one.emails)):
                if (folded := word.strip().casefold()) not in self._course:
                    yield folded, person
        yield from ((name.casefold(), person) for name, person in self._told if " " in name)
        for member in record.group.members:
            person = self._people[member.id]
            number = _ROSTERED.fullmatch(member.id.strip())
            for known in (member.name, member.github, number and number[1], member.id):
                if known and known.strip():
                    yield known.strip().casefold(), person

    def _make_rules(self) -> Iterator[_Rule]:
        yield _Rule(_LINK, self._replace_link)
        yield _Rule(_MAIL, lambda _: "[mail]")
        if self._owner and self._repository:
            yield _Rule(_word(f"{self._owner}/{self._repository}"), lambda _: "[repository]")
        whole = sorted((word for word in self._words if len(word) >= 2 and word not in _COMMON), key=len, reverse=True)
        if whole:
            yield _Rule(_word(*whole), lambda match: self._words[match[0].casefold()])
        if self._parts:
            words = "|".join(map(re.escape, sorted(self._parts)))
            pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])")
            yield _Rule(pattern, lambda match: self._parts[match[0]])
        if len(self._owner) >= 4 and self._owner not in _COMMON:
            yield _Rule(_word(self._owner), lambda _: "[owner]")
        yield _Rule(_STUDY_NUMBER, lambda _: _STUDENT)
        pseudonym = self._key.group(self._group.id)
        number = re.escape(self._group.id.lstrip("0") or self._group.id)
        yield _Rule(
            re.compile(rf"(?<![^\W_])(?:group|gruppe|team|grp)[\s_#-]*0*{number}(?![^\W_])", re.IGNORECASE),
            lambda _: pseudonym,
        )
        if len(self._group.name) >= 4 or _SHORT_NAME.fullmatch(self._group.name):
            yield _Rule(_word(self._group.name), lambda _: pseudonym)
        yield _Rule(_HASH, lambda match: self._key.sha(match[0]))

    def _replace_link(self, match: re.Match[str]) -> str:
        if _REPOSITORY_LINK.match(match[0]):
            return "[link]"
        link = match[0].casefold()
        told = (*self._words, self._owner, self._repository)
        return "[link]" if any(len(word) >= 4 and word in link for word in told) else match[0]

    def _name_parts(self, record: GroupRecord) -> dict[str, str]:
        """Single names with a capital, and what stands for each: the roster's, then the report's, then authors'."""
        members = [(member.name or "", self._people[member.id]) for member in record.group.members]
        authors = [
            (name, self._people.get(one.member or "", _PERSON))
            for one in record.contributions
            for name in one.names
            if len(name.split()) > 1 and "@" not in name
        ]
        common = _COMMON | self._course
        return self._parts_of(authors, common) | self._parts_of(self._told, common) | self._parts_of(members, _COMMON)

    @staticmethod
    def _parts_of(names: Iterable[tuple[str, str]], common: AbstractSet[str]) -> dict[str, str]:
        """A part that two people have stands for neither."""
        parts: dict[str, str] = {}
        for name, person in names:
            for part in name_parts(name):
                if part.casefold() not in common and parts.setdefault(part, person) != person:
                    parts[part] = _PERSON
        return parts


def _course_words(record: GroupRecord) -> frozenset[str]:
    """The words of the course's own items and questions, in small letters: no author's name is masked by them."""
    texts = [text for item in record.checklist for text in (item.title, item.text)]
    texts += [answer.title for answer in record.questions]
    return frozenset(word for text in texts for word in re.findall(r"\w{3,}", text.casefold()))


def _word(*words: str) -> re.Pattern[str]:
    """Any of the words, whole, in large or small letters; underscores separate words."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, words))})(?![^\W_])", re.IGNORECASE)


def _texts(record: GroupRecord) -> Iterator[tuple[str, str]]:
    for answer in record.questions:
        yield f"answer {answer.number}", answer.text
        for figure in answer.images:
            yield f"figure of answer {answer.number}", f"{figure.path} {figure.written} {figure.alt}"
    for item in record.checklist:
        places = " ".join(f"{place.path} {place.what}" for place in (*item.where, *item.hints))
        yield f"item {item.id}", f"{item.why} {item.note} {places}"
    for tick in record.extra_items:
        yield "the group's own items", tick.text
    for problem in record.problems:
        yield "problems", problem.message
    if record.ci:
        runs = " ".join(f"{run.workflow} {run.path}" for run in record.ci.runs)
        yield "workflows", f"{' '.join(record.ci.workflows)} {runs} {record.ci.reason}"
    if record.github:
        yield "GitHub", " ".join((*record.github.required_checks, *record.github.unknown.values()))
