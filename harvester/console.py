"""What a person sees in the terminal when a command ends: tables, trails, and what to do next."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table

from harvester.errors import UserError
from harvester.models.group import called, say_problem
from harvester.models.seemly import terminal_text
from harvester.models.status import Claim, Status, Verdict

if TYPE_CHECKING:
    from harvester.calibrate import Calibration
    from harvester.doctor import Diagnosis
    from harvester.models.evidence import Place
    from harvester.models.record import ChecklistItem, GroupRecord
    from harvester.models.run import GroupOutcome, RunReport
    from harvester.outputs.gradebook import GradebookExport
    from harvester.outputs.marks import MarksStatus
    from harvester.release import Released
    from harvester.restoring import GroupHistory

_WIDE = 5_000
"""Columns of what is no terminal: there is room for every path."""


class Terminal(Console):
    """A console on which no text is a command to the terminal, whoever wrote it; to escape markup is the caller's."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is to be printed, piece by piece."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else piece._replace(text=terminal_text(piece.text))

    def on_broken_pipe(self) -> None:
        """Leave it to the caller that nobody reads on: a run goes on."""
        raise


out = Terminal(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
err = Terminal(stderr=True, highlight=False, soft_wrap=True)

_STATUS_WORDS = {
    Status.OK: "harvested",
    Status.NO_REPORT: "no report found",
    Status.EMPTY: "empty",
    Status.UNREACHABLE: "unreachable",
    Status.REFUSED: "refused",
    Status.FAILED: "failed",
}
_LISTED = 20
_ROOM = 40
_LEAST = 120
"""Columns that a history takes; a smaller terminal breaks its lines."""
_HISTORY = (
    *(("When", True), ("Row", True), ("About", False), ("Cell", True), ("Before", False), ("After", False)),
    *(("Initials", True), ("Workbook", False), ("Commit", True)),
)
"""Columns of a history, and whether they are one line in every terminal."""


def show_run(report: "RunReport") -> None:
    """The short table that ends a run, what failed and why, and where to look first."""
    for problem in report.roster_problems[:_LISTED]:
        out.print(f"[yellow]Roster:[/] {escape(say_problem(problem))}")
    for message in report.messages:
        out.print(f"[yellow]Note:[/] {escape(message)}")
    out.print(_count_table(report))
    _show_faults(report.outcomes)
    if report.outcomes and report.graded and not report.rewritten:
        out.print("Nothing has changed since the last run; all sheets and pages are as they were.")
    if report.graded:
        out.print(f"\nLook first at [bold]{escape(str(report.output / 'index.html'))}[/]")
        out.print(f"Grade in       [bold]{escape(str(report.output / 'grading.xlsx'))}[/] and in each group's folder")
    groups = len(report.outcomes)
    out.print(f"{groups} {'group' if groups == 1 else 'groups'} in {report.seconds:.1f} s.")


def _count_table(report: "RunReport") -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Status")
    table.add_column("Groups", justify="right")
    if report.graded:
        for name in ("Ticked", "Confirmed", "Weak", "Unsupported", "To ask", "Unclaimed"):
            table.add_column(name, justify="right")
    for status in Status:
        rows = [outcome for outcome in report.outcomes if outcome.status is status]
        if not rows:
            continue
        cells = [_STATUS_WORDS[status], str(len(rows))]
        if report.graded:
            cells.append(str(sum(outcome.ticked for outcome in rows)))
            for verdict in ("confirmed", "weak", "unsupported", "ask", "unclaimed"):
                cells += [str(sum(outcome.verdicts.get(verdict, 0) for outcome in rows))]
        table.add_row(*cells)
    return table


def _show_faults(outcomes: "tuple[GroupOutcome, ...]") -> None:
    faults = [outcome for outcome in outcomes if outcome.problem]
    if not faults:
        return
    out.print("\n[bold]Groups with a problem[/]")
    for outcome in faults[:_LISTED]:
        expected = " (expected)" if outcome.expected else ""
        out.print(f"  {escape(outcome.group)}: {escape(outcome.problem or '')}{expected}")
    if len(faults) > _LISTED:
        out.print(f"  ... and {len(faults) - _LISTED} more; the class page lists them all.")


_VERDICT_STYLES = {
    Verdict.CONFIRMED: "green",
    Verdict.WEAK: "yellow",
    Verdict.UNSUPPORTED: "bold red",
    Verdict.ASK: "cyan",
    Verdict.UNCLAIMED: "magenta",
    Verdict.NOT_CLAIMED: "dim",
}


def show_group(record: "GroupRecord", check: str = "") -> None:
    """A group's verdicts, a line each; or the whole trail of one check.

    Raises
    ------
    UserError
        The group's checklist has no such check.
    """
    from harvester.outputs.wording import METHODS

    one = _find_item(record, check) if check else None
    out.print(f"[bold]{escape(called(record.group.id))}[/] {escape(record.group.repo_url)}")
    if record.problem:
        out.print(f"[yellow]{escape(record.problem)}[/]")
    if record.snapshot:
        how = METHODS.get(record.snapshot.method, record.snapshot.method)
        out.print(f"commit {record.snapshot.sha[:10]} of {record.snapshot.committed_at}: {how}")
    if one:
        _show_trail(one)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Item", "Claim", "Evidence", "Verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("Where", overflow="fold")
    for item in record.checklist:
        verdict = f"[{_VERDICT_STYLES[item.verdict]}]{item.verdict.value.replace('_', ' ')}[/]"
        where = escape(_say_place(item.where[0])) if item.where else ""
        table.add_row(item.id, item.claim.value, item.evidence.value, verdict, where)
    out.print(table)


def _find_item(record: "GroupRecord", check: str) -> "ChecklistItem":
    item = next((one for one in record.checklist if one.id == check), None)
    if item is None:
        from harvester.explain import did_you_mean

        hint = did_you_mean(check, [one.id for one in record.checklist])
        hint = hint or f"`harvester show COURSE {record.group.id}` lists them."
        raise UserError(f"The checklist of {called(record.group.id, 'group')} has no item {check!r}.", hint)
    return item


def _show_trail(item: "ChecklistItem") -> None:
    out.print(f"\n[bold]{escape(item.text)}[/]  ({item.section})")
    out.print(f"claim {item.claim.value}, evidence {item.evidence.value}: [bold]{item.verdict.value}[/]")
    out.print(escape(item.why))
    _show_places("Evidence", item.where)
    _show_places("No evidence, but a hint", item.hints)
    if item.blind_spots:
        out.print(f"What this check cannot see: {escape(item.blind_spots)}")


def _show_places(title: str, places: "Iterable[Place]") -> None:
    for place in places:
        out.print(f"  {title}: {escape(_say_place(place))}  {escape(place.what)}")
        if place.url:
            out.print(f"    {escape(place.url)}")


def _say_place(place: "Place") -> str:
    return f"{place.path}:{place.line}" if place.line else place.path


def show_self_check(record: "GroupRecord", uncommitted: Sequence[str], top: Path | None = None) -> None:
    """What a student sees of the harvest before the deadline: what is wrong first, with lines."""
    if top:
        out.print(
            f"This is a folder of the repository {escape(str(top))}, which is checked as a whole.", soft_wrap=True
        )
    if uncommitted:
        from harvester.outputs.wording import first_few

        out.print(f"[yellow]Not committed, so the harvest would not see it yet:[/] {escape(first_few(uncommitted))}")
    if record.problem:
        out.print(f"[bold red]{escape(record.problem)}[/]")
    report = escape((record.snapshot and record.snapshot.report_path) or "")
    for answer in record.questions:
        for problem in answer.problems:
            out.print(
                f"{report}:{problem.line or answer.line or 1}: question {answer.number}: {escape(problem.message)}"
            )
    for problem in record.problems:
        out.print(f"{escape(problem.path or '') or report}:{problem.line or 1}: {escape(problem.message)}")
    for item in record.checklist:
        if item.verdict in (Verdict.UNSUPPORTED, Verdict.WEAK, Verdict.ASK):
            _show_item(item, report)
    unclaimed = [item for item in record.checklist if item.verdict is Verdict.UNCLAIMED]
    if unclaimed:
        out.print("\nDone, it seems, and not ticked: " + ", ".join(item.id for item in unclaimed))
    ticked = sum(item.claim is Claim.TICKED for item in record.checklist)
    confirmed = sum(item.verdict is Verdict.CONFIRMED for item in record.checklist)
    answered = sum(answer.answered for answer in record.questions)
    out.print(
        f"\n{ticked} of {len(record.checklist)} items ticked, {confirmed} of them confirmed; "
        f"{answered} of {len(record.questions)} questions answered."
    )


def _show_item(item: "ChecklistItem", report: str) -> None:
    style = _VERDICT_STYLES[item.verdict]
    out.print(f"{report}:{item.line or 1}: [{style}]{item.verdict.value}[/] {item.id}: {escape(item.why)}")
    for place in item.where[:2]:
        out.print(f"    {escape(_say_place(place))}  {escape(place.what)}")


def show_diagnoses(diagnoses: Sequence["Diagnosis"]) -> None:
    """What the doctor saw, and what to do."""
    for one in diagnoses:
        mark = "[green]ok  [/]" if one.well else "[yellow]look[/]"
        out.print(f"{mark} {one.name}: {escape(one.seen)}" + ("" if one.well else f". {escape(one.advice)}"))
        for line in one.listed:
            out.print(f"       {escape(line)}")


def show_calibration(rows: Sequence["Calibration"]) -> None:
    """A line per check, worst first, and the sums."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Check")
    for name in ("Judged", "Agreed", "Falsely accused", "Credulous", "Missed"):
        table.add_column(name, justify="right")
    for row in rows:
        numbers = (row.items, row.agreed, row.accused, row.credulous, row.missed)
        table.add_row(row.check, *map(str, numbers))
    out.print(table)
    items, agreed = sum(row.items for row in rows), sum(row.agreed for row in rows)
    accused, credulous = sum(row.accused for row in rows), sum(row.credulous for row in rows)
    out.print(
        f"\n{agreed} of {items} agree ({100 * agreed / items:.1f} %); "
        f"{accused} false accusations, {credulous} credulous."
    )


def show_marks(status: "MarksStatus") -> None:
    """How far the grading is, per group and grader."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Group")
    for name in ("Items marked", "Answers marked", "Still open", "To look at again", "Conflicts"):
        table.add_column(name, justify="right")
    table.add_column("Graders")
    for group in status.groups:
        progress = group.progress
        numbers = (
            group.marked_items,
            group.marked_answers,
            progress.items_open + progress.answers_open,
            progress.flagged,
            group.conflicts,
        )
        graders = ", ".join(f"{name or 'no initials'} {count}" for name, count in group.graders.items())
        table.add_row(escape(group.group), *map(str, numbers), escape(graders))
    out.print(table)
    for message in status.messages:
        out.print(f"[yellow]Note:[/] {escape(message)}")


def show_history(history: "GroupHistory", *, whole: bool = False) -> None:
    """Every change of a group's marks, a line each. Long texts are cut unless the `whole` of them is wanted."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=_LEAST if out.width < _LEAST else None)
    for name, fixed in _HISTORY:
        table.add_column(name, no_wrap=fixed, overflow="fold")
    for line in history.lines:
        said = (line.when, line.row, _cut(line.about), line.cell)
        values = (line.before, line.after) if whole else (_cut(line.before), _cut(line.after))
        rest = (line.initials, line.workbook, line.commit)
        table.add_row(*(escape(" ".join(text.split())) for text in (*said, *values, *rest)))
    out.print(table)
    for message in history.messages:
        out.print(f"[yellow]Note:[/] {escape(message)}")


def _cut(text: str) -> str:
    """Text as a table has room for it."""
    return text if len(text) <= _ROOM else f"{text[: _ROOM - 1]}…"


def show_release(released: "Released") -> None:
    """What was written for the groups, who was left out, and what to look at before anybody gets a page."""
    from harvester.outputs.wording import plural

    for sentence in released.left_out:
        out.print(f"[yellow]Left out:[/] {escape(sentence)}")
    for note in released.notes:
        out.print(f"[yellow]Note:[/] {escape(note)}")
    where = f" in {released.zips[0].parent}" if released.zips else ""
    out.print(escape(f"{plural(len(released.zips), 'page')}{where}."))


def show_export(result: "GradebookExport", path: Path | None) -> None:
    """What the gradebook file changes, and what is not in it."""
    for change in result.changes:
        out.print(f"  {escape(change.student)}: {escape(change.old or 'nothing')} -> {escape(change.new)}")
    for note in result.notes:
        out.print(f"[yellow]Note:[/] {escape(note)}")
    done = f"Wrote {path}" if path else "Nothing was written; name a file with --to"
    students = "student's grade changes" if len(result.changes) == 1 else "students' grades change"
    out.print(escape(f"{len(result.changes)} {students}. {done}."))


def show_left(left: Sequence[Path]) -> None:
    """What `forget` left: marks, and what others have put there."""
    out.print("Left: nothing" if not left else "Left:")
    for path in left[:_LISTED]:
        out.print(f"  {escape(str(path))}")
    if len(left) > _LISTED:
        out.print(f"  ... and {len(left) - _LISTED} more")
