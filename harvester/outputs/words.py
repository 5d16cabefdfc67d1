"""A record's words for people, as the sheets show them."""

from datetime import datetime

from harvester.models.evidence import Place
from harvester.models.record import ChecklistItem, GroupRecord
from harvester.models.report import Answer, Figure
from harvester.models.status import Claim, EvidenceWord, Status, Verdict
from harvester.outputs.sheets import Link

VERDICTS = {
    Verdict.CONFIRMED: "✓ confirmed",
    Verdict.WEAK: "◐ weak",
    Verdict.UNSUPPORTED: "✗ unsupported",
    Verdict.ASK: "? ask",
    Verdict.UNCLAIMED: "★ unclaimed",
    Verdict.NOT_CLAIMED: "○ not claimed",
}
EVIDENCE = {
    EvidenceWord.FOUND: "found",
    EvidenceWord.PARTIAL: "partial",
    EvidenceWord.ABSENT: "no trace found",
    EvidenceWord.UNVERIFIABLE: "leaves no trace",
    EvidenceWord.UNKNOWN: "could not look",
}
CLAIMS = {Claim.TICKED: "ticked", Claim.UNTICKED: "not ticked", Claim.MISSING: "line missing"}
STATUSES = {
    Status.OK: "✓ ok",
    Status.NO_REPORT: "✗ no report",
    Status.EMPTY: "✗ no commits",
    Status.UNREACHABLE: "✗ unreachable",
    Status.REFUSED: "✗ refused",
    Status.FAILED: "✗ failed",
}


def when(text: str | None) -> str:
    """A time as people read it, with its zone: `2026-01-23 22:14 (UTC+01:00)`."""
    if not text:
        return "–"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M}" + (f" (UTC{zone[:3]}:{zone[3:5]})" if zone else "")


def place(one: Place) -> Link:
    """A place as a link that shows path and line."""
    return Link(f"{one.path}:{one.line}" if one.line else one.path, one.url)


def places(item: ChecklistItem) -> dict[str, Link | str]:
    """The first three places (or, where there is none, hints) and the line of the first, by column key."""
    found = [place(one) for one in item.where] or [Link(f"hint: {place(one).text}", one.url) for one in item.hints]
    shown: dict[str, Link | str] = {f"where{i}": one for i, one in enumerate(found[:3], 1)}
    if found:
        more = f"\n(and {len(found) - 3} more places: see handin.html)" if len(found) > 3 else ""
        shown["there"] = (item.where or item.hints)[0].what + more
    return shown


def finding(item: ChecklistItem) -> dict[str, object]:
    """A checklist item's cells, but for its title and the grader's."""
    why = item.why
    if item.note:
        why += f"\nThe group added: {item.note}"
    if item.blind_spots and item.evidence is not EvidenceWord.FOUND:
        why += f"\nNot seen by the tool: {item.blind_spots}"
    return {
        "claim": CLAIMS[item.claim],
        "evidence": EVIDENCE[item.evidence],
        "verdict": VERDICTS[item.verdict],
        "why": why,
        **places(item),
    }


def answer_cells(record: GroupRecord, answer: Answer) -> dict[str, object]:
    """An answer's cells, but for its title and the grader's."""
    return {
        "answer": answer.text if answer.answered else "(nothing is written here)",
        "words": answer.words,
        "asked": asked(answer),
        "figures": "\n".join(figure(one) for one in answer.images),
        "problems": "\n".join(one.message for one in answer.problems),
        "line": report_link(record, answer.line),
    }


def asked(answer: Answer) -> str:
    """What the question asks for."""
    limits = answer.limits
    parts = [
        _bounds(limits.min_words, limits.max_words, "words"),
        _bounds(limits.min_images, limits.max_images, "figures"),
    ]
    return "\n".join(part for part in parts if part)


def figure(one: Figure) -> str:
    """A figure in a line."""
    return f"{one.path or one.written}" + (f" – {one.problem}" if one.problem else "")


def report_link(record: GroupRecord, line: int | None, path: str | None = None) -> Link | str:
    """A line of the report at the graded commit; only text where there is no commit."""
    path = path or (record.snapshot.report_path if record.snapshot else None)
    if not path:
        return f"line {line}" if line else ""
    return Link(f"line {line}" if line else path, file_url(record, path, line))


def file_url(record: GroupRecord, path: str, line: int | None = None) -> str | None:
    """A permalink to a file at the graded commit, where the repository is on the web."""
    from urllib.parse import quote

    if record.snapshot is None or not record.group.repo_url.startswith(("https://", "http://")):
        return None
    anchor = f"?plain=1#L{line}" if line and path.lower().endswith(".md") else f"#L{line}" if line else ""
    return f"{record.group.repo_url}/blob/{record.snapshot.sha}/{quote(path)}{anchor}"


def commit_link(record: GroupRecord) -> Link | str:
    """The graded commit."""
    if record.snapshot is None:
        return "–"
    url = record.group.repo_url
    web = url.startswith(("https://", "http://"))
    return Link(record.snapshot.sha[:7], f"{url}/commit/{record.snapshot.sha}" if web else None)


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
        return f"{low} {what}"
    if low and high:
        return f"{low} to {high} {what}"
    if high:
        return f"up to {high} {what}"
    return f"at least {low} {what}" if low else ""
