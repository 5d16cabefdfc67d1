"""Words for people: verdicts, evidence, claims, statuses, times and places as pages and sheets say them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from harvester.models.problems import title_of
from harvester.models.record import GroupRecord
from harvester.models.status import Claim, EvidenceWord, Status, Trace, Verdict


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """How a verdict is shown: by word, by shape, by letter, and only then by colour (`css`)."""

    verdict: Verdict
    word: str
    counted: str
    letter: str
    shape: str
    css: str
    rank: int
    meaning: str
    student: str

    @property
    def shown(self) -> str:
        """Shape and word, as a cell shows them."""
        return f"{self.shape} {self.word}"


VERDICTS: dict[Verdict, VerdictWords] = {
    words.verdict: words
    for words in (
        VerdictWords(
            Verdict.UNSUPPORTED,
            "unsupported",
            "unsupported",
            "U",
            "✗",
            "u",
            0,
            "ticked, and no trace where it would always leave one",
            "You ticked this, and no trace of it was found in the repository. If it is there, say where.",
        ),
        VerdictWords(
            Verdict.WEAK,
            "weak",
            "weak",
            "W",
            "◐",
            "w",
            1,
            "ticked, and only partly there or a weak trace",
            "You ticked this, and it was found only in part.",
        ),
        VerdictWords(
            Verdict.ASK,
            "ask",
            "to ask",
            "A",
            "?",
            "a",
            2,
            "ticked, and a repository cannot settle it: ask the group",
            "You ticked this. A repository cannot show it, so that is no fault: be ready to tell about it.",
        ),
        VerdictWords(
            Verdict.UNCLAIMED,
            "unclaimed",
            "unclaimed",
            "★",
            "★",
            "n",
            3,
            "there, but the group did not tick it: credit they did not ask for",
            "You did not tick this, and it is there.",
        ),
        VerdictWords(
            Verdict.CONFIRMED,
            "confirmed",
            "confirmed",
            "C",
            "✓",
            "c",
            4,
            "ticked and found",
            "You ticked this, and it was found.",
        ),
        VerdictWords(
            Verdict.NOT_CLAIMED,
            "not claimed",
            "not claimed",
            "–",
            "○",
            "o",
            5,
            "not ticked, and not found in full",
            "You did not tick this.",
        ),
    )
}

NOT_LOOKED = "could not look"
"""Also where a whole repository could not be looked through: what may well be there is not called missing."""

EVIDENCE: dict[EvidenceWord, str] = {
    EvidenceWord.FOUND: "found",
    EvidenceWord.PARTIAL: "partly there",
    EvidenceWord.ABSENT: "no trace found",
    EvidenceWord.UNVERIFIABLE: "cannot be seen in a repository",
    EvidenceWord.UNKNOWN: NOT_LOOKED,
}

CLAIMS: dict[Claim, str] = {
    Claim.TICKED: "ticked",
    Claim.UNTICKED: "not ticked",
    Claim.MISSING: "line not in the report",
}

TRACES: dict[Trace, str] = {
    Trace.ALWAYS: "If it was done, it is in the repository.",
    Trace.USUALLY: "Mostly seen in the repository, but it can be done by hand elsewhere.",
    Trace.RARELY: "The repository seldom shows it.",
}

STATUSES: dict[Status, str] = {
    Status.OK: "harvested",
    Status.NO_REPORT: "no report",
    Status.EMPTY: "empty repository",
    Status.UNREACHABLE: "not reachable",
    Status.REFUSED: "refused",
    Status.FAILED: "failed",
}

NOT_YET = "not harvested yet"


def say_status(status: Status, *, harvested: bool) -> str:
    """How a group came through, or that no harvest has come to it."""
    return STATUSES[status] if harvested else NOT_YET


def show_status(record: GroupRecord) -> str:
    """`✓ harvested`, `✗ no report`, `– not harvested yet`: as a cell shows it."""
    shape = "–" if not record.harvested else "✓" if record.status is Status.OK else "✗"
    return f"{shape} {say_status(record.status, harvested=record.harvested)}"


_NO_URL = re.compile(r'[\x00-\x20<>"`\\^{|}]')
_COMMIT = re.compile(r"\bcommit:([0-9a-f]{7})[0-9a-f]{33,57}\b")


METHODS: dict[str, str] = {
    "head": "the newest commit, as there is no deadline",
    "committer_date": "the last before the deadline by commit dates, which can be set to anything",
    "first_seen": "the last before the deadline as first seen by a sync",
    "push_log": "the last push before the deadline, by GitHub's push log",
    "chosen": "chosen by the course staff",
    "working_copy": "a working copy with what is not committed yet",
}

AT_ONCE: dict[str, int] = {
    "chosen_commit": 8,
    "graded_commit_gone": 8,
    "late_push": 8,
    "force_push": 8,
    "back_dated": 8,
    "wrong_clock": 8,
    "stale_mirror": 8,
    "secret": 8,
}
"""Problems of a whole group that the class page and the class workbook name, and how much a look each needs."""


def named_problems(record: GroupRecord) -> dict[str, str]:
    """The titles of a group's problems that are named wherever groups stand beside each other, by code."""
    codes = [one.code for one in record.problems]
    return {code: title_of(code) for code in AT_ONCE if code in codes}


@lru_cache(maxsize=8)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name (`Europe/Copenhagen`); ZoneInfoNotFoundError where there is none."""
    return ZoneInfo(name)


def moment(text: str | None, zone: str) -> datetime | None:
    """An ISO 8601 time in the course's zone; None where it is no time. A time without offset is taken as UTC."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo("UTC"))
    try:
        return found.astimezone(zone_of(zone))
    except OverflowError:
        return None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say_time(text: str | None, zone: str) -> str:
    """`23 Jan 2026 22:14 CET`; the text itself where it is no time."""
    at = moment(text, zone)
    return (text or "") if at is None else f"{say_day(at.date().isoformat())} {at:%H:%M} {at.tzname()}"


def say_day(iso: str) -> str:
    """`2026-01-23` as `23 Jan 2026`, independent of the machine's language."""
    year, month, day = iso[:10].split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"


def say_span(seconds: float) -> str:
    """A length of time in its two largest units: `1 h 45 min`, `3 days 2 h`."""
    minutes = int(abs(seconds) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{plural(days, 'day')} {hours} h" if hours else plural(days, "day")
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def say_against_deadline(committed: str | None, deadline: str | None, zone: str) -> str:
    """`1 h 45 min before the deadline`; empty where either time is missing."""
    at, due = moment(committed, zone), moment(deadline, zone)
    if at is None or due is None:
        return ""
    gap = (due - at).total_seconds()
    return f"{say_span(gap)} {'before' if gap >= 0 else 'after'} the deadline"


def plural(count: int, noun: str, several: str | None = None) -> str:
    """`1 word`, `2 words`, `1,200 words`."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def first_few(words: Sequence[str], most: int = 5) -> str:
    """`a, b`; of more than so many, the first of them `and 3 more`."""
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def short_sha(text: str) -> str:
    """A path or sentence with its commits as people write them: `commit 1a2b3c4`, not the record's `commit:` and 40."""
    return _COMMIT.sub(r"commit \1", text)


def safe_url(url: str | None) -> str | None:
    """The URL where it is http, https or mailto and well formed, else None: nothing else is ever a link."""
    if not url or _NO_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() in ("http", "https"):
        return url if parts.hostname else None
    return url if parts.scheme.lower() == "mailto" and parts.path else None


def blob_url(
    repo_url: str | None, sha: str | None, path: str, lines: tuple[int | None, int | None] = (None, None)
) -> str:
    """A permalink to a file, or some of its lines, at a commit; empty where the host or the commit is not known."""
    base = safe_url(repo_url)
    if base is None or not sha or not base.startswith("http"):
        return ""
    gitlab = "gitlab" in (urlsplit(base).hostname or "")
    middle = "/-/blob/" if gitlab else "/blob/"
    first, last = lines
    plain = "?plain=1" if first and path.lower().endswith((".md", ".markdown")) else ""
    end = f"-{last}" if gitlab else f"-L{last}"
    anchor = f"#L{first}{end if last and last != first else ''}" if first else ""
    return f"{base}{middle}{quote(sha)}/{quote(path)}{plain}{anchor}"


def commit_url(repo_url: str | None, sha: str | None) -> str:
    """The commit's page at its host; empty where that is not known."""
    base = safe_url(repo_url)
    if base is None or not sha or not base.startswith("http"):
        return ""
    return f"{base}{'/-/commit/' if 'gitlab' in (urlsplit(base).hostname or '') else '/commit/'}{quote(sha)}"
