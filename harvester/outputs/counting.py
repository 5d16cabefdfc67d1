"""Points from marks: the same rules in Python and as the formulas that the workbooks show."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from harvester.models.marks import ANSWER_DECISIONS, ITEM_DECISIONS, OVERALL, GroupMarks, Mark
from harvester.models.points import PointsSettings
from harvester.models.record import ChecklistItem, GroupRecord
from harvester.models.report import Answer
from harvester.models.status import Verdict

SETTLED_ALONE = frozenset({Verdict.CONFIRMED, Verdict.WEAK, Verdict.NOT_CLAIMED})
"""Verdicts that count without a grader, where the course's `proposals` says so. All others need a person."""


@dataclass(frozen=True)
class Row:
    """One row's share: what it can give, what it counts now, and why."""

    most: float
    counted: float
    state: str
    """`marked`, `tool` (counted as the tool says), `open`, or `-` (worth nothing)."""


@dataclass(frozen=True)
class Total:
    """A group's points, and what they are made of. All in points; `most` is what full marks would give."""

    checklist: float
    answers: float
    adjustment: float
    total: float
    most: float
    open_items: int
    open_answers: int
    marked_items: int
    marked_answers: int

    @property
    def complete(self) -> bool:
        """Whether nothing waits for a grader."""
        return not self.open_items and not self.open_answers


def proposal(item: ChecklistItem, settings: PointsSettings) -> float | None:
    """The points of an item if the tool's verdict stands; None where it has none to offer (`ask`)."""
    most = settings.of_item(item.id)
    return {
        Verdict.CONFIRMED: most,
        Verdict.UNCLAIMED: most,
        Verdict.WEAK: most * settings.partial,
        Verdict.UNSUPPORTED: 0.0,
        Verdict.NOT_CLAIMED: 0.0,
        Verdict.ASK: None,
    }[item.verdict]


def count_item(item: ChecklistItem, mark: Mark | None, settings: PointsSettings) -> Row:
    """One checklist item: points that were typed, else by decision, else what the tool proposes.

    A decision that nobody knows is some grader's word all the same: the tool's own never stands in for it.
    """
    most, offered = settings.of_item(item.id), proposal(item, settings)
    alone = settings.proposals and item.verdict in SETTLED_ALONE
    if most == 0:
        return Row(0.0, _typed(mark) or 0.0, "-")
    decision = _decision(mark)
    by_decision = {"agree": offered or 0.0, "found": most, "partial": most * settings.partial, "absent": 0.0}
    if (typed := _typed(mark)) is not None:
        return Row(most, typed, "marked")
    if decision in by_decision:
        return Row(most, by_decision[decision], "marked")
    if alone and not decision:
        return Row(most, offered or 0.0, "tool")
    return Row(most, 0.0, "open")


def count_answer(answer: Answer, mark: Mark | None, settings: PointsSettings) -> Row:
    """One answer: points that were typed, else by decision; nothing counts that no grader has seen."""
    most = settings.of_question(answer.id)
    if most == 0:
        return Row(0.0, _typed(mark) or 0.0, "-")
    if (typed := _typed(mark)) is not None:
        return Row(most, typed, "marked")
    by_decision = {"full": most, "partial": most * settings.partial, "none": 0.0}
    decision = _decision(mark)
    return Row(most, by_decision[decision], "marked") if decision in by_decision else Row(most, 0.0, "open")


def count_points(record: GroupRecord, marks: GroupMarks, settings: PointsSettings) -> Total:
    """A group's points as its workbook's formulas give them."""
    items = [(item.id, count_item(item, marks.mark(item.id), settings)) for item in record.checklist]
    answers = [(f"q:{one.id}", count_answer(one, marks.mark(f"q:{one.id}"), settings)) for one in record.questions]
    checklist, answered = _sum(items), _sum(answers)
    adjustment = _typed(marks.mark(OVERALL)) or 0.0
    most = settings.checklist_weight * sum(row.most for _, row in items) + settings.answers_weight * sum(
        row.most for _, row in answers
    )
    raw = settings.checklist_weight * checklist + settings.answers_weight * answered
    if settings.scale is not None:
        raw = raw * settings.scale / most if most > 0 else 0.0
    return Total(
        checklist=checklist,
        answers=answered,
        adjustment=adjustment,
        total=max(0.0, round_points(raw + adjustment, settings)),
        most=settings.scale if settings.scale is not None else most,
        open_items=sum(row.state == "open" for _, row in items),
        open_answers=sum(row.state == "open" for _, row in answers),
        marked_items=sum(row.state == "marked" for _, row in items),
        marked_answers=sum(row.state == "marked" for _, row in answers),
    )


def round_points(value: float, settings: PointsSettings) -> float:
    """Round to a multiple of the step; halves go away from zero, as spreadsheets have it."""
    steps = _nearest(value / settings.step, 9)
    if settings.rounding == "nearest":
        steps = _nearest(steps, 0)
    else:
        steps = math.ceil(steps) if settings.rounding == "up" else math.floor(steps)
    return _nearest(steps * settings.step, 9)


def rounding_formula(value: str, settings: PointsSettings) -> str:
    """`round_points` as a spreadsheet formula (without the `=`)."""
    steps = f"ROUND(({value})/{settings.step:.12g},9)"
    by = {"nearest": f"ROUND({steps},0)", "up": f"-INT(-{steps})", "down": f"INT({steps})"}[settings.rounding]
    return f"MAX(0,ROUND({by}*{settings.step:.12g},9))"


def total_formula(checklist: str, answers: str, adjustment: str, most: str, settings: PointsSettings) -> str:
    """The total as a formula over four cells (without the `=`); `most` is the weighted sum that full marks give."""
    raw = f"{settings.checklist_weight:.12g}*{checklist}+{settings.answers_weight:.12g}*{answers}"
    if settings.scale is not None:
        raw = f"IF({most}>0,({raw})*{settings.scale:.12g}/{most},0)"
    return rounding_formula(f"{raw}+N({adjustment})", settings)


def total_in_words(settings: PointsSettings) -> str:
    """How the total is made, for the sheet."""
    words = f"{settings.checklist_weight:.12g} × checklist + {settings.answers_weight:.12g} × answers"
    if settings.scale is not None:
        words = f"({words}) scaled so that full marks give {settings.scale:.12g}"
    how = {"nearest": "rounded to the nearest", "up": "rounded up to a multiple of", "down": "rounded down to"}
    return f"{words}, + adjustment, {how[settings.rounding]} {settings.step:.12g}; not below 0"


def item_formulas(item: str, verdict: Verdict, settings: PointsSettings, cells: dict[str, str]) -> tuple[str, str]:
    """The formulas (with `=`) of an item's counted points and state. `cells` has decision, points, most, proposed."""
    points, decision, most, proposed = cells["points"], cells["decision"], cells["most"], cells["proposed"]
    alone = settings.proposals and verdict in SETTLED_ALONE
    if settings.of_item(item) == 0:
        return f"=N({points})", '="-"'
    rest = f'IF({decision}="",N({proposed}),0)' if alone else "0"
    counted = (
        f'=IF(ISNUMBER({points}),{points},IF({decision}="agree",N({proposed}),IF({decision}="found",{most},'
        f'IF({decision}="partial",{most}*{settings.partial:.12g},IF({decision}="absent",0,{rest})))))'
    )
    unsettled = f'IF({decision}="","tool","open")' if alone else '"open"'
    return counted, f'=IF({_settled(points, decision, ITEM_DECISIONS)},"marked",{unsettled})'


def answer_formulas(answer: Answer, settings: PointsSettings, cells: dict[str, str]) -> tuple[str, str]:
    """The formulas (with `=`) of an answer's counted points and state."""
    points, decision, most = cells["points"], cells["decision"], cells["most"]
    if settings.of_question(answer.id) == 0:
        return f"=N({points})", '="-"'
    counted = (
        f'=IF(ISNUMBER({points}),{points},IF({decision}="full",{most},'
        f'IF({decision}="partial",{most}*{settings.partial:.12g},0)))'
    )
    return counted, f'=IF({_settled(points, decision, ANSWER_DECISIONS)},"marked","open")'


def _settled(points: str, decision: str, decisions: tuple[str, ...]) -> str:
    words = ",".join(f'{decision}="{word}"' for word in decisions if word != "ask again")
    return f"OR(ISNUMBER({points}),{words})"


def _typed(mark: Mark | None) -> float | None:
    return mark.points if mark is not None and isinstance(mark.points, float) else None


def _decision(mark: Mark | None) -> str:
    return (mark.decision or "").casefold() if mark is not None else ""


def _sum(rows: list[tuple[str, Row]]) -> float:
    return math.fsum(row.counted for _, row in rows)


def _nearest(value: float, places: int) -> float:
    """Half away from zero; Python's own `round` goes to even."""
    unit = Decimal(1).scaleb(-places)
    return float(Decimal(repr(value)).quantize(unit, rounding=ROUND_HALF_UP))
