"""What a grader sees beside a cell: every key of a record with its context, and what has changed since a mark."""

import hashlib
from collections.abc import Iterator
from zlib import crc32

from harvester.models.marks import OVERALL, Context, GroupMarks, GroupProgress, Mark
from harvester.models.points import PointsSettings
from harvester.models.record import ChecklistItem, Contribution, GroupRecord
from harvester.models.report import Answer
from harvester.outputs.cells import clean
from harvester.outputs.counting import count_points

_STEP, _MOST_STEPS = 10, 100
_WORDS = {"not_claimed": "not claimed"}


def contexts_of(record: GroupRecord, settings: PointsSettings | None = None) -> dict[str, Context]:
    """Every key that can be marked in a group's sheets, in their order, with what stands beside it.

    Parameters
    ----------
    settings
        The course's points; without them nobody knows how many a row could give.
    """
    snapshot = record.snapshot
    here = Context(sha=snapshot.sha, roots=" ".join(snapshot.roots)) if snapshot else Context()
    found = {OVERALL: here}
    found |= {item.id: here.model_copy(update=_of_item(item, settings)) for item in record.checklist}
    found |= {f"q:{answer.id}": here.model_copy(update=_of_answer(answer, settings)) for answer in record.questions}
    found |= {key: here for key, _, _ in people_of(record)}
    return found


def _of_item(item: ChecklistItem, settings: PointsSettings | None) -> dict[str, str | float]:
    words = {"claim": item.claim.value, "evidence": item.evidence.value, "verdict": item.verdict.value}
    return words | ({"most": settings.of_item(item.id)} if settings else {})


def _of_answer(answer: Answer, settings: PointsSettings | None) -> dict[str, str | float]:
    digest = hashlib.sha256(answer.text.encode("utf-8", "replace")).hexdigest()[:16]
    begins = " ".join(clean(answer.text[:400]).split())[:80]
    steps = "".join(f"{crc32(one.encode('utf-8', 'replace')) & 0xFFF:03x}" for one in _steps(answer.text)[:_MOST_STEPS])
    most = {"most": settings.of_question(answer.id)} if settings else {}
    return {"answer": digest, "words": answer.words, "begins": begins, "steps": steps, **most}


def _steps(text: str) -> list[str]:
    """The text in pieces of so many words."""
    words = text.split()
    return [" ".join(words[start : start + _STEP]) for start in range(0, len(words), _STEP)]


def people_of(record: GroupRecord) -> Iterator[tuple[str, str, tuple[Contribution, ...]]]:
    """(key, member id or "", contributions) for each member in the roster's order, then for each unknown person."""
    for member in record.group.members:
        yield f"m:{member.id}", member.id, tuple(one for one in record.contributions if one.member == member.id)
    known = {member.id for member in record.group.members}
    for one in record.contributions:
        if one.member not in known:
            digest = hashlib.sha256("\n".join((*one.names, *one.emails)).encode("utf-8", "replace")).hexdigest()[:8]
            yield f"u:{digest}", "", (one,)


def changes_since(mark: Mark | None, now: Context | None, answer: str = "") -> str:
    """A sentence where repository, verdict, claim, evidence, answer or “Of” are not what the grader saw, else empty.

    Another commit of the same history alone changes nothing that was marked, and is not said.

    Parameters
    ----------
    answer
        The answer's text as it is now.
    """
    if mark is None or mark.blank or now is None or mark.against == Context():
        return ""
    then = mark.against
    old, new = then.sha[:7] or "no commit", now.sha[:7] or "no commit"
    commits = f"{old} → {new}" if old != new else f"{new}, newer rules"
    if (now.verdict or now.answer) and not (then.verdict or then.answer):  # restored; its history has no more
        return f"Changed since marked ({commits}): what stood beside it then is not known"
    parts = [
        f"{name}: {_say(before)} → {_say(after)}"
        for name, before, after in (
            ("verdict", then.verdict, now.verdict),
            ("claim", then.claim, now.claim),
            ("evidence", then.evidence, now.evidence),
        )
        if before != after
    ]
    if is_moved(mark, now):
        parts.insert(0, "another repository, or its history was written anew")
    if then.most not in (0.0, now.most) and isinstance(mark.points, float):
        parts.append(f"“Of”: {then.most:g} → {now.most:g}")
    if then.answer != now.answer:
        parts.append(f"answer: {_say_answers(then, now, answer)}")
    return clean(f"Changed since marked ({commits}): " + "; ".join(parts)) if parts else ""


def is_moved(mark: Mark | None, now: Context | None) -> bool:
    """Whether a mark was given to a repository whose history has no beginning in common with what is there now."""
    if mark is None or mark.blank or now is None or not mark.against.roots or not now.roots:
        return False
    return set(mark.against.roots.split()).isdisjoint(now.roots.split())


def at_home(record: GroupRecord, marks: GroupMarks) -> dict[str, Mark]:
    """Marks whose row is in the record."""
    rows = contexts_of(record)
    return {key: mark for key, mark in marks.marks.items() if not mark.blank and key in rows}


def homeless(record: GroupRecord, marks: GroupMarks) -> dict[str, Mark]:
    """Marks whose row is not in the record (any more)."""
    marked = _marked(marks)
    rows = contexts_of(record) if marked else {}
    return {key: mark for key, mark in marked.items() if key not in rows}


def _marked(marks: GroupMarks) -> dict[str, Mark]:
    return {key: mark for key, mark in marks.marks.items() if not mark.blank}


def progress_of(record: GroupRecord, marks: GroupMarks, settings: PointsSettings) -> GroupProgress:
    """How far the group's grading is."""
    total = count_points(record, marks, settings)
    marked = _marked(marks)
    rows = contexts_of(record, settings) if marked else {}
    return GroupProgress(
        items=len(record.checklist),
        answers=len(record.questions),
        items_open=total.open_items,
        answers_open=total.open_answers,
        flagged=sum(bool(changes_since(mark, rows.get(key))) for key, mark in marked.items()),
        homeless=sum(key not in rows for key in marked),
        moved=sum(is_moved(mark, rows.get(key)) for key, mark in marked.items()),
    )


def _say(word: str) -> str:
    return _WORDS.get(word, word) or "none"


def _say_answers(then: Context, now: Context, text: str) -> str:
    """How both begin; where they begin alike, the place of the first change, as far as that is known."""
    if then.begins != now.begins:
        return f"{_quote(then)} → {_quote(now)}"
    known = range(0, min(len(then.steps), len(now.steps)), 3)
    first = next((at for at in known if then.steps[at : at + 3] != now.steps[at : at + 3]), len(known) * 3)
    new, place = clean(text).split(), first // 3 * _STEP
    words = f"{then.words} → {now.words} words"
    if not then.steps or (first == len(then.steps) == len(now.steps)):
        return f"{words}, beginning alike: “{now.begins}…”"
    if place >= len(new):
        return f"{words}, cut off after “…{' '.join(new[-_STEP:])}”"
    return f"{words}, the first change is in “…{' '.join(new[place : place + 2 * _STEP])}…”"


def _quote(context: Context) -> str:
    return f"{context.words} words, “{context.begins}…”" if context.begins else "nothing written"
