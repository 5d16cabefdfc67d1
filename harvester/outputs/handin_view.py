"""What a hand-in page says of a record, worked out before the template lays it out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harvester.models.marks import OVERALL, GroupMarks, Mark
from harvester.models.record import ChecklistItem, Contribution, GroupMember, GroupRecord
from harvester.models.report import Answer
from harvester.models.status import Claim, EvidenceWord, Verdict
from harvester.outputs.figure_shelf import FigureShelf
from harvester.outputs.hosting_view import HostingView, view_hosting
from harvester.outputs.markdown_html import Effort, render_markdown
from harvester.outputs.page_options import PageOptions
from harvester.outputs.plots import Bars, Gauge, draw_days, draw_gauge, sum_days
from harvester.outputs.wording import VERDICTS, VerdictWords, blob_url, plural

_NEEDS_A_LOOK = (Verdict.UNSUPPORTED, Verdict.WEAK, Verdict.ASK)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One checklist item as a page shows it."""

    item: ChecklistItem
    words: VerdictWords
    order: int
    report_url: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer as a page shows it."""

    answer: Answer
    gauge: Gauge
    html: Markup
    figures: tuple[Markup, ...]
    """Figures that the text itself does not show."""
    url: str
    course: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """One member, or one author that nobody of the roster could be tied to."""

    member: GroupMember | None
    contribution: Contribution | None
    bars: Bars | None


@dataclass(frozen=True, slots=True)
class HandinView:
    """All that the template needs beside the record."""

    needs_a_look: tuple[ItemView, ...]
    unclaimed: tuple[ItemView, ...]
    confirmed: tuple[tuple[str, tuple[ItemView, ...]], ...]
    """(section, items)"""
    not_claimed: tuple[ItemView, ...]
    answers: tuple[AnswerView, ...]
    people: tuple[PersonView, ...]
    own_words: AnswerView | None
    overall: Mark | None
    """The mark on the group as a whole."""
    unseen: tuple[ItemView, ...]
    """Items whose evidence could not be looked at."""
    counts: Counter[Verdict]
    ticked: int
    listed: bool
    """Whether the report has any line of the checklist."""
    answered: int
    problems: int
    hosting: HostingView

    @property
    def items(self) -> tuple[ItemView, ...]:
        """All items in the course's order."""
        confirmed = tuple(item for _, items in self.confirmed for item in items)
        return tuple(
            sorted((*self.needs_a_look, *self.unclaimed, *confirmed, *self.not_claimed), key=lambda one: one.order)
        )


def view_handin(record: GroupRecord, shelf: FigureShelf, marks: GroupMarks, options: PageOptions) -> HandinView:
    """Sort a record's items, render its answers and draw its people."""
    items = [_view_item(record, item, order, marks) for order, item in enumerate(record.checklist)]
    confirmed = [one for one in items if one.item.verdict is Verdict.CONFIRMED]
    sections = dict.fromkeys(one.item.section for one in confirmed)
    effort = Effort()
    answers = tuple(_view_answer(record, answer, shelf, marks, effort) for answer in record.questions)
    return HandinView(
        needs_a_look=tuple(
            sorted(
                (one for one in items if one.item.verdict in _NEEDS_A_LOOK), key=lambda one: (one.words.rank, one.order)
            )
        ),
        unclaimed=tuple(one for one in items if one.item.verdict is Verdict.UNCLAIMED),
        confirmed=tuple(
            (section, tuple(one for one in confirmed if one.item.section == section)) for section in sections
        ),
        not_claimed=tuple(one for one in items if one.item.verdict is Verdict.NOT_CLAIMED),
        answers=answers,
        people=_view_people(record),
        overall=marks.mark(OVERALL),
        own_words=_find_own_words(answers, options.contributions),
        unseen=tuple(one for one in items if one.item.evidence is EvidenceWord.UNKNOWN),
        counts=Counter(one.item.verdict for one in items),
        ticked=sum(one.item.claim is Claim.TICKED for one in items),
        listed=any(one.item.claim is not Claim.MISSING for one in items),
        answered=sum(answer.answered for answer in record.questions),
        problems=len(record.problems) + sum(len(answer.problems) for answer in record.questions),
        hosting=view_hosting(record, options.zone),
    )


def say_course_check(answer: Answer) -> str:
    """What the course's own checker counts and says of an answer; nothing where it has no rule."""
    if answer.course_passes is None:
        return ""
    counted = plural(answer.course_words, "word")
    if answer.course_images:
        counted += f" and {plural(answer.course_images, 'image')}"
    return f"The course's checker counts {counted} and {'is content' if answer.course_passes else 'complains'}."


def report_line(record: GroupRecord, line: int | None, end: int | None = None) -> str:
    """A permalink to lines of the report; empty where that is not known."""
    snapshot = record.snapshot
    if snapshot is None or snapshot.report_path is None or line is None:
        return ""
    return blob_url(record.group.repo_url, snapshot.sha, snapshot.report_path, (line, end))


def _view_item(record: GroupRecord, item: ChecklistItem, order: int, marks: GroupMarks) -> ItemView:
    return ItemView(item, VERDICTS[item.verdict], order, report_line(record, item.line), marks.mark(item.id))


def _view_answer(
    record: GroupRecord, answer: Answer, shelf: FigureShelf, marks: GroupMarks, effort: Effort
) -> AnswerView:
    inline = shelf.inline(answer.images)
    html = render_markdown(answer.text, show_image=inline, resolve_link=shelf.link, effort=effort)
    return AnswerView(
        answer=answer,
        gauge=draw_gauge(answer),
        html=html,
        figures=tuple(Markup(figure) for figure in inline.rest()),  # noqa: S704 - rendered by our own template
        url=report_line(record, answer.line, answer.end_line),
        course=say_course_check(answer),
        mark=marks.mark(f"q:{answer.id}"),
    )


def _find_own_words(answers: Sequence[AnswerView], wanted: str) -> AnswerView | None:
    return next((one for one in answers if one.answer.id == wanted), None)


def _view_people(record: GroupRecord) -> tuple[PersonView, ...]:
    days = sum_days(one.by_day for one in record.contributions)
    span = (min(days), max(days)) if days else None
    people: list[PersonView] = []
    for member in record.group.members:
        own = [one for one in record.contributions if one.member == member.id]
        people += [_view_person(member, one, span) for one in own] or [PersonView(member, None, None)]
    known = {member.id for member in record.group.members}
    others = [one for one in record.contributions if one.member not in known]
    return (*people, *(_view_person(None, one, span) for one in others))


def _view_person(member: GroupMember | None, contribution: Contribution, span: tuple[str, str] | None) -> PersonView:
    return PersonView(member, contribution, draw_days(sum_days([contribution.by_day]), span))
