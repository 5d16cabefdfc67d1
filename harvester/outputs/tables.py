"""Long tables of the class for pandas: `claims.csv`, `answers.csv`, `groups.csv`. UTF-8, commas, one header row."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harvester.models.record import GroupRecord
from harvester.models.status import Claim, Verdict
from harvester.outputs.cells import neutral
from harvester.outputs.files import replacing

_CHUNK = 50
"""Groups per piece, so that memory does not grow with the class."""

GROUPS = (
    "group", "name", "status", "problem", "repo_url", "members", "commit", "method", "committed_at", "deadline",
    "commits_after_deadline", "branch", "report_path", "template", "items", "ticked", "confirmed", "weak",
    "unsupported", "ask", "unclaimed", "not_claimed", "questions", "answered", "words", "problems", "commits",
    "authors",
)  # fmt: skip
CLAIMS = (
    "group", "item", "section", "title", "claim", "evidence", "verdict", "trace", "why", "places", "first_path",
    "first_line", "first_url", "report_line",
)  # fmt: skip
ANSWERS = (
    "group", "number", "question", "title", "answered", "words", "min_words", "max_words", "images", "images_there",
    "min_images", "max_images", "course_words", "course_passes", "problems", "line", "text",
)  # fmt: skip


def load_pandas() -> None:
    """Load what the tables take longest for, where there is time before they are written."""
    import pandas as pd  # noqa: F401


def write_tables(records: Iterable[GroupRecord], out: Path) -> tuple[Path, ...]:
    """Write the three tables; every record is in `groups.csv` exactly once; a blank status: not harvested yet.

    Text that a spreadsheet could take for a formula has an apostrophe before it.

    Raises
    ------
    OutputError
        One of them cannot be written; that one is then as it was.
    """
    tables = (("groups.csv", GROUPS, _group), ("claims.csv", CLAIMS, _claims), ("answers.csv", ANSWERS, _answers))
    with ExitStack() as stack:
        streams = [
            stack.enter_context(stack.enter_context(replacing(out / name)).open("w", encoding="utf-8", newline=""))
            for name, _, _ in tables
        ]
        for first, some in _pieces(records):
            known = [record for record in some if record.harvested]
            for stream, (_, columns, rows) in zip(streams, tables, strict=True):
                _write(
                    stream,
                    columns,
                    [row for record in (some if rows is _group else known) for row in rows(record)],
                    header=first,
                )
    return tuple(out / name for name, _, _ in tables)


def _pieces(records: Iterable[GroupRecord]) -> Iterator[tuple[bool, list[GroupRecord]]]:
    first, some = True, []
    for record in records:
        some.append(record)
        if len(some) == _CHUNK:
            yield first, some
            first, some = False, []
    if some or first:
        yield first, some


def _write(stream: Any, columns: tuple[str, ...], rows: list[dict[str, object]], *, header: bool) -> None:
    import pandas as pd

    neutralised = [
        {name: neutral(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    ]
    table = pd.DataFrame(neutralised, columns=list(columns), dtype=object)
    table.to_csv(stream, index=False, header=header, lineterminator="\n")


def _group(record: GroupRecord) -> list[dict[str, object]]:
    snapshot = record.snapshot
    row: dict[str, object] = {
        "group": record.group.id,
        "name": record.group.name,
        "problem": record.problem,
        "repo_url": record.group.repo_url,
        "members": " ".join(member.id for member in record.group.members),
    }
    if not record.harvested:
        return [row]
    row |= {
        "status": record.status.value,
        "template": record.template,
        "items": len(record.checklist),
        "ticked": sum(item.claim is Claim.TICKED for item in record.checklist),
        "questions": len(record.questions),
        "answered": sum(answer.answered for answer in record.questions),
        "words": sum(answer.words for answer in record.questions),
        "problems": len(record.problems) + sum(len(answer.problems) for answer in record.questions),
        "commits": sum(one.commits for one in record.contributions),
        "authors": sum(one.people for one in record.contributions if one.wrote),
        **{verdict.value: sum(item.verdict is verdict for item in record.checklist) for verdict in Verdict},
    }
    if snapshot is not None:
        row |= {
            "commit": snapshot.sha,
            "method": snapshot.method,
            "committed_at": snapshot.committed_at,
            "deadline": snapshot.deadline,
            "commits_after_deadline": snapshot.commits_after_deadline,
            "branch": snapshot.branch,
            "report_path": snapshot.report_path,
        }
    return [row]


def _claims(record: GroupRecord) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for item in record.checklist:
        first = item.where[0] if item.where else None
        rows.append(
            {
                "group": record.group.id,
                "item": item.id,
                "section": item.section,
                "title": item.title,
                "claim": item.claim.value,
                "evidence": item.evidence.value,
                "verdict": item.verdict.value,
                "trace": item.trace.value,
                "why": item.why,
                "places": len(item.where),
                "first_path": first.path if first else None,
                "first_line": first.line if first else None,
                "first_url": first.url if first else None,
                "report_line": item.line,
            }
        )
    return rows


def _answers(record: GroupRecord) -> list[dict[str, object]]:
    return [
        {
            "group": record.group.id,
            "number": answer.number,
            "question": answer.id,
            "title": answer.title,
            "answered": answer.answered,
            "words": answer.words,
            **answer.limits.model_dump(),
            "images": len(answer.images),
            "images_there": sum(one.exists and one.problem is None for one in answer.images),
            "course_words": answer.course_words,
            "course_passes": answer.course_passes,
            "problems": "; ".join(one.code for one in answer.problems),
            "line": answer.line,
            "text": answer.text,
        }
        for answer in record.questions
    ]
