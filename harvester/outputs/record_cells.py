"""A record's cells: what the sheets of a group and of the class show alike."""

from harvester.models.evidence import Place
from harvester.models.record import ChecklistItem, GroupRecord
from harvester.models.report import Answer, Figure
from harvester.models.status import Claim, EvidenceWord, Verdict
from harvester.outputs.sheets import Link
from harvester.outputs.wording import (
    CLAIMS,
    EVIDENCE,
    NOT_LOOKED,
    VERDICTS,
    blob_url,
    commit_url,
    moment,
    plural,
    short_sha,
)


def when(text: str | None, zone: str) -> str:
    """A time in the course's zone, in an order that sorts: `2026-01-23 22:14 CET`."""
    at = moment(text, zone)
    return (text or "–") if at is None else f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def place(one: Place) -> Link:
    """A place as a link that shows path and line."""
    return Link(f"{one.path}:{one.line}" if one.line else short_sha(one.path), one.url)


def places(item: ChecklistItem) -> dict[str, Link | str]:
    """The first three places (or, where there is none, hints) and the line of the first, by column key."""
    found = [place(one) for one in item.where] or [Link(f"hint: {place(one).text}", one.url) for one in item.hints]
    shown: dict[str, Link | str] = {f"where{i}": one for i, one in enumerate(found[:3], 1)}
    if found:
        more = f"\n(and {plural(len(found) - 3, 'more place')}: see handin.html)" if len(found) > 3 else ""
        shown["there"] = (item.where or item.hints)[0].what + more
    return shown


def finding(record: GroupRecord, item: ChecklistItem) -> dict[str, object]:
    """A checklist item's cells, but for its title and the grader's."""
    why = short_sha(item.why)
    if item.note:
        why += f"\nThe group added: {item.note}"
    if item.blind_spots and item.evidence is not EvidenceWord.FOUND:
        why += f"\nNot seen by the tool: {item.blind_spots}"
    return {
        "claim": CLAIMS[item.claim] if record.looked_through else NOT_LOOKED,
        "evidence": EVIDENCE[item.evidence],
        "verdict": VERDICTS[item.verdict].shown,
        "why": why,
        **places(item),
    }


def answer_cells(record: GroupRecord, answer: Answer) -> dict[str, object]:
    """An answer's cells, but for its title and the grader's."""
    blank = "(nothing is written here)" if record.looked_through else f"({NOT_LOOKED})"
    return {
        "answer": answer.text if answer.answered else blank,
        "words": answer.words if record.looked_through else "–",
        "asked": asked(answer),
        "figures": "\n".join(figure(one) for one in answer.images),
        "problems": "\n".join(one.message for one in answer.problems),
        "line": report_link(record, answer.line),
    }


def asked(answer: Answer) -> str:
    """What the question asks for."""
    limits = answer.limits
    parts = [
        _bounds(limits.min_words, limits.max_words, "word"),
        _bounds(limits.min_images, limits.max_images, "figure"),
    ]
    return "\n".join(part for part in parts if part)


def figure(one: Figure) -> str:
    """A figure in a line."""
    return f"{one.path or one.written}" + (f" – {one.problem}" if one.problem else "")


def report_link(record: GroupRecord, line: int | None, path: str | None = None) -> Link | str:
    """A line of the report at the graded commit; only text where there is no commit."""
    snapshot = record.snapshot
    path = path or (snapshot.report_path if snapshot else None)
    if not path:
        return f"line {line}" if line else ""
    url = blob_url(record.group.repo_url, snapshot.sha if snapshot else None, path, (line, None))
    return Link(f"line {line}" if line else path, url or None)


def commit_link(record: GroupRecord) -> Link | str:
    """The graded commit."""
    if record.snapshot is None:
        return "–"
    sha = record.snapshot.sha
    return Link(sha[:7], commit_url(record.group.repo_url, sha) or None)


def verdict_counts(record: GroupRecord) -> dict[Verdict, int]:
    """How many items have each verdict."""
    return {verdict: sum(item.verdict is verdict for item in record.checklist) for verdict in Verdict}


def ticked(record: GroupRecord) -> int:
    """How many items the group ticked."""
    return sum(item.claim is Claim.TICKED for item in record.checklist)


def problem_count(record: GroupRecord) -> int:
    """Problems of the answers and of the whole."""
    return len(record.problems) + sum(len(answer.problems) for answer in record.questions)


def _bounds(low: int | None, high: int | None, what: str) -> str:
    if low and high and low == high:
        return plural(low, what)
    if low and high:
        return f"{low} to {plural(high, what)}"
    if high:
        return f"up to {plural(high, what)}"
    return f"at least {plural(low, what)}" if low else ""
